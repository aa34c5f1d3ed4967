"""Rows of recordings: made when their object is durable, joined to their call once it is known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, insert, select, update

from services.gateway.intake.outcome import Outcome
from services.gateway.intake.raw import read_declared
from services.gateway.intake.schemas import RecordingQuery
from services.gateway.intake.sources import Source
from services.transcribe.relabel import relabel_recording
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.contacts.linking import link_recordings
from shared.contacts.recorded import EmployeeNotRecorded, is_recorded
from shared.db.session import now_ms
from shared.db.tables import contacts, recording_legs, recordings, renditions
from shared.decoding.declared import DeclaredFormat
from shared.domain.pipeline import ON_ARRIVAL
from shared.domain.recording import Direction, Speaker
from shared.errors import Conflict
from shared.http.schemas import iso_time
from shared.queue import jobs
from shared.recognition import settle_recognition
from shared.storage import StoredObject
from shared.storage.unreferenced import ORIGINALS


class DestroyedRecording(Conflict):
    """The recording was destroyed, by a retention or on request: it must not come back."""

    code = "recording-destroyed"


@dataclass(frozen=True, slots=True)
class RecordingPart:
    """What a sender says of a recording; None is what it does not say, and keeps what is stored."""

    contact: str | None = None
    legs: tuple[str, ...] | None = None
    offset_ms: int | None = None
    speaker: Speaker | None = None
    declared: DeclaredFormat | None = None


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """A recording after a request; `contact_id` is None while it waits for its call."""

    id: int
    external_id: str
    contact_id: int | None
    size_bytes: int
    sha256: str
    object_name: str
    declared: DeclaredFormat | None
    outcome: Outcome


def recording_part(query: RecordingQuery) -> RecordingPart:
    """What a query says of a recording; InvalidInput where it contradicts itself."""
    return RecordingPart(
        contact=query.contact,
        legs=None if query.legs is None else tuple(filter(None, query.legs.split(","))),
        offset_ms=query.offset_ms,
        speaker=None if query.speaker is None else Speaker(query.speaker),
        declared=read_declared(query),
    )


def original_name(account_id: int, clock_ms: int) -> str:
    """A new object name, originals/{account}/{yyyy}/{mm}/{random}; no older object has it."""
    day = datetime.fromtimestamp(clock_ms / 1000, UTC)
    return f"{ORIGINALS}{account_id}/{day:%Y/%m}/{uuid4().hex}"


def find_recording(
    connection: Connection, source: Source, external_id: str
) -> StoredRecording | None:
    """The recording of that natural key, if it is known; DestroyedRecording if it was once."""
    row = _find(connection, source, external_id)
    return None if row is None else _stored(row, Outcome.UNCHANGED)


def add_recording(
    connection: Connection,
    source: Source,
    external_id: str,
    part: RecordingPart,
    stored: StoredObject,
    *,
    content_type: str,
    owned: bool,
) -> StoredRecording:
    """Make the row of a durable object and ask for its stages; runs inside `write_alone`.

    The stages start even before the call is known: listening never depends on it, and recognition
    only by whose side a channel is, which relabelling puts right when an internal call arrives.
    Raises EmployeeNotRecorded where nobody on it may be recorded, as far as its call is known.
    """
    row = connection.execute(
        insert(recordings)
        .values(
            account_id=source.account_id,
            source_id=source.id,
            external_id=external_id,
            object_name=stored.name,
            object_owned=owned,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            content_type=content_type[:100],
            declared_format=str(part.declared or ""),
            received_at_ms=now_ms(),
            leg_external_ids=[],
        )
        .returning(recordings)
    ).one()
    _ask_stages(connection, source.account_id, row.id)
    _apply(connection, source, row, part)
    if not is_recorded(connection, source.account_id, row.id):
        raise EmployeeNotRecorded(
            "nobody on the legs of this recording may be recorded: see the switch of employees"
        )
    return _stored(_find(connection, source, external_id), Outcome.CREATED)


def correct_recording(
    connection: Connection,
    source: Source,
    external_id: str,
    part: RecordingPart,
) -> StoredRecording:
    """Take over what a repeated upload says differently; runs inside `write_alone`."""
    row = _find(connection, source, external_id)
    changed = _apply(connection, source, row, part)
    outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
    return _stored(_find(connection, source, external_id), outcome)


def _apply(connection: Connection, source: Source, row: Any, part: RecordingPart) -> bool:
    """Store what the part says and join the recording to its call; whether anything changed."""
    account_id = source.account_id
    said = {
        "contact_external_id": part.contact,
        "leg_external_ids": None if part.legs is None else list(part.legs),
        "offset_ms": part.offset_ms,
        "one_sided": part.speaker and part.speaker.value,
        "declared_format": part.declared and str(part.declared),
    }
    values: dict[str, Any] = {
        name: value
        for name, value in said.items()
        if value is not None and value != getattr(row, name)
    }
    contact = None
    if "contact_external_id" in values:
        contact = connection.execute(
            select(contacts.c.id, contacts.c.direction).where(
                contacts.c.account_id == account_id,
                contacts.c.source_id == source.id,
                contacts.c.external_id == part.contact,
            )
        ).first()
        values["contact_id"] = contact.id if contact else None
    if not values:
        return False
    if "declared_format" in values:
        _ask_stages(connection, account_id, row.id)
        _forget_renditions(connection, account_id, row.id)
    touched = {row.contact_id, values.get("contact_id", row.contact_id)} - {None}
    for contact_id in sorted(touched):
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)
    _lock_contacts(connection, account_id, touched)
    connection.execute(
        update(recordings)
        .where(recordings.c.account_id == account_id, recordings.c.id == row.id)
        .values(values)
    )
    if row.contact_id is not None and "contact_id" in values:
        _unlink(connection, account_id, row.id)
    contact_id = values.get("contact_id", row.contact_id)
    if contact_id is not None:
        link_recordings(
            connection, account_id=account_id, contact_id=contact_id, recording_id=row.id
        )
        settle_recognition(connection, account_id, contact_id)
    for touched_id in sorted(touched):
        refresh_hearing(connection, account_id=account_id, contact_id=touched_id)
    internal = contact is not None and contact.direction == Direction.INTERNAL
    if "one_sided" in values or internal or row.contact_id is not None:
        relabel_recording(connection, account_id, row.id)
    note_changes(connection, account_id, touched, Changed.RECORDING)
    return True


def _ask_stages(connection: Connection, account_id: int, recording_id: int) -> None:
    for kind in ON_ARRIVAL:
        jobs.ask(connection, account_id=account_id, kind=kind, subject_id=recording_id)


def _forget_renditions(connection: Connection, account_id: int, recording_id: int) -> None:
    """Drop what was made of a recording that was read wrongly; the sweep removes the objects."""
    connection.execute(
        delete(renditions).where(
            renditions.c.account_id == account_id, renditions.c.recording_id == recording_id
        )
    )


def _lock_contacts(connection: Connection, account_id: int, contact_ids: Collection[int]) -> None:
    connection.execute(
        select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.id.in_(contact_ids))
        .order_by(contacts.c.id)
        .with_for_update(key_share=True)
    )


def _unlink(connection: Connection, account_id: int, recording_id: int) -> None:
    connection.execute(
        recording_legs.delete().where(
            recording_legs.c.account_id == account_id,
            recording_legs.c.recording_id == recording_id,
        )
    )


def _find(connection: Connection, source: Source, external_id: str) -> Any:
    row = connection.execute(
        select(recordings).where(
            recordings.c.account_id == source.account_id,
            recordings.c.source_id == source.id,
            recordings.c.external_id == external_id,
        )
    ).first()
    if row is not None and row.destroyed_at_ms is not None:
        raise DestroyedRecording(
            f"recording {external_id!r} was destroyed on {iso_time(row.destroyed_at_ms)} and is not "
            "taken in again"
        )
    return row


def _stored(row: Row[Any], outcome: Outcome) -> StoredRecording:
    return StoredRecording(
        id=row.id,
        external_id=row.external_id,
        contact_id=row.contact_id,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        object_name=row.object_name,
        declared=DeclaredFormat.parse(row.declared_format),
        outcome=outcome,
    )
