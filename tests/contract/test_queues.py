"""Every queue has a worker, every kind of job a handler, every stage that follows exists."""

from services.commands.worker import handlers_of
from shared.domain.pipeline import (
    ON_ARRIVAL,
    STAGES,
    WORKERS,
    Priority,
    kinds_of,
    queue_name,
    queues_of,
)


def test_every_queue_is_consumed_by_exactly_one_sort_of_worker() -> None:
    queues = [queue_name(kind, priority) for kind in STAGES for priority in Priority]
    consumed = [queue for sort in WORKERS for queue in queues_of(sort)]
    assert sorted(queues) == sorted(consumed)
    assert sorted(queues_of("all")) == sorted(queues)


def test_every_kind_has_a_handler() -> None:
    for sort in WORKERS:
        assert set(handlers_of(sort)) == set(kinds_of(sort))


def test_urgent_queues_come_first() -> None:
    for sort in WORKERS:
        urgencies = [queue.split(".")[1] for queue in queues_of(sort)]
        assert urgencies == sorted(urgencies, key=[p.name.lower() for p in Priority].index)


def test_stages_follow_stages() -> None:
    assert set(ON_ARRIVAL) <= set(STAGES)
    for stage in STAGES.values():
        assert set(stage.follows) <= set(STAGES)
