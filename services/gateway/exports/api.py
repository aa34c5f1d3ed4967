"""Exports over HTTP; the filter is the journal's, all else the player's."""

from typing import Any

from flask import Response
from sqlalchemy import Connection, Row

from services.gateway.exports.schemas import ExportIn, ExportOut, ExportsQuery
from services.journal.store import Calendar, read_calendar
from services.journal.wanted import wanted_contacts
from services.player.delivery.filename import local_time
from services.player.exports import store
from services.player.exports.fetching import deliver_export, remove_export, state_of
from services.player.exports.ordering import order_export
from services.player.exports.rights import usual_strength
from services.player.exports.spec import Spec, read_spec
from shared.http.routes import API_PREFIX, Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission

routes = Routes("exports")

_ZIP = ("application/zip",)


@routes.post(
    "/exports",
    permission=Permission.EXPORT,
    status=202,
    produces=_ZIP,
    statuses={200: "the archive itself, where it is small"},
)
def order(call: Call, body: ExportIn) -> ExportOut | Response:
    """Take out recordings and transcripts as one ZIP.

    A small archive (at most 100 recordings and 256 MiB) is sent at once; one that breaks off is not
    a whole ZIP. A larger one, or with `prepared` any, is built by a worker: `Location` names it. Its
    last member, `manifest.csv`, tells what is in it and what is not and why. 422
    `nothing-to-export` when no contact matches that has a recording, `export-too-large` beyond
    20,000 recordings or 64 GiB.
    """
    with call.parts.database.read() as connection:
        calendar = read_calendar(connection, call.account_id)
        wanted = wanted_contacts(connection, call.account_id, body.filter, calendar, where="filter")
        spec = _spec(connection, call, body, calendar)
    found = order_export(call, wanted, spec, prepared=body.prepared)
    if isinstance(found, Response):
        return found
    with call.parts.database.read() as connection:
        shown = _export(store.read_export(connection, call.caller, found))
    return Response(
        shown.model_dump_json(),
        202,
        {"Location": f"{API_PREFIX}/exports/{shown.id}"},
        content_type="application/json",
    )


@routes.get("/exports", permission=Permission.EXPORT)
def list_exports(call: Call, query: ExportsQuery) -> Page[ExportOut]:
    """List your own prepared exports, the newest first."""
    with call.parts.database.read() as connection:
        rows = store.list_exports(
            connection, call.caller, position=call.position(query), limit=query.limit + 1
        )
    found = [_export(row) for row in rows]
    return call.page(Page[ExportOut], query, found, lambda export: (export.id,))


@routes.get("/exports/{export_id}", permission=Permission.EXPORT)
def read_export(call: Call, export_id: int) -> ExportOut:
    """Read how far an export of your own is."""
    with call.parts.database.read() as connection:
        return _export(store.read_export(connection, call.caller, export_id))


@routes.get(
    "/exports/{export_id}/file",
    permission=Permission.EXPORT,
    produces=_ZIP,
    statuses={206: "the byte range asked for", 304: "the file is the one of If-None-Match"},
    problems={
        403: "A permission, or the sight of a call in it, was lost since.",
        409: "`export-not-ready`: it is not built, or its job failed or was cancelled.",
        410: "`export-expired`, or `export-destroyed` with a recording in it.",
        412: "If-Match or If-Unmodified-Since does not hold",
        416: "the byte range lies beyond the end; Content-Range tells the size",
    },
)
def fetch_export(call: Call, export_id: int) -> Response:
    """Fetch an export of your own.

    Byte ranges, the strong ETag and If-Range are those of the sound's routes. It is kept for 24
    hours.
    """
    return deliver_export(call, export_id)


@routes.delete("/exports/{export_id}", permission=Permission.EXPORT)
def delete_export(call: Call, export_id: int) -> None:
    """Remove an export of your own, built or not."""
    remove_export(call, export_id)


def _spec(connection: Connection, call: Call, body: ExportIn, calendar: Calendar) -> Spec:
    today = local_time(calendar.clock_ms, calendar.time_zone)
    return Spec(
        name=body.name or f"Звонки {today:%Y-%m-%d}",
        sound=tuple(dict.fromkeys(body.sound)),
        transcripts=tuple(dict.fromkeys(body.transcripts)),
        strength=body.strength or usual_strength(connection, call.account_id),
    )


def _export(row: Row[Any]) -> ExportOut:
    spec = read_spec(row.spec)
    return ExportOut(
        id=row.id,
        name=spec.name,
        state=state_of(row),
        progress=row.progress,
        job_id=row.job_id,
        error_code=row.error_code or None,
        error_message=row.error_message or None,
        filter=row.filter,
        sound=list(spec.sound),
        strength=spec.strength,
        transcripts=list(spec.transcripts),
        recordings=row.recordings,
        missing=row.missing,
        size_bytes=row.size_bytes,
        sha256=row.sha256 or None,
        created_at=row.created_at_ms,
        expires_at=row.expires_at_ms,
    )
