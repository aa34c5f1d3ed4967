"""Cursors come back as they went out, and only to the list they were made for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from shared.paging import BadCursor, Cursors, Position, beyond

CURSORS = Cursors(b"k" * 32)
KEYS = st.lists(
    st.integers(min_value=-(2**63), max_value=2**63 - 1) | st.text(max_size=40), min_size=1
).map(tuple)


@given(position=KEYS, account_id=st.integers(1, 2**63 - 1), binding=st.text())
@settings(deadline=None)
def test_position_comes_back(position: Position, account_id: int, binding: str) -> None:
    cursor = CURSORS.issue(position, account_id=account_id, binding=binding)
    assert cursor.isascii()
    assert CURSORS.read(cursor, account_id=account_id, binding=binding) == position


@pytest.mark.parametrize(
    ("key", "account_id", "binding"),
    [
        pytest.param(b"k" * 32, 2, "list", id="another-account"),
        pytest.param(b"k" * 32, 1, "list?x", id="another-filter"),
        pytest.param(b"x" * 32, 1, "list", id="another-key"),
        # The account's number and the list must not run into one another.
        pytest.param(b"k" * 32, 11, "ist", id="shifted"),
    ],
)
def test_foreign_cursor_is_refused(key: bytes, account_id: int, binding: str) -> None:
    cursor = CURSORS.issue((1, "a"), account_id=1, binding="list")
    with pytest.raises(BadCursor):
        Cursors(key).read(cursor, account_id=account_id, binding=binding)


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{20,80}", fullmatch=True))
@settings(deadline=None)
def test_invented_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CURSORS.read(cursor, account_id=1, binding="list")


@pytest.mark.parametrize("place", [0, 5, -1])
def test_changed_cursor_is_refused(place: int) -> None:
    cursor = CURSORS.issue((1_790_000_000_000, 77), account_id=1, binding="list")
    letters = list(cursor)
    letters[place] = "A" if letters[place] != "A" else "Q"
    with pytest.raises(BadCursor):
        CURSORS.read("".join(letters), account_id=1, binding="list")


@given(
    rows=st.lists(st.integers(0, 5), max_size=30),
    size=st.integers(1, 7),
    order=st.sampled_from(["ascending", "descending"]),
)
@settings(deadline=None)
def test_pages_hold_every_row_once_in_order(rows: list[int], size: int, order: str) -> None:
    descending = order == "descending"
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("at", Integer))
    seen: list[tuple[int, int]] = []
    with engine.begin() as connection:
        table.create(connection)
        if rows:
            connection.execute(insert(table), [{"at": at} for at in rows])
        keys = [table.c.at, table.c.id]
        sorting = [key.desc() if descending else key for key in keys]
        position: Position | None = None
        while True:
            page = connection.execute(
                select(*keys)
                .where(*beyond(keys, position, descending=descending))
                .order_by(*sorting)
                .limit(size)
            ).all()
            if not page:
                break
            seen += [(row.at, row.id) for row in page]
            position = (page[-1].at, page[-1].id)
    wanted = sorted(((at, number + 1) for number, at in enumerate(rows)), reverse=descending)
    assert seen == wanted
