"""The jobs of a run's chunks: each does its part in one transaction, the last one closes the run."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, case

from shared.db.session import now_ms
from shared.db.tables import runs
from shared.errors import JobFailed
from shared.queue.jobs import JobLost
from shared.queue.runner import Finish, Handler, JobContext
from shared.runs import store
from shared.runs.control import ask_planner, stop
from shared.runs.kinds import ChunkState, RunState
from shared.runs.store import Chunk, Run

Store = Callable[[Connection], bytes | None]
"""Stores what a chunk's work found and returns what undoing it needs; None if nothing changed."""

Work = Callable[[JobContext, Run, Chunk], Store]
"""Does a chunk's work without holding a connection.

JobFailed stops the whole run with that code: the other chunks would meet the same reason.
"""


def chunk_handler(work: Work) -> Handler:
    """The handler of the jobs that do the chunks of one kind of run."""

    def handle(context: JobContext) -> Finish:
        found = _read(context, RunState.RUNNING, ChunkState.WAITING)
        if found is None:
            return _nothing
        run, chunk = found
        try:
            store_result = work(context, run, chunk)
        except JobFailed as error:
            code, message = error.job_code, error.detail
            return lambda connection: stop(
                connection, run.account_id, run, code=code, message=message
            )

        def finish(connection: Connection) -> None:
            before = store_result(connection)
            store.end_chunk(connection, run.account_id, chunk, ChunkState.DONE, before)
            _advance(connection, run, chunk)

        return finish

    return handle


def undo_handler(work: Work) -> Handler:
    """The handler of the jobs that take the chunks of one kind of run back."""

    def handle(context: JobContext) -> Finish:
        found = _read(context, RunState.UNDOING, ChunkState.DONE)
        if found is None:
            return _nothing
        run, chunk = found
        take_back = work(context, run, chunk)

        def finish(connection: Connection) -> None:
            before = take_back(connection)
            store.end_chunk(connection, run.account_id, chunk, ChunkState.UNDONE, before)
            _retreat(connection, run)

        return finish

    return handle


def _read(context: JobContext, phase: RunState, state: ChunkState) -> tuple[Run, Chunk] | None:
    """The job's chunk and its run, or None when there is nothing to do on it any more."""
    job = context.job
    with context.parts.database.read() as connection:
        chunk = store.read_chunk(connection, job.account_id, job.subject_id)
        if chunk is None or chunk.state is not state:
            return None
        run = store.read_run(connection, job.account_id, chunk.run_id)
    return (run, chunk) if run.phase is phase else None


def _advance(connection: Connection, run: Run, chunk: Chunk) -> None:
    row = store.change_run(
        connection,
        run.account_id,
        run.id,
        {
            "chunks_done": runs.c.chunks_done + 1,
            "subjects_done": runs.c.subjects_done + len(chunk.subject_ids),
        },
        # One that is paused meanwhile still gets what was being worked on.
        when=[RunState.RUNNING, RunState.PAUSED, RunState.FAILED],
    )
    if row is None:
        raise JobLost(f"run {run.id} takes no result any more")
    if row.chunks_done < row.chunks_total or row.state != RunState.RUNNING:
        return
    values: dict[str, Any] = {"state": RunState.DONE, "finished_at_ms": now_ms()}
    if run.apply and run.kind.looks_back:
        values = {"state": RunState.CLOSING}
        ask_planner(connection, run.account_id, run.id, run.kind)
    store.change_run(connection, run.account_id, run.id, values, when=[RunState.RUNNING])


def _retreat(connection: Connection, run: Run) -> None:
    last = runs.c.chunks_done == 1
    store.change_run(
        connection,
        run.account_id,
        run.id,
        {
            "chunks_done": runs.c.chunks_done - 1,
            "state": case((last, RunState.UNDONE), else_=RunState.UNDOING),
            "finished_at_ms": case((last, now_ms()), else_=runs.c.finished_at_ms),
        },
        when=[RunState.UNDOING],
    )


def _nothing(_connection: Connection) -> None:
    """End a job whose chunk needs nothing any more."""
