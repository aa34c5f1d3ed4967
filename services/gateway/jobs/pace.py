"""SQL behind the estimates: what is still to do, and how fast it went lately."""

from sqlalchemy import ColumnElement, Connection, and_, func, select

from services.gateway.jobs.estimate import Backlog, Finished, estimated_ms
from shared.db.tables import jobs
from shared.domain.pipeline import STAGES, JobState

LATELY_JOBS = 50
_GOING_ON = (JobState.PENDING, JobState.RUNNING)


def _backlogs(connection: Connection, whose: ColumnElement[bool]) -> dict[str, Backlog]:
    """What of each kind is still to do, less what running jobs have done of it."""
    # A job of known size counts with the part that is left of it.
    left_ms = jobs.c.work_ms * (1 - jobs.c.progress)
    sized = and_(jobs.c.work_ms.is_not(None), jobs.c.work_ms > 0)
    rows = connection.execute(
        select(
            jobs.c.kind,
            func.coalesce(func.sum(left_ms).filter(sized), 0).label("work_ms"),
            func.count().filter(sized).label("sized"),
            func.count().label("all"),
        )
        .where(whose, jobs.c.state.in_(_GOING_ON))
        .group_by(jobs.c.kind)
    )
    return {
        row.kind: Backlog(
            sized_work_ms=int(row.work_ms), sized_jobs=row.sized, unsized_jobs=row.all - row.sized
        )
        for row in rows
    }


def _finished_lately(
    connection: Connection, whose: ColumnElement[bool], kind: str
) -> list[Finished]:
    """The last done jobs of a kind."""
    rows = connection.execute(
        select(jobs.c.started_at_ms, jobs.c.finished_at_ms, jobs.c.work_ms, jobs.c.worker)
        .where(
            whose,
            jobs.c.kind == kind,
            jobs.c.state == JobState.DONE,
            jobs.c.started_at_ms.is_not(None),
            jobs.c.finished_at_ms.is_not(None),
        )
        .order_by(jobs.c.id.desc())
        .limit(LATELY_JOBS)
    )
    return [
        Finished(max(0, row.finished_at_ms - row.started_at_ms), row.work_ms, row.worker)
        for row in rows
    ]


def estimates(connection: Connection, whose: ColumnElement[bool]) -> dict[str, int | None]:
    """Time until each kind's waiting and running jobs are done, in ms; None if none was done lately."""
    left = _backlogs(connection, whose)
    return {
        kind: estimated_ms(left[kind], _finished_lately(connection, whose, kind))
        if kind in left
        else 0
        for kind in STAGES
    }
