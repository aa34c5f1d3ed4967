"""Times as telephone systems send them: ISO 8601 text, with or without a zone, to UTC epoch ms."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks go wrong and zones are mistaken by hours, never by more than a day.
_AHEAD_MS = 24 * 3600 * 1000
# A call or a chat; longer spans are mistyped dates.
LONGEST_SPAN_MS = 31 * 24 * 3600 * 1000


def read_time(text: str, zone: ZoneInfo, *, clock_ms: int) -> int:
    """UTC epoch ms of an ISO 8601 date and time; `zone` serves where the text names none.

    A local time that a clock change repeats is the earlier one. Raises ValueError with a sentence
    for a person when the text is no time, is before 1990, or over a day later than `clock_ms`.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "is not an ISO 8601 date and time such as 2026-03-01T10:15:30+03:00"
        ) from None
    if "T" not in text.upper() and ":" not in text:
        raise ValueError("is a date without a time")
    if time.tzinfo is None:
        time = time.replace(tzinfo=zone)
    try:
        at_ms = (time - _EPOCH) // _MILLISECOND
    except OverflowError:
        raise ValueError("is outside the calendar") from None
    if time < _EARLIEST:
        raise ValueError("is before 1990")
    if at_ms > clock_ms + _AHEAD_MS:
        raise ValueError("is more than a day in the future")
    return at_ms


def span_problem(started_at_ms: int, ended_at_ms: int | None) -> str | None:
    """What is wrong with a start and an end together, if anything."""
    if ended_at_ms is None:
        return None
    if ended_at_ms < started_at_ms:
        return "the end is before the start"
    if ended_at_ms - started_at_ms > LONGEST_SPAN_MS:
        return "the end is more than 31 days after the start"
    return None
