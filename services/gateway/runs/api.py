"""Runs over HTTP; what is done to each part is the business of the slice that knows the kind."""

from collections.abc import Callable
from types import MappingProxyType

from sqlalchemy import Connection

from services.gateway.runs.answers import require_all, run_out, shown_run, topics_of
from services.gateway.runs.schemas import (
    RetagIn,
    RetranscribeIn,
    RunDetailOut,
    RunFilterIn,
    RunOut,
    RunsQuery,
    TopicTotalOut,
)
from services.journal.store import read_calendar
from services.journal.wanted import asked_contacts
from services.topics.runs.results_store import totals
from services.topics.runs.starting import apply_dry_run, refuse_moved, start_retag
from services.transcribe.retranscribe import start_retranscribe
from shared.contacts.filters import ContactFilter
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission
from shared.runs import control, store
from shared.runs.kinds import DESTROY, RETAG, RunState
from shared.runs.store import Run

routes = Routes("runs")

# What must hold for a run of a kind to go on.
_BEFORE_RESUMING: MappingProxyType[str, Callable[[Connection, Run], None]] = MappingProxyType(
    {RETAG.name: refuse_moved}
)
# What changing a run of a kind needs besides.
_NEEDS: MappingProxyType[str, Permission] = MappingProxyType({DESTROY.name: Permission.RETENTION})
_ENDED = {409: "Its state does not allow it."}


@routes.post(
    "/runs/retag",
    permission=Permission.RUNS_APPLY,
    status=202,
    problems={
        409: "Another run that changes marks is unfinished, or the dry run's versions are not in "
        "force any more (`rules-changed`)."
    },
)
def start_retagging(call: Call, body: RetagIn) -> RunOut:
    """Judge stored calls again by topics, or tell what that would change.

    Workers share the run's chunks, and new calls keep priority. Marks of people stay. Needs a role
    that sees all calls of the account.
    """
    require_all(call)
    account_id, actor = call.account_id, call.caller.actor
    with call.parts.database.write() as connection:
        if body.dry_run_id is not None:
            run_id = apply_dry_run(
                connection, account_id=account_id, actor=actor, dry_run_id=body.dry_run_id
            )
        else:
            run_id = start_retag(
                connection,
                account_id=account_id,
                actor=actor,
                asked=body.topics,
                wanted=_wanted(call, connection, body.filter),
                apply=not body.dry_run,
                drafts=body.drafts,
                everything=body.everything,
            )
        return shown_run(connection, call.account_id, run_id)


@routes.post(
    "/runs/retranscribe",
    permission=Permission.RUNS_APPLY,
    status=202,
    problems={409: "Another run of this kind is unfinished."},
)
def start_retranscribing(call: Call, body: RetranscribeIn) -> RunOut:
    """Recognise recordings again with another model; then their calls are judged again.

    An old transcript stays until the new one is stored. Needs a role that sees all calls of the
    account.
    """
    require_all(call)
    with call.parts.database.write() as connection:
        run_id = start_retranscribe(
            connection,
            account_id=call.account_id,
            actor=call.caller.actor,
            model=body.model or "",
            wanted=_wanted(call, connection, body.filter),
            everything=body.everything,
        )
        return shown_run(connection, call.account_id, run_id)


@routes.get("/runs", permission=Permission.RUNS_APPLY)
def list_runs(call: Call, query: RunsQuery) -> Page[RunOut]:
    """List runs, the newest first."""
    with call.parts.database.read() as connection:
        found = store.list_runs(
            connection,
            call.account_id,
            kinds=query.kind,
            position=call.position(query),
            limit=query.limit + 1,
        )
        shown = [run_out(connection, run) for run in found]
    return call.page(Page[RunOut], query, shown, lambda run: (run.id,))


@routes.get("/runs/{run_id}", permission=Permission.RUNS_APPLY)
def read_run(call: Call, run_id: int) -> RunDetailOut:
    """Read a run with its progress and what it has found so far, topic by topic."""
    with call.parts.database.read() as connection:
        run = store.read_run(connection, call.account_id, run_id)
        results = totals(connection, call.account_id, run_id, topics_of(run) or [])
        return RunDetailOut(
            **run_out(connection, run).model_dump(),
            results=[TopicTotalOut.model_validate(one) for one in results],
        )


@routes.post("/runs/{run_id}/pause", permission=Permission.RUNS_APPLY, problems=_ENDED)
def pause_run(call: Call, run_id: int) -> RunOut:
    """Pause a run: chunks that are being worked on end, no other begins."""
    return _change(call, run_id, control.pause)


@routes.post("/runs/{run_id}/resume", permission=Permission.RUNS_APPLY, problems=_ENDED)
def resume_run(call: Call, run_id: int) -> RunOut:
    """Let a paused or failed run go on where it stopped."""

    def resume(connection: Connection, account_id: int, run_id: int) -> None:
        run = store.read_run(connection, account_id, run_id)
        if run.kind.name in _BEFORE_RESUMING and run.phase is not RunState.UNDOING:
            _BEFORE_RESUMING[run.kind.name](connection, run)
        control.resume(connection, account_id, run_id)

    return _change(call, run_id, resume)


@routes.post("/runs/{run_id}/cancel", permission=Permission.RUNS_APPLY, problems=_ENDED)
def cancel_run(call: Call, run_id: int) -> RunOut:
    """Cancel a run for good; what its done chunks changed stays until it is undone."""
    return _change(call, run_id, control.cancel)


@routes.post("/runs/{run_id}/undo", permission=Permission.RUNS_APPLY, problems=_ENDED)
def undo_run(call: Call, run_id: int) -> RunOut:
    """Take back what an applied run changed, until another one is applied.

    Calls that were judged since, and marks of people, stay as they are.
    """
    return _change(call, run_id, control.undo)


def _wanted(call: Call, connection: Connection, asked: RunFilterIn) -> ContactFilter:
    calendar = read_calendar(connection, call.account_id)
    return asked_contacts(connection, call.account_id, asked, calendar, where="filter")


def _change(call: Call, run_id: int, verb: Callable[[Connection, int, int], None]) -> RunOut:
    require_all(call)
    with call.parts.database.write() as connection:
        kind = store.read_run(connection, call.account_id, run_id).kind
        if kind.name in _NEEDS:
            call.caller.require(_NEEDS[kind.name])
        verb(connection, call.account_id, run_id)
        return shown_run(connection, call.account_id, run_id)
