"""The time that a run still takes follows from when its last chunks ended."""

import pytest

from services.gateway.runs.pace import estimated_ms


@pytest.mark.parametrize(
    ("ended_at_ms", "left", "expected"),
    [
        pytest.param([], 5, None, id="nothing has ended"),
        pytest.param([1000], 5, None, id="one end is no pace"),
        pytest.param([3000, 2000, 1000], 5, 5000, id="a second each"),
        pytest.param([2000, 2000, 1000, 1000, 0], 4, 2000, id="two workers"),
        pytest.param([], 0, 0, id="nothing is left"),
    ],
)
def test_estimate(ended_at_ms: list[int], left: int, expected: int | None) -> None:
    assert estimated_ms(ended_at_ms, left) == expected
