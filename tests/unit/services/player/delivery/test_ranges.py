"""Byte ranges and preconditions, line by line of RFC 9110 sections 13 and 14."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.player.delivery.ranges import (
    OPEN_RANGE_BYTES,
    Answer,
    ByteRange,
    Unsatisfiable,
    decide,
    parse_range,
    strong_etag,
)

SIZE = 100
TAG = strong_etag("ab" * 32)
OTHER = strong_etag("cd" * 32)
MODIFIED_S = 784111777
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
SECOND_LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
SECOND_BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
WHOLE = ByteRange(0, 99)
FULL = Answer(200, WHOLE)
PART = Answer(206, ByteRange(0, 4), "bytes 0-4/100")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(None, None, id="no header"),
        pytest.param("bytes=0-4", ByteRange(0, 4), id="first bytes"),
        pytest.param("bytes=-5", ByteRange(95, 99), id="suffix"),
        pytest.param("bytes=95-", ByteRange(95, 99), id="open end"),
        pytest.param("bytes=0-0", ByteRange(0, 0), id="one byte"),
        pytest.param("bytes=99-99", ByteRange(99, 99), id="last byte"),
        pytest.param("bytes=0-99", WHOLE, id="whole"),
        pytest.param("bytes=0-", WHOLE, id="whole, open end, as players start"),
        pytest.param("bytes=50-1000", ByteRange(50, 99), id="end clamped (14.1.2)"),
        pytest.param("bytes=-1000", WHOLE, id="suffix longer than the sound (14.1.2)"),
        pytest.param("BYTES=0-4", ByteRange(0, 4), id="unit without regard to case (14.1)"),
        pytest.param("bytes= 0-4 ,", ByteRange(0, 4), id="blanks and empty elements (5.6.1.2)"),
        pytest.param("bytes=0000000000000000000000000000-4", ByteRange(0, 4), id="leading zeros"),
        pytest.param("bytes=0-" + "9" * 400, WHOLE, id="end of 400 digits"),
        pytest.param("bytes=100-", Unsatisfiable(), id="start at the end"),
        pytest.param("bytes=100-200", Unsatisfiable(), id="beyond the end"),
        pytest.param("bytes=" + "9" * 5000 + "-", Unsatisfiable(), id="start of 5000 digits"),
        pytest.param("bytes=-0", Unsatisfiable(), id="suffix of nothing (14.1.2)"),
        pytest.param("items=0-1", None, id="unknown unit MUST be ignored (14.2)"),
        pytest.param("seconds=0-1", None, id="another unknown unit"),
        pytest.param("bytes=0-1,5-6", None, id="several ranges: all is sent"),
        pytest.param("bytes=0-1,200-300", None, id="several, one unsatisfiable"),
        pytest.param("bytes=abc", None, id="invalid: letters"),
        pytest.param("bytes=9-3", None, id="invalid: last before first"),
        pytest.param("bytes=109-103", None, id="invalid before unsatisfiable"),
        pytest.param("bytes=", None, id="invalid: empty"),
        pytest.param("bytes=-", None, id="invalid: no number"),
        pytest.param("bytes=--5", None, id="invalid: minus minus"),
        pytest.param("bytes=1-2-3", None, id="invalid: three numbers"),
        pytest.param("bytes=+1-2", None, id="invalid: plus"),
        pytest.param("bytes=1_0-20", None, id="invalid: underscore that int() takes"),
        pytest.param("bytes=٣-٤", None, id="invalid: digits of another script"),
        pytest.param("bytes=0 -4", None, id="invalid: blank inside"),
        pytest.param("bytes:0-4", None, id="invalid: no equals sign"),
        pytest.param("", None, id="empty header"),
    ],
)
def test_parse_range(header: str | None, expected: ByteRange | Unsatisfiable | None) -> None:
    assert parse_range(header, SIZE) == expected


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_nothing_is_satisfiable_in_an_empty_sound(header: str) -> None:
    assert parse_range(header, 0) == Unsatisfiable()


RANGE = {"Range": "bytes=0-4"}


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        pytest.param("GET", {}, FULL, id="plain"),
        pytest.param("GET", RANGE, PART, id="range"),
        pytest.param("HEAD", RANGE, FULL, id="HEAD ignores Range (14.2)"),
        pytest.param("HEAD", {"Range": "bytes=500-"}, FULL, id="HEAD ignores a bad Range too"),
        pytest.param("GET", {"Range": "bytes=0-1,5-6"}, FULL, id="several ranges"),
        pytest.param("GET", {"Range": "items=0-1"}, FULL, id="unknown unit"),
        pytest.param(
            "GET", {"Range": "bytes=100-"}, Answer(416, None, "bytes */100"), id="unsatisfiable"
        ),
        pytest.param("GET", RANGE | {"If-Range": TAG}, PART, id="If-Range: same tag"),
        pytest.param("GET", RANGE | {"If-Range": OTHER}, FULL, id="If-Range: other tag"),
        pytest.param("GET", RANGE | {"If-Range": "W/" + TAG}, FULL, id="If-Range: weak tag"),
        pytest.param("GET", RANGE | {"If-Range": MODIFIED}, PART, id="If-Range: same date"),
        pytest.param("GET", RANGE | {"If-Range": SECOND_LATER}, FULL, id="If-Range: later date"),
        pytest.param("GET", RANGE | {"If-Range": SECOND_BEFORE}, FULL, id="If-Range: earlier"),
        pytest.param("GET", RANGE | {"If-Range": "nonsense"}, FULL, id="If-Range: nonsense"),
        pytest.param("GET", RANGE | {"If-Range": ""}, FULL, id="If-Range: empty"),
        pytest.param("GET", {"If-Range": TAG}, FULL, id="If-Range without Range (13.1.5)"),
        pytest.param(
            "GET",
            {"Range": "bytes=100-", "If-Range": OTHER},
            FULL,
            id="If-Range fails before the range is looked at",
        ),
        pytest.param("GET", {"If-None-Match": TAG}, Answer(304, None), id="If-None-Match: same"),
        pytest.param(
            "GET", {"If-None-Match": f"{OTHER}, W/{TAG}"}, Answer(304, None), id="weak, in a list"
        ),
        pytest.param("GET", {"If-None-Match": "*"}, Answer(304, None), id="If-None-Match: any"),
        pytest.param("GET", {"If-None-Match": OTHER}, FULL, id="If-None-Match: other"),
        pytest.param("HEAD", {"If-None-Match": TAG}, Answer(304, None), id="HEAD not modified"),
        pytest.param(
            "GET", RANGE | {"If-None-Match": TAG}, Answer(304, None), id="304 before 206 (13.2.2)"
        ),
        pytest.param(
            "GET", {"If-Modified-Since": MODIFIED}, Answer(304, None), id="not modified since"
        ),
        pytest.param("GET", {"If-Modified-Since": SECOND_BEFORE}, FULL, id="modified since"),
        pytest.param("GET", {"If-Modified-Since": "soon"}, FULL, id="no date is ignored"),
        pytest.param(
            "GET",
            {"If-None-Match": OTHER, "If-Modified-Since": SECOND_LATER},
            FULL,
            id="If-None-Match outweighs the date (13.1.3)",
        ),
        pytest.param("GET", {"If-Match": TAG}, FULL, id="If-Match: same"),
        pytest.param("GET", {"If-Match": "*"}, FULL, id="If-Match: any"),
        pytest.param("GET", {"If-Match": OTHER}, Answer(412, None), id="If-Match: other"),
        pytest.param("GET", {"If-Match": "W/" + TAG}, Answer(412, None), id="If-Match: weak"),
        pytest.param(
            "GET", {"If-Unmodified-Since": SECOND_BEFORE}, Answer(412, None), id="modified"
        ),
        pytest.param("GET", {"If-Unmodified-Since": MODIFIED}, FULL, id="unmodified"),
    ],
)
def test_decide(method: str, headers: dict[str, str], expected: Answer) -> None:
    got = decide(method, headers, size_bytes=SIZE, etag=TAG, modified_at_s=MODIFIED_S)
    assert got == expected


def test_an_empty_sound_is_sent_whole() -> None:
    assert decide("GET", {}, size_bytes=0, etag=TAG, modified_at_s=0) == Answer(200, None)


@given(header=st.text(max_size=60), size_bytes=st.integers(0, 10**12))
@example(header="bytes=0-0", size_bytes=1)
def test_any_header_gives_bytes_that_exist(header: str, size_bytes: int) -> None:
    got = parse_range(header, size_bytes)
    if isinstance(got, ByteRange):
        assert 0 <= got.first <= got.last < size_bytes


@given(st.data())
def test_ranges_put_together_are_the_sound(data: st.DataObject) -> None:
    sound = data.draw(st.binary(min_size=1, max_size=300))
    cuts = data.draw(st.lists(st.integers(1, len(sound)), max_size=8))
    edges = sorted({0, len(sound), *cuts})
    pieces = []
    for first, end in pairwise(edges):
        answer = decide(
            "GET",
            {"Range": f"bytes={first}-{end - 1}", "If-Range": TAG},
            size_bytes=len(sound),
            etag=TAG,
            modified_at_s=0,
        )
        assert answer.span is not None
        assert answer.content_range == f"bytes {first}-{end - 1}/{len(sound)}"
        pieces.append(sound[answer.span.first : answer.span.last + 1])
    assert b"".join(pieces) == sound


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_is_satisfiable_exactly_when_it_starts_inside(
    size_bytes: int, first: int, more: int
) -> None:
    got = parse_range(f"bytes={first}-{first + more}", size_bytes)
    assert isinstance(got, ByteRange) == (first < size_bytes)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", ByteRange(0, OPEN_RANGE_BYTES - 1)),
        ("bytes=7-", ByteRange(7, OPEN_RANGE_BYTES + 6)),
        ("bytes=0-9999999", ByteRange(0, 9_999_999)),
        ("bytes=-9000000", ByteRange(1_000_000, 9_999_999)),
        ("bytes=9999999-", ByteRange(9_999_999, 9_999_999)),
    ],
)
def test_only_a_range_without_an_end_is_answered_in_parts(header: str, expected: ByteRange) -> None:
    assert parse_range(header, 10_000_000) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Modified-Since": "Fri, 01 Jan 2999 00:00:00 GMT"},
        {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Range": "Fri, 01 Jan 2999 00:00:00 GMT", "Range": "bytes=0-1"},
    ],
)
def test_of_a_sound_without_a_date_dates_decide_nothing(headers: dict[str, str]) -> None:
    got = decide("GET", headers, size_bytes=SIZE, etag=TAG, modified_at_s=None)
    assert got == Answer(200, ByteRange(0, SIZE - 1))
