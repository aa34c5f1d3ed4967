"""Runs as the API shows them, and who may start and change one."""

from sqlalchemy import Connection

from services.gateway.runs.pace import LATELY, estimated_ms
from services.gateway.runs.schemas import RunOut
from shared.errors import Forbidden
from shared.http.routes import Call
from shared.permissions import Sees
from shared.runs import store
from shared.runs.kinds import RETAG, RunState
from shared.runs.store import Run

_GOING_ON = (RunState.RUNNING, RunState.UNDOING)


def require_all(call: Call) -> None:
    """Forbidden for a caller who does not see every call of the account."""
    if call.caller.sees is not Sees.ALL:
        raise Forbidden("a run goes over all calls: this needs a role that sees them all")


def shown_run(connection: Connection, account_id: int, run_id: int) -> RunOut:
    """The run of that id as the API shows it."""
    return run_out(connection, store.read_run(connection, account_id, run_id))


def topics_of(run: Run) -> list[int] | None:
    """Ids of the topics that a run compares; None for a run without topics."""
    return [row[0] for row in run.spec["topics"]] if run.kind is RETAG else None


def run_out(connection: Connection, run: Run) -> RunOut:
    """A run as the API shows it."""
    left = run.chunks_total - run.chunks_done
    estimated = None
    if run.state in _GOING_ON:
        lately = store.finished_lately(connection, run.account_id, run.id, LATELY)
        if run.state is RunState.UNDOING:
            left = run.chunks_done
        estimated = estimated_ms(lately, left)
    return RunOut(
        id=run.id,
        kind=run.kind.name,
        state=run.state,
        dry_run=not run.apply,
        actor=run.actor,
        filter=dict(run.filter),
        subject=run.kind.subject,
        total=run.subjects_total,
        done=run.subjects_done,
        chunks=run.chunks_total,
        chunks_done=run.chunks_done,
        progress=run.chunks_done / run.chunks_total if run.chunks_total else 0.0,
        estimated_ms=estimated,
        error_code=run.error_code or None,
        error_message=run.error_message or None,
        created_at=run.created_at_ms,
        started_at=run.started_at_ms,
        finished_at=run.finished_at_ms,
        topics=topics_of(run),
        drafts=run.spec.get("drafts", False),
        everything=run.spec.get("everything", False),
        dry_run_id=run.spec.get("dry_run_id"),
        model=run.spec.get("model") or None,
    )
