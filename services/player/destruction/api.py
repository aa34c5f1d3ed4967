"""Destruction over HTTP: what is kept for ever, and the acts of what was destroyed.

Runs that destroy are started at the gateway, as all runs are.
"""

from flask import Response
from sqlalchemy import Connection

from services.player.destruction.act_csv import act_csv
from services.player.destruction.act_store import list_recordings, read_act, totals
from services.player.destruction.choice import Choice
from services.player.destruction.keeping import change_keeping
from services.player.destruction.schemas import (
    ActDetailOut,
    ActOut,
    ActRecordingOut,
    ActRecordingsQuery,
    ActsQuery,
    KeepingIn,
    KeepingOut,
    act_recording,
)
from shared import audit
from shared.errors import Forbidden
from shared.http.body import refuse_nulls
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission, Sees
from shared.runs import store
from shared.runs.kinds import DESTROY
from shared.runs.store import Run

routes = Routes("destructions")


@routes.patch("/contacts/{contact_id}/keeping", permission=Permission.CALLS)
def change_contact_keeping(call: Call, contact_id: int, body: KeepingIn) -> KeepingOut:
    """Make a contact a favourite or put it on legal hold, or take that back.

    A retention destroys neither; what is on legal hold cannot be destroyed on request either.
    """
    refuse_nulls(body)
    with call.parts.database.write() as connection:
        row = change_keeping(
            connection, call.caller, contact_id, body.model_dump(exclude_unset=True)
        )
    return KeepingOut.model_validate(row)


@routes.get("/destructions", permission=Permission.RETENTION)
def list_acts(call: Call, query: ActsQuery) -> Page[ActOut]:
    """List acts of destruction and dry runs, the newest first; acts are kept for ever."""
    _require_all(call)
    with call.parts.database.read() as connection:
        found = store.list_runs(
            connection,
            call.account_id,
            kinds=[DESTROY.name],
            position=call.position(query),
            limit=query.limit + 1,
        )
    return call.page(Page[ActOut], query, [_act(run) for run in found], lambda act: (act.run_id,))


@routes.get("/destructions/{run_id}", permission=Permission.RETENTION)
def read_one_act(call: Call, run_id: int) -> ActDetailOut:
    """Read an act: who destroyed when and why, and how far it has come."""
    with call.parts.database.read() as connection:
        run = _read(call, connection, run_id)
        found = totals(connection, call.account_id, run_id)
    return ActDetailOut(
        **_act(run).model_dump(),
        planned=found.planned,
        marked=found.marked,
        destroyed=found.destroyed,
        reasons=found.reasons,
        size_bytes=found.size_bytes,
    )


@routes.get("/destructions/{run_id}/recordings", permission=Permission.RETENTION)
def list_act_recordings(
    call: Call, run_id: int, query: ActRecordingsQuery
) -> Page[ActRecordingOut]:
    """List what an act destroyed, or what is due by a dry run, and why."""
    with call.parts.database.read() as connection:
        _read(call, connection, run_id)
        rows = list_recordings(
            connection,
            call.account_id,
            run_id,
            position=call.position(query),
            limit=query.limit + 1,
        )
    found = [act_recording(row) for row in rows]
    return call.page(Page[ActRecordingOut], query, found, lambda one: (one.recording_id,))


@routes.get(
    "/destructions/{run_id}/act.csv", permission=Permission.RETENTION, produces=("text/csv",)
)
def export_act(call: Call, run_id: int) -> Response:
    """Take out an act as a table: a line for each recording.

    UTF-8 with a byte order mark; text that a spreadsheet would take for a formula begins with an
    apostrophe. It goes to the audit log.
    """
    with call.parts.database.read() as connection:
        _read(call, connection, run_id)
    if call.request.method != "HEAD":
        with call.parts.database.write() as connection:
            audit.note_export(connection, call.caller, {"destruction": run_id})
    return Response(
        act_csv(call.parts.database, call.account_id, run_id),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="act-{run_id}.csv"'},
    )


def _read(call: Call, connection: Connection, run_id: int) -> Run:
    _require_all(call)
    return read_act(connection, call.account_id, run_id)


def _require_all(call: Call) -> None:
    if call.caller.sees is not Sees.ALL:
        raise Forbidden("an act names calls of the whole account: this needs a role that sees all")


def _act(run: Run) -> ActOut:
    return ActOut(
        run_id=run.id,
        dry_run=not run.apply,
        state=run.state,
        actor=run.actor,
        request=Choice.of(run.spec).is_request,
        recordings=run.subjects_total,
        error_code=run.error_code or None,
        error_message=run.error_message or None,
        created_at=run.created_at_ms,
        finished_at=run.finished_at_ms,
    )
