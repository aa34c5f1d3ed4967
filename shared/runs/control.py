"""What people do with runs: start, pause, resume, cancel and undo them.

Waiting jobs are asked for and taken back in one statement, however many chunks there are. Rows are
locked in the order account, jobs, run.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, null, select, update

from shared.db.session import now_ms
from shared.db.tables import accounts, run_chunks, runs
from shared.domain.pipeline import JobState, Priority
from shared.errors import Conflict
from shared.queue import jobs
from shared.queue.bulk import ask_all, cancel_all
from shared.runs import store
from shared.runs.kinds import UNFINISHED, ChunkState, RunKind, RunState
from shared.runs.store import Run

GOING_ON = (JobState.PENDING, JobState.RUNNING)


def start(
    connection: Connection,
    *,
    account_id: int,
    kind: RunKind,
    apply: bool,
    spec: Mapping[str, Any],
    filter_: Mapping[str, Any],
    actor: str,
) -> int:
    """Store a run and ask for its planning; the run's id.

    Of most kinds one run at a time may change things: Conflict while another is unfinished.
    """
    if apply and kind.alone:
        _require_alone(connection, account_id, kind)
    run_id = store.add_run(
        connection,
        account_id=account_id,
        kind=kind,
        apply=apply,
        spec=spec,
        filter_=filter_,
        actor=actor,
    )
    ask_planner(connection, account_id, run_id, kind)
    return run_id


def pause(connection: Connection, account_id: int, run_id: int) -> None:
    """Let the chunks that are being worked on end, and start no other; Conflict unless it runs."""
    run = store.read_run(connection, account_id, run_id)
    if run.phase is not RunState.RUNNING:
        raise _refusal(run, "only a running run can be paused")
    _cancel_chunk_jobs(connection, run, [JobState.PENDING])
    _change(connection, run, {"state": RunState.PAUSED}, when=[RunState.RUNNING])


def resume(connection: Connection, account_id: int, run_id: int) -> None:
    """Go on where a paused or failed run stopped; Conflict for any other, as for `start`."""
    run = store.read_run(connection, account_id, run_id)
    if RunState.FAILED not in (run.state, run.phase) and run.phase is not RunState.PAUSED:
        raise _refusal(run, "only a paused or failed run can be resumed")
    if run.apply and run.kind.alone:
        _require_alone(connection, account_id, run.kind, but=run_id)
    values: dict[str, Any] = {"error_code": "", "error_message": "", "finished_at_ms": null()}
    if run.phase is RunState.UNDOING:
        _ask_undo_jobs(connection, run)
        values["state"] = RunState.UNDOING
    elif run.phase in (RunState.PLANNING, RunState.CLOSING):
        ask_planner(connection, account_id, run_id, run.kind)
        values["state"] = run.phase
    elif run.chunks_done == run.chunks_total:
        ask_planner(connection, account_id, run_id, run.kind)
        values["state"] = RunState.CLOSING
    else:
        ask_chunk_jobs(connection, account_id, run_id, run.kind)
        values["state"] = RunState.RUNNING
    _change(connection, run, values, when=[run.phase])


def cancel(connection: Connection, account_id: int, run_id: int) -> None:
    """End a run before its time; what its done chunks changed stays until it is undone.

    What is being worked on at this moment is thrown away. Conflict for one that has ended.
    """
    run = store.read_run(connection, account_id, run_id)
    when = (
        RunState.PLANNING, RunState.RUNNING, RunState.PAUSED, RunState.CLOSING, RunState.FAILED,
    )  # fmt: skip
    if run.phase not in when:
        raise _refusal(run, "it cannot be cancelled any more")
    _cancel_all_jobs(connection, run)
    values = {"state": RunState.CANCELLED, "finished_at_ms": now_ms()}
    _change(connection, run, values, when=when)


def undo(connection: Connection, account_id: int, run_id: int) -> None:
    """Take back what an applied run changed, chunk by chunk.

    Conflict for a dry run, for one that goes on, and once a later run has been applied.
    """
    run = store.read_run(connection, account_id, run_id)
    if not run.apply or not run.kind.undo:
        raise _refusal(run, "it changed nothing that can be taken back")
    ended = (RunState.DONE, RunState.CANCELLED, RunState.FAILED)
    if run.state not in ended or run.phase is RunState.UNDOING:
        raise _refusal(run, "only a run that has ended can be undone")
    _require_alone(connection, account_id, run.kind, but=run_id)
    later = _later_applied(connection, run)
    if later is not None:
        raise _refusal(run, f"run {later} was applied after it")
    _cancel_all_jobs(connection, run)
    connection.execute(
        update(run_chunks)
        .where(
            run_chunks.c.account_id == account_id,
            run_chunks.c.run_id == run_id,
            run_chunks.c.state == ChunkState.DONE,
            run_chunks.c.before.is_(None),
        )
        .values(state=ChunkState.UNDONE)
    )
    left = connection.execute(
        select(func.count()).select_from(
            store.chunk_ids(account_id, run_id, ChunkState.DONE).subquery()
        )
    ).scalar_one()
    _ask_undo_jobs(connection, run)
    values = {
        "state": RunState.UNDOING if left else RunState.UNDONE,
        "chunks_done": left,
        "error_code": "",
        "error_message": "",
        "finished_at_ms": null() if left else now_ms(),
    }
    _change(connection, run, values, when=[run.phase])


def ask_planner(connection: Connection, account_id: int, run_id: int, kind: RunKind) -> None:
    """Ask for the job that plans a run or closes it."""
    jobs.ask(
        connection,
        account_id=account_id,
        kind=kind.planner,
        subject_id=run_id,
        priority=Priority.HAND,
    )


def ask_chunk_jobs(connection: Connection, account_id: int, run_id: int, kind: RunKind) -> None:
    """Ask for the work on every waiting chunk of a run; new calls go before it."""
    ask_all(
        connection,
        account_id=account_id,
        kind=kind.name,
        subjects=store.chunk_ids(account_id, run_id, ChunkState.WAITING),
        priority=Priority.RUNS,
    )


def stop(connection: Connection, account_id: int, run: Run, *, code: str, message: str) -> None:
    """Fail a run for a reason that every other chunk of it would meet too."""
    _cancel_chunk_jobs(connection, run, [JobState.PENDING])
    store.change_run(
        connection,
        account_id,
        run.id,
        {
            "state": RunState.FAILED,
            "error_code": code,
            "error_message": message,
            "finished_at_ms": now_ms(),
        },
        when=[RunState.RUNNING, RunState.PAUSED, RunState.CLOSING],
    )


def _ask_undo_jobs(connection: Connection, run: Run) -> None:
    ask_all(
        connection,
        account_id=run.account_id,
        kind=run.kind.undo,
        subjects=store.chunk_ids(run.account_id, run.id, ChunkState.DONE),
        priority=Priority.RUNS,
    )


def _cancel_all_jobs(connection: Connection, run: Run) -> None:
    """Let nothing be stored for the run any more."""
    _cancel_chunk_jobs(connection, run, GOING_ON)
    cancel_all(
        connection,
        account_id=run.account_id,
        kind=run.kind.planner,
        subjects=select(runs.c.id).where(runs.c.account_id == run.account_id, runs.c.id == run.id),
        states=GOING_ON,
    )


def _cancel_chunk_jobs(connection: Connection, run: Run, states: Collection[JobState]) -> None:
    cancel_all(
        connection,
        account_id=run.account_id,
        kind=run.kind.name,
        subjects=store.chunk_ids(run.account_id, run.id),
        states=states,
    )


def _change(
    connection: Connection, run: Run, values: Mapping[str, Any], *, when: Iterable[RunState]
) -> None:
    if store.change_run(connection, run.account_id, run.id, values, when=when) is None:
        raise Conflict(f"run {run.id} has just changed: look at it again")


def _require_alone(
    connection: Connection, account_id: int, kind: RunKind, *, but: int | None = None
) -> None:
    """Conflict while a run of the kind that changes things is unfinished.

    The account's row is the lock: of two that ask at once the second sees the first one's run.
    """
    connection.execute(
        select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True)
    )
    other = connection.execute(
        select(runs.c.id)
        .where(
            runs.c.account_id == account_id,
            runs.c.kind == kind.name,
            runs.c.apply.is_(True),
            runs.c.state.in_(UNFINISHED),
            runs.c.id != (but or 0),
        )
        .limit(1)
    ).scalar_one_or_none()
    if other is not None:
        raise Conflict(f"run {other} is not finished: wait for it or cancel it")


def _later_applied(connection: Connection, run: Run) -> int | None:
    """A run that was applied after this one and stands, or None."""
    return connection.execute(
        select(runs.c.id)
        .where(
            runs.c.account_id == run.account_id,
            runs.c.kind == run.kind.name,
            runs.c.apply.is_(True),
            runs.c.id > run.id,
            runs.c.state != RunState.UNDONE,
            runs.c.chunks_done > 0,
        )
        .limit(1)
    ).scalar_one_or_none()


def _refusal(run: Run, why: str) -> Conflict:
    return Conflict(f"run {run.id} is {run.state}: {why}")
