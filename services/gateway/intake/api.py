"""The door of telephone systems: contacts, single or in batches, and recordings as raw bodies."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response

from services.gateway.intake.batch import put_batch
from services.gateway.intake.contacts import read_change
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.receive import receive_recording
from services.gateway.intake.recordings import (
    StoredRecording,
    recording_part,
)
from services.gateway.intake.schemas import (
    EXTERNAL_ID,
    ContactPart,
    RecordingQuery,
    StoredContactOut,
    StoredRecordingOut,
    WaitingQuery,
    WaitingRecordingOut,
)
from services.gateway.intake.sources import Source, find_source
from services.gateway.intake.store import put_contact
from services.gateway.intake.transactions import write_alone
from services.gateway.intake.waiting import waiting_recordings
from shared.errors import Forbidden, InvalidInput, NotFound, TooLarge
from shared.http.routes import Answer, Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission, Sees
from shared.storage import PIECE_BYTES

routes = Routes("intake")

BATCH_TYPE = "application/x-ndjson"
# A batch in all, in longest lines (settings: max_json_bytes).
_BATCH_LINES = 64
# What of an answer stays in memory before it goes to a temporary file.
_ANSWER_BYTES = 1 << 20


@routes.put(
    "/sources/{source}/contacts/{external_id:path}",
    permission=Permission.INTAKE,
    statuses={201: "the contact was not known yet"},
)
def put_contact_of_source(
    call: Call, source: str, external_id: str, body: ContactPart
) -> Answer[StoredContactOut]:
    """Hand in a contact or a correction of it.

    Present fields replace what is stored, null clears, absent fields stay; legs go by their
    external id, topics by whose they are. The same body twice changes nothing. Events of one call
    may come in any order.
    """
    checked_external_id(external_id)
    if body.external_id not in ("", external_id):
        reason = "is another id than the address names"
        raise InvalidInput(f"external_id {reason}", [("external_id", reason)])
    sender = _source(call, source)
    database = call.parts.database
    change = read_change(
        body, zone=sender.zone, country=sender.country, clock_ms=database.clock_ms()
    )
    stored = write_alone(
        database,
        call.account_id,
        lambda connection: put_contact(
            connection,
            sender,
            external_id,
            change,
            most_topics=call.parts.settings.max_topics,
        ),
    )
    return Answer(
        StoredContactOut.model_validate(stored),
        status=201 if stored.outcome is Outcome.CREATED else 200,
    )


@routes.post(
    "/sources/{source}/contacts",
    permission=Permission.INTAKE,
    consumes=(BATCH_TYPE,),
    produces=(BATCH_TYPE,),
)
def put_contacts(call: Call, source: str) -> Response:
    """Hand in many contacts, one JSON object a line, each naming its `external_id`.

    Each line is its own unit, stored as by PUT, and is answered by one line with its number, its
    status and its id or problem; a wrong line harms no other. Blank lines are not answered.
    """
    sender = _source(call, source)
    line_limit_bytes = call.parts.settings.max_json_bytes
    limit_bytes = _BATCH_LINES * line_limit_bytes
    declared_bytes = call.request.content_length
    if declared_bytes is not None and declared_bytes > limit_bytes:
        raise TooLarge(f"the batch has {declared_bytes} bytes; the limit is {limit_bytes} bytes")
    # Kept until the whole body is read: a client that reads no answer before it has sent everything
    # would otherwise stop us, and we it.
    spool = SpooledTemporaryFile(max_size=_ANSWER_BYTES)  # noqa: SIM115 - closed with the response
    try:
        put_batch(
            call.parts.database,
            sender,
            call.stream,
            line_limit_bytes=line_limit_bytes,
            limit_bytes=limit_bytes,
            clock_ms=call.parts.database.clock_ms(),
            most_topics=call.parts.settings.max_topics,
            write=spool.write,
        )
    except BaseException:
        spool.close()
        raise
    return _spooled(spool)


@routes.put(
    "/sources/{source}/recordings/{external_id:path}",
    permission=Permission.INTAKE,
    consumes=("*/*",),
    statuses={201: "stored with its contact", 202: "stored, and waits for its contact"},
    problems={
        403: "`recording-switched-off`; `employee-not-recorded`: only such employees are on it",
        409: "other bytes are stored under this external id",
        415: "plainly not sound",
    },
)
def put_recording_of_source(
    call: Call, source: str, external_id: str, query: RecordingQuery
) -> Answer[StoredRecordingOut]:
    """Hand in a recording: the body is the file, whatever its Content-Type says.

    A file without a header is declared by `raw_codec`, `raw_rate_hz` and `raw_channels` together.
    When this answers, bytes and row are durable. The same bytes again are answered with the same
    recording; what the query says differently is then taken over. Bytes are never replaced.
    """
    checked_external_id(external_id)
    sender = _source(call, source)
    recording = receive_recording(
        call.parts,
        sender,
        external_id,
        recording_part(query),
        call.stream,
        declared_bytes=call.request.content_length,
        content_type=call.request.mimetype,
    )
    return Answer(recording_out(recording), status=_status(recording))


@routes.get("/recordings", permission=Permission.CALLS)
def list_waiting_recordings(call: Call, query: WaitingQuery) -> Page[WaitingRecordingOut]:
    """List recordings that wait for their contact, the latest first.

    Only for those who see every contact: whose call it will be is not known yet.
    """
    if call.caller.sees is not Sees.ALL:
        raise Forbidden("recordings without a contact are for those who see every contact")
    with call.parts.database.read() as connection:
        rows = waiting_recordings(
            connection, call.account_id, position=call.position(query), limit=query.limit + 1
        )
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return Page[WaitingRecordingOut](
        items=[_waiting_out(row) for row in page],
        next_cursor=call.cursor(query, (page[-1].received_at_ms, page[-1].id)) if more else None,
    )


def checked_external_id(external_id: str) -> None:
    """InvalidInput for an external id in an address that a body could not name either."""
    if not EXTERNAL_ID.fullmatch(external_id):
        reason = "is not 1 to 200 characters without space at either end"
        raise InvalidInput(f"external_id {reason}", [("path.external_id", reason)])


def recording_out(recording: StoredRecording) -> StoredRecordingOut:
    """The answer to a recording."""
    return StoredRecordingOut(
        id=recording.id,
        external_id=recording.external_id,
        outcome=recording.outcome,
        state="waiting" if recording.contact_id is None else "linked",
        contact_id=recording.contact_id,
        size_bytes=recording.size_bytes,
        sha256=recording.sha256,
    )


def _waiting_out(row: Any) -> WaitingRecordingOut:
    return WaitingRecordingOut(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        contact_external_id=row.contact_external_id,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        content_type=row.content_type,
        duration_ms=row.duration_ms,
        received_at=row.received_at_ms,
    )


def _source(call: Call, external_id: str) -> Source:
    with call.parts.database.read() as connection:
        source = find_source(connection, call.account_id, external_id)
    if call.caller.source_id not in (None, source.id):
        # A token of one telephone system does not learn which others there are.
        raise NotFound(f"there is no source {external_id!r}")
    return source


def _status(recording: StoredRecording) -> int:
    if recording.outcome is not Outcome.CREATED:
        return 200
    return 202 if recording.contact_id is None else 201


def _spooled(spool: "SpooledTemporaryFile[bytes]") -> Response:
    spool.seek(0)

    def pieces() -> Iterator[bytes]:
        with spool:
            while piece := spool.read(PIECE_BYTES):
                yield piece

    response = Response(pieces(), content_type=BATCH_TYPE)
    # For a client that goes away before the first piece.
    response.call_on_close(spool.close)
    return response
