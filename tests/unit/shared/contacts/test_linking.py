"""Which legs a recording covers."""

import pytest

from shared.contacts.linking import LegSpan, covered_legs

FIRST = LegSpan(1, "a", 0, 60_000)
SECOND = LegSpan(2, "b", 60_000, 120_000)
OPEN = LegSpan(3, "c", 120_000, None)
MISSED = LegSpan(4, "d", 60_000, 60_000)


@pytest.mark.parametrize(
    ("spans", "named", "started_at_ms", "duration_ms", "found"),
    [
        pytest.param([FIRST, SECOND], ["b"], 0, 60_000, {2}, id="named"),
        pytest.param([FIRST, SECOND], ["b", "later"], 0, None, {2}, id="named-one-not-yet-known"),
        pytest.param([FIRST, SECOND], ["later"], 0, None, set(), id="named-none-known"),
        pytest.param([FIRST, SECOND], [], 0, 120_000, {1, 2}, id="whole-call"),
        pytest.param([FIRST, SECOND], [], 60_000, 60_000, {2}, id="second-half"),
        pytest.param([FIRST, SECOND], [], 0, 60_900, {1}, id="rounded-up"),
        pytest.param([FIRST, SECOND], [], 59_100, 60_000, {2}, id="began-a-second-early"),
        pytest.param([FIRST, SECOND], [], 0, None, {1, 2}, id="unknown-duration"),
        pytest.param([FIRST, SECOND], [], 60_000, None, {2}, id="unknown-duration-from-second"),
        pytest.param([FIRST, SECOND, OPEN], [], 125_000, 5_000, {3}, id="open-leg"),
        pytest.param([FIRST, SECOND, OPEN], [], 0, 119_000, {1, 2}, id="before-open-leg"),
        pytest.param([LegSpan(1, "a", 0, None), SECOND], [], 60_000, 9_000, {2}, id="next-ends-it"),
        pytest.param([FIRST, MISSED, SECOND], [], 0, 120_000, {1, 2}, id="nobody-on-a-missed-leg"),
        pytest.param([FIRST, SECOND], [], 1_000, 800, {1}, id="very-short-recording"),
        pytest.param([FIRST, SECOND], [], 500_000, 9_000, {1, 2}, id="clocks-disagree"),
        pytest.param([], [], 0, 9_000, set(), id="no-legs"),
    ],
)
def test_covered_legs(
    spans: list[LegSpan],
    named: list[str],
    started_at_ms: int,
    duration_ms: int | None,
    found: set[int],
) -> None:
    assert (
        covered_legs(spans, named=named, started_at_ms=started_at_ms, duration_ms=duration_ms)
        == found
    )
