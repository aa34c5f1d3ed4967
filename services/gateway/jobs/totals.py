"""Queue totals over all accounts, for metrics only: counts by kind, no customer's rows."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, true

from services.gateway.jobs.pace import estimates
from shared.db.session import now_ms
from shared.db.tables import jobs
from shared.domain.pipeline import STAGES, JobState


@dataclass(slots=True)
class QueueTotal:
    """Jobs of one kind; the age is of the oldest waiting one that is due, in ms."""

    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest_age_ms: int = 0


def queue_estimates(connection: Connection) -> dict[str, int | None]:
    """Time until each kind's jobs of all accounts are done, in ms; None if it cannot be told."""
    return estimates(connection, true())


def queue_totals(connection: Connection) -> dict[str, QueueTotal]:
    """Totals of every kind of job."""
    totals = {kind: QueueTotal() for kind in STAGES}
    rows = connection.execute(
        select(
            jobs.c.kind,
            jobs.c.state,
            func.count().label("jobs"),
            (now_ms() - func.min(jobs.c.due_at_ms)).label("age_ms"),
        )
        .where(jobs.c.state.in_([JobState.PENDING, JobState.RUNNING, JobState.FAILED]))
        .group_by(jobs.c.kind, jobs.c.state)
    )
    for row in rows:
        total = totals.setdefault(row.kind, QueueTotal())
        if row.state == JobState.PENDING:
            total.waiting = row.jobs
            total.oldest_age_ms = max(0, row.age_ms)
        elif row.state == JobState.RUNNING:
            total.running = row.jobs
        else:
            total.failed = row.jobs
    return totals
