"""Gives a prepared export to its maker, whole or in ranges, and removes it."""

from typing import Any

from flask import Response
from sqlalchemy import Row

from services.player.delivery.asked import Stored
from services.player.delivery.bodies import StoredBody
from services.player.delivery.responding import respond
from services.player.exports import held_store, store
from services.player.exports.ordering import CONTENT_TYPE, archive_headers
from services.player.exports.rights import require_rights
from services.player.exports.spec import LIFE_MS, TRANSCRIPT, read_spec
from services.player.exports.state import ExportState, export_state
from services.player.exports.taking import note_taken
from shared.errors import Conflict, Forbidden, Gone
from shared.http.routes import Call
from shared.queue import jobs


class ExportNotReady(Conflict):
    """It is not built yet, or its job failed or was cancelled; the detail says which."""

    code = "export-not-ready"


class ExportExpired(Gone):
    """Its time is over: order it again."""

    code = "export-expired"


class ExportDestroyed(Gone):
    """A recording in it was destroyed: order it again without that one."""

    code = "export-destroyed"


class ExportNotAllowed(Forbidden):
    """It holds what its maker may not see or hear any more."""

    code = "export-not-allowed"


def deliver_export(call: Call, export_id: int) -> Response:
    """The answer with an export's file; its recordings are in the audit log before it starts.

    Raises NotFound for another maker's, Forbidden for rights that were lost since, ExportNotReady,
    Gone, and the Unavailable of a part that is down.
    """
    caller, database = call.caller, call.parts.database
    with database.read() as connection:
        row = store.read_export(connection, caller, export_id)
        _require_ready(row)
        spec = read_spec(row.spec)
        require_rights(connection, caller, spec)
        if held_store.holds_unseen(connection, caller, export_id):
            raise ExportNotAllowed("it holds calls that you may not see or hear any more")
    if call.request.method == "GET":
        for variant in (*spec.kinds, *([TRANSCRIPT] if spec.transcripts else [])):
            which = held_store.held(call.account_id, export_id, variant)
            note_taken(database, caller, variant, which)
    stored = Stored(
        row.object_name, row.size_bytes, row.sha256, CONTENT_TYPE, row.expires_at_ms - LIFE_MS
    )
    body = StoredBody(stored, recording_id=0, duration_ms=0)
    return respond(call, body, archive_headers(spec, fallback=f"calls-{export_id}.zip"), None)


def remove_export(call: Call, export_id: int) -> None:
    """Cancel an export's job and remove its file; NotFound for another maker's."""
    with call.parts.database.write() as connection:
        # The job goes first: then nobody can end it, and the row is as it will stay.
        store.read_export(connection, call.caller, export_id)
        jobs.forget(
            connection,
            account_id=call.account_id,
            subject_ids=[export_id],
            kinds=[store.JOB_KIND],
        )
        object_name = store.delete_export(connection, call.caller, export_id)
        if object_name:
            call.parts.store.delete(object_name)


def state_of(row: Row[Any]) -> ExportState:
    """The state of a row of `store`."""
    return export_state(
        has_object=bool(row.object_name), expired=row.expired, job_state=row.job_state
    )


def _require_ready(row: Row[Any]) -> None:
    state = state_of(row)
    if state is ExportState.EXPIRED:
        raise ExportExpired("the file was kept for 24 hours: order it again")
    if state is ExportState.DESTROYED:
        raise ExportDestroyed("a recording in it was destroyed: order it again")
    if state is not ExportState.READY:
        told = f": {row.error_code}: {row.error_message}" if row.error_code else ""
        raise ExportNotReady(f"the export is {state}{told}")
