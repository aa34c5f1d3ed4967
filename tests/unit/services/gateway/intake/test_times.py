"""Times with and without a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.intake.times import LONGEST_SPAN_MS, read_time, span_problem

MOSCOW = ZoneInfo("Europe/Moscow")
CLOCK_MS = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp() * 1000)


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "same_as"),
    [
        pytest.param(
            "2026-03-01T10:15:30+03:00", "UTC", "2026-03-01T07:15:30+00:00", id="own-zone"
        ),
        pytest.param("2026-03-01T07:15:30Z", "Europe/Moscow", "2026-03-01T07:15:30+00:00", id="z"),
        pytest.param(
            "2026-03-01T10:15:30", "Europe/Moscow", "2026-03-01T07:15:30+00:00", id="source"
        ),
        pytest.param("2026-03-01 10:15", "Europe/Moscow", "2026-03-01T07:15:00+00:00", id="space"),
        pytest.param("20260301T101530", "Europe/Moscow", "2026-03-01T07:15:30+00:00", id="basic"),
        pytest.param(
            "2026-03-01T10:15:30.1239", "UTC", "2026-03-01T10:15:30.123+00:00", id="fraction"
        ),
        pytest.param(
            "2025-10-26T02:30:00", "Europe/Berlin", "2025-10-26T02:30:00+02:00", id="repeated-hour"
        ),
    ],
)
def test_read_time(text: str, zone: str, same_as: str) -> None:
    assert read_time(text, ZoneInfo(zone), clock_ms=CLOCK_MS) == _ms(same_as)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "not an ISO 8601", id="empty"),
        pytest.param("yesterday", "not an ISO 8601", id="word"),
        pytest.param("1790000000", "not an ISO 8601", id="epoch"),
        pytest.param("2026-02-30T10:00:00", "not an ISO 8601", id="no-such-day"),
        pytest.param("2026-03-01T25:00:00", "not an ISO 8601", id="no-such-hour"),
        pytest.param("2026-03-01", "a date without a time", id="date-only"),
        pytest.param("0001-01-01T00:00:00", "before 1990", id="year-one"),
        pytest.param("0001-01-01T00:00:00+14:00", "before 1990", id="before-year-one"),
        pytest.param("1970-01-01T00:00:00Z", "before 1990", id="epoch-zero"),
        pytest.param("2026-03-11T12:00:01Z", "in the future", id="day-after-tomorrow"),
        pytest.param("9999-12-31T23:59:59-14:00", "in the future", id="end-of-calendar"),
    ],
)
def test_refused_times(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_time(text, MOSCOW, clock_ms=CLOCK_MS)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(read_time(text, MOSCOW, clock_ms=CLOCK_MS), int)
    except ValueError as error:
        assert str(error).startswith("is ")  # noqa: PT017 - only this type may leave


@pytest.mark.parametrize(
    ("ended_at_ms", "problem"),
    [
        pytest.param(None, None, id="open"),
        pytest.param(1000, None, id="no-length"),
        pytest.param(999, "the end is before the start", id="end-before-start"),
        pytest.param(1000 + LONGEST_SPAN_MS, None, id="longest"),
        pytest.param(
            1001 + LONGEST_SPAN_MS, "the end is more than 31 days after the start", id="too-long"
        ),
    ],
)
def test_spans(ended_at_ms: int | None, problem: str | None) -> None:
    assert span_problem(1000, ended_at_ms) == problem
