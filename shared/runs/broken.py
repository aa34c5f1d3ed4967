"""Which runs wait in vain: for a job that ended without an answer.

The job table is the truth: whoever retries the job, or resumes the run, heals it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from shared.db.tables import jobs, run_chunks, runs
from shared.domain.pipeline import JobState
from shared.runs.kinds import KINDS, ChunkState, RunState

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BrokenJob:
    """Why a job gave no answer."""

    code: str
    message: str


def broken_jobs(
    connection: Connection, account_id: int, run_ids: Collection[int]
) -> dict[int, BrokenJob]:
    """A broken job of each of the runs that waits for one, by the run's id."""
    found: dict[int, BrokenJob] = {}
    for statement in (_own_jobs(account_id), _chunk_jobs(account_id)):
        rows = connection.execute(
            statement.where(
                runs.c.id.in_(run_ids), jobs.c.state.in_([JobState.FAILED, JobState.CANCELLED])
            ).order_by(jobs.c.id)
        )
        for row in rows:
            told = row.error_message or "A job of the run was cancelled by hand."
            found.setdefault(row.id, BrokenJob(row.error_code or CANCELLED, told))
    return found


def _own_jobs(account_id: int) -> Select[Any]:
    return (
        select(runs.c.id, jobs.c.error_code, jobs.c.error_message)
        .join(jobs, jobs.c.subject_id == runs.c.id)
        .where(
            runs.c.account_id == account_id,
            jobs.c.account_id == account_id,
            jobs.c.kind.in_(sorted({kind.planner for kind in KINDS.values()})),
            runs.c.state.in_([RunState.PLANNING, RunState.CLOSING]),
        )
    )


def _chunk_jobs(account_id: int) -> Select[Any]:
    undos = [kind.undo for kind in KINDS.values() if kind.undo]
    forward = and_(
        runs.c.state == RunState.RUNNING,
        run_chunks.c.state == ChunkState.WAITING,
        jobs.c.kind == runs.c.kind,
    )
    backward = and_(
        runs.c.state == RunState.UNDOING,
        run_chunks.c.state == ChunkState.DONE,
        jobs.c.kind.in_(undos),
    )
    return (
        select(runs.c.id, jobs.c.error_code, jobs.c.error_message)
        .join(run_chunks, run_chunks.c.run_id == runs.c.id)
        .join(jobs, jobs.c.subject_id == run_chunks.c.id)
        .where(
            runs.c.account_id == account_id,
            run_chunks.c.account_id == account_id,
            jobs.c.account_id == account_id,
            or_(forward, backward),
        )
    )
