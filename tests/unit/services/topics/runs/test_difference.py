"""Only what differs is written: hits that are found again keep their rows."""

import pytest

from services.topics.marking.difference import Change, Evidence, StoredHit, StoredMark, difference
from services.topics.matching.match import Hit
from shared.domain.recording import Speaker

PAIR = (1, 3)
OLD, NEW = 10, 11


def hit(start_ms: int) -> Hit:
    return Hit(7, None, None, Speaker.CLIENT, start_ms, start_ms + 5, (0, 1), "вернуть деньги", 100)


def found(*starts_ms: int, text: str | None = None) -> list[Evidence]:
    return [Evidence(hit(start_ms), text) for start_ms in starts_ms]


def mark(version_id: int, *starts_ms: int) -> StoredMark:
    hits = [
        StoredHit(100 + n, Evidence(hit(start_ms)).values, "верните деньги")
        for n, start_ms in enumerate(starts_ms)
    ]
    return StoredMark(9, *PAIR, version_id, 0, tuple(hits))


@pytest.mark.parametrize(
    ("stored", "wanted", "expected", "shows"),
    [
        pytest.param(mark(NEW, 1), found(1), None, None, id="the same"),
        pytest.param(mark(OLD, 1), found(1), (NEW, (), ()), False, id="another version"),
        pytest.param(mark(NEW, 1, 2), found(2, 3), (NEW, (100,), (3,)), True, id="other hits"),
        pytest.param(mark(NEW, 1), None, (None, (), ()), True, id="set no more"),
        pytest.param(None, found(1, 2), (NEW, (), (1, 2)), True, id="new"),
        pytest.param(None, [], (NEW, (), ()), True, id="new without a hit"),
        pytest.param(mark(NEW, 1), found(1, text="верните деньги"), None, None, id="the same text"),
        pytest.param(
            mark(NEW, 1), found(1, text="Деньги!"), (NEW, (100,), (1,)), True, id="another text"
        ),
    ],
)
def test_one_mark(
    *,
    stored: StoredMark | None,
    wanted: list[Evidence] | None,
    expected: tuple[int | None, tuple[int, ...], tuple[int, ...]] | None,
    shows: bool | None,
) -> None:
    changes = difference(
        {} if stored is None else {PAIR: stored},
        {} if wanted is None else {PAIR: wanted},
        {PAIR[1]: NEW},
    )
    if expected is None:
        assert changes == []
        return
    version_id, gone, new = expected
    assert changes == [Change(PAIR, stored, version_id, gone, changes[0].new_hits)]
    assert tuple(one.hit.start_ms for one in changes[0].new_hits) == new
    assert changes[0].shows is shows
