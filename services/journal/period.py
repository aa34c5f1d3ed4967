"""The period of a list that names none: whole days of the account's own calendar."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_DAYS = 7


def default_from_ms(until_ms: int, zone: ZoneInfo) -> int:
    """Begin of the last DEFAULT_DAYS days, the day of `until_ms` being the last; UTC epoch ms.

    Not before 1970, which no contact is.
    """
    day = datetime.fromtimestamp(until_ms / 1000, zone).date()
    if day.year <= 1970:
        return 0
    midnight = datetime.combine(day - timedelta(days=DEFAULT_DAYS - 1), time(), zone)
    return int(midnight.astimezone(UTC).timestamp()) * 1000
