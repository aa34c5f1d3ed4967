"""How long a queue will take."""

import pytest

from services.gateway.jobs.estimate import Backlog, Finished, estimated_ms

FAST = Finished(took_ms=1_000, work_ms=10_000, worker="a")
SLOW = Finished(took_ms=3_000, work_ms=10_000, worker="a")
UNSIZED = Finished(took_ms=500, work_ms=None, worker="a")


@pytest.mark.parametrize(
    ("backlog", "lately", "wanted"),
    [
        pytest.param(Backlog(), [], 0, id="nothing-waits"),
        pytest.param(Backlog(unsized_jobs=1), [], None, id="nothing-was-done"),
        pytest.param(Backlog(sized_work_ms=60_000, sized_jobs=1), [FAST], 6_000, id="by-sound"),
        pytest.param(
            Backlog(sized_work_ms=60_000, sized_jobs=1), [FAST, SLOW], 12_000, id="mean-pace"
        ),
        pytest.param(Backlog(unsized_jobs=4), [FAST, SLOW], 8_000, id="by-job"),
        pytest.param(
            Backlog(sized_work_ms=60_000, sized_jobs=2), [UNSIZED], 1_000, id="sizes-unknown-before"
        ),
        pytest.param(
            Backlog(sized_work_ms=60_000, sized_jobs=1),
            [FAST, Finished(1_000, 10_000, "b")],
            3_000,
            id="two-workers",
        ),
    ],
)
def test_estimate(backlog: Backlog, lately: list[Finished], wanted: int | None) -> None:
    assert estimated_ms(backlog, lately) == wanted
