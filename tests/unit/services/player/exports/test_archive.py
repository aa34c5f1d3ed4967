"""The ZIP writer: what it streams, every reader of ZIPs opens."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.exports.archive import Archive

MOMENT = datetime(2026, 9, 21, 17, 13, 20, tzinfo=UTC)
NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=9
)


def made(members: dict[str, list[bytes]], *, deflated: bool) -> Iterator[bytes]:
    archive = Archive()
    for name, pieces in members.items():
        size_bytes = sum(len(piece) for piece in pieces)
        yield from archive.add(name, MOMENT, pieces, size_bytes=size_bytes, deflated=deflated)
    yield from archive.end()


@given(
    members=st.dictionaries(NAMES, st.lists(st.binary(max_size=50), max_size=4)),
    deflated=st.booleans(),
)
def test_members_come_out_as_they_went_in(
    *, members: dict[str, list[bytes]], deflated: bool
) -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(made(members, deflated=deflated)))) as opened:
        assert opened.testzip() is None
        found = {info.filename: opened.read(info) for info in opened.infolist()}
    assert found == {name: b"".join(pieces) for name, pieces in members.items()}


def test_sound_is_stored_and_text_is_deflated() -> None:
    for deflated, method in ((False, zipfile.ZIP_STORED), (True, zipfile.ZIP_DEFLATED)):
        body = b"".join(made({"a": [bytes(10_000)]}, deflated=deflated))
        with zipfile.ZipFile(io.BytesIO(body)) as opened:
            assert opened.getinfo("a").compress_type == method
        assert (len(body) < 1000) is deflated


def test_every_piece_is_on_its_way_before_the_next_is_read() -> None:
    read = 0

    def content() -> Iterator[bytes]:
        nonlocal read
        for _ in range(5):
            read += 1
            yield bytes(1000)

    archive = Archive()
    sent = 0
    for piece in archive.add("a", MOMENT, content(), size_bytes=5000, deflated=False):
        sent += len(piece)
        assert sent >= read * 1000
    assert read == 5


@pytest.mark.parametrize("cut", [0, 1, 2], ids=["in the first", "between", "before the list"])
def test_an_archive_without_its_end_is_none(cut: int) -> None:
    archive = Archive()
    body = b""
    for number in range(2):
        pieces = archive.add(f"{number}", MOMENT, [b"x" * 99], size_bytes=99, deflated=False)
        body += next(pieces) if cut == number else b"".join(pieces)
        if cut == number:
            break
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(body))


def test_more_members_than_the_old_format_counts() -> None:
    members = {f"{number}": [b"x"] for number in range(66_000)}
    with zipfile.ZipFile(io.BytesIO(b"".join(made(members, deflated=False)))) as opened:
        assert len(opened.infolist()) == 66_000
        assert opened.read("65999") == b"x"


def test_a_member_beyond_4_gib_is_laid_out_for_it() -> None:
    archive = Archive()
    pieces = [
        *archive.add("a", MOMENT, [b"small after all"], size_bytes=5 << 30, deflated=False),
        *archive.end(),
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as opened:
        assert opened.read("a") == b"small after all"


@pytest.mark.parametrize("year", [1970, 2200])
def test_times_that_a_zip_cannot_tell(year: int) -> None:
    archive = Archive()
    moment = datetime(year, 5, 5, tzinfo=UTC)
    pieces = [*archive.add("a", moment, [], size_bytes=0, deflated=False), *archive.end()]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as opened:
        assert opened.getinfo("a").date_time == (1980, 1, 1, 0, 0, 0)
