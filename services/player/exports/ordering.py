"""Orders an export: streamed at once when it is small, else prepared by a worker."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Response
from sqlalchemy import Connection, select

from services.player.delivery.filename import content_disposition, safe_name
from services.player.exports import store
from services.player.exports.contents import ExportContact, items_of
from services.player.exports.contents_store import measure, read_page
from services.player.exports.filling import Filled, fill
from services.player.exports.rights import require_rights
from services.player.exports.spec import TRANSCRIPT, Spec
from services.player.exports.taking import note_taken
from shared import audit
from shared.contacts.filters import ContactFilter
from shared.db.tables import recordings
from shared.domain.pipeline import Priority
from shared.http.routes import Call
from shared.paging import Position
from shared.queue import jobs
from shared.runs.subjects import stored_filter

CONTENT_TYPE = "application/zip"


def order_export(
    call: Call, wanted: ContactFilter, spec: Spec, *, prepared: bool
) -> Response | int:
    """The archive as a stream, or the id of the export that a worker prepares.

    Raises Forbidden, NothingToExport, ExportTooLarge, and the Unavailable of a part that is down.
    """
    caller, database = call.caller, call.parts.database
    contacts = None
    with database.read() as connection:
        require_rights(connection, caller, spec)
        extent = measure(connection, caller, wanted, spec)
        extent.require_some()
        if extent.is_small and not prepared:
            contacts = _all(connection, call, wanted, spec)
    details = {
        "filter": stored_filter(wanted),
        "sound": spec.kinds,
        "transcripts": list(spec.transcripts),
        "contacts": extent.contacts,
        "recordings": extent.recordings,
    }
    if contacts is not None:
        return _stream(call, contacts, spec, details)
    with database.write() as connection:
        export_id = store.add_export(connection, caller, wanted, spec)
        jobs.ask(
            connection,
            account_id=call.account_id,
            kind=store.JOB_KIND,
            subject_id=export_id,
            priority=Priority.HAND,
        )
        audit.note_export(connection, caller, {**details, "export": export_id})
    return export_id


def archive_headers(spec: Spec, fallback: str) -> dict[str, str]:
    """Headers of an archive: what it is, and its name in both forms."""
    name = f"{safe_name(spec.name)}.zip"
    return {
        "Content-Type": CONTENT_TYPE,
        "Content-Disposition": content_disposition(name, fallback=fallback, attachment=True),
    }


def _all(
    connection: Connection, call: Call, wanted: ContactFilter, spec: Spec
) -> list[ExportContact]:
    found: list[ExportContact] = []
    position: Position | None = None
    while True:
        page = read_page(connection, call.caller, wanted, spec, after=position, hold=False)
        found += page.contacts
        position = page.next_position
        if position is None:
            return found


def _stream(
    call: Call, contacts: Sequence[ExportContact], spec: Spec, details: Mapping[str, Any]
) -> Response:
    pieces = fill(
        call.parts, call.account_id, contacts, spec, Filled(), on_bytes=lambda _length: None
    )
    # A part that is down is told as long as nothing has left.
    first = next(pieces)
    _note(call, contacts, spec, details)
    response = Response(chain([first], pieces), headers=archive_headers(spec, fallback="calls.zip"))
    response.call_on_close(pieces.close)
    return response


def _note(
    call: Call, contacts: Sequence[ExportContact], spec: Spec, details: Mapping[str, Any]
) -> None:
    taken: dict[str, list[int]] = {}
    for contact in contacts:
        for item in items_of(contact, spec):
            if item.recording is not None and item.lack is None:
                taken.setdefault(item.kind or TRANSCRIPT, []).append(item.recording.id)
    database = call.parts.database
    with database.write() as connection:
        audit.note_export(connection, call.caller, details)
    for variant, recording_ids in taken.items():
        which = select(recordings.c.id, recordings.c.contact_id).where(
            recordings.c.account_id == call.account_id, recordings.c.id.in_(recording_ids)
        )
        note_taken(database, call.caller, variant, which)
