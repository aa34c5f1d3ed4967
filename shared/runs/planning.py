"""The job of a run itself: cuts its subjects into chunks, and closes it when all are done."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select

from shared.db.session import Database, now_ms
from shared.errors import JobFailed
from shared.queue.runner import Finish, Handler, JobContext
from shared.runs import store
from shared.runs.control import ask_chunk_jobs, stop
from shared.runs.ids import Ids
from shared.runs.kinds import RunState
from shared.runs.store import Run
from shared.runs.subjects import chunks_of, read_filter, wanted_subjects

Subjects = Callable[[Run], Select[Any]]
"""A query of the ids that a run is about."""

Missed = Callable[[Database, Run], Iterator[Ids]]
"""Subjects of an applied run that it must take once more before it closes; usually none.

What else is to be done before it closes belongs here as well, and may be done twice. JobFailed: the
run stops with that code.
"""


def filtered(run: Run) -> Select[Any]:
    """The subjects of a run whose stored filter says it all."""
    return wanted_subjects(run.account_id, run.kind, read_filter(run.filter))


def run_handler(missed: Mapping[str, Missed], subjects: Subjects = filtered) -> Handler:
    """The handler of jobs that plan and close runs; `missed` by the name of kinds that look back."""

    def handle(context: JobContext) -> Finish:
        job, database = context.job, context.parts.database
        with database.read() as connection:
            run = store.read_run(connection, job.account_id, job.subject_id)
        if run.phase is RunState.PLANNING:
            size = min(run.kind.chunk_size, context.parts.settings.run_chunk)
            chunks = list(chunks_of(database, subjects(run), size=size))
            return lambda connection: _begin(connection, run, chunks)
        if run.phase is not RunState.CLOSING:
            return lambda _connection: None
        if not (run.apply and run.kind.looks_back):
            return lambda connection: _end(connection, run)
        try:
            chunks = list(missed[run.kind.name](database, run))
        except JobFailed as error:
            code, message = error.job_code, error.detail
            return lambda connection: stop(
                connection, run.account_id, run, code=code, message=message
            )
        if not chunks:
            return lambda connection: _end(connection, run)
        return lambda connection: _begin(connection, run, chunks)

    return handle


def _begin(connection: Connection, run: Run, chunks: list[Ids]) -> None:
    """Add chunks to the run and ask for the work on them; without any it is done."""
    if not chunks:
        _end(connection, run)
        return
    changed = store.change_run(
        connection,
        run.account_id,
        run.id,
        {
            "state": RunState.RUNNING,
            "chunks_total": run.chunks_total + len(chunks),
            "subjects_total": run.subjects_total + sum(len(ids) for ids in chunks),
            "started_at_ms": now_ms() if run.started_at_ms is None else run.started_at_ms,
        },
        when=[run.phase],
    )
    # Cancelled meanwhile.
    if changed is None:
        return
    store.add_chunks(connection, run.account_id, run.id, chunks, first=run.chunks_total)
    ask_chunk_jobs(connection, run.account_id, run.id, run.kind)


def _end(connection: Connection, run: Run) -> None:
    values = {"state": RunState.DONE, "finished_at_ms": now_ms()}
    store.change_run(connection, run.account_id, run.id, values, when=[run.phase])
