"""Which seven days a list without a period shows."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.journal.period import default_from_ms


def epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("until", "zone", "begin"),
    [
        ("2026-03-10T12:00:00Z", "UTC", "2026-03-04T00:00:00Z"),
        ("2026-03-10T20:59:59Z", "Europe/Moscow", "2026-03-04T00:00:00+03:00"),
        ("2026-03-10T21:00:00Z", "Europe/Moscow", "2026-03-05T00:00:00+03:00"),
        # The clock went forward on 29 March: six days are 143 hours.
        ("2026-03-31T12:00:00Z", "Europe/Berlin", "2026-03-25T00:00:00+01:00"),
    ],
)
def test_six_days_before_the_last_day(until: str, zone: str, begin: str) -> None:
    assert default_from_ms(epoch_ms(until), ZoneInfo(zone)) == epoch_ms(begin)


@pytest.mark.parametrize("until_ms", [0, 3 * 86_400_000, 366 * 86_400_000])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Vladivostok"])
def test_never_before_1970(until_ms: int, zone: str) -> None:
    assert 0 <= default_from_ms(until_ms, ZoneInfo(zone)) <= until_ms
