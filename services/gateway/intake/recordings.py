"""Rows of recordings: made when their object is durable, joined to their call once it is known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, insert, select, update

from services.gateway.intake.outcome import Outcome
from services.gateway.intake.schemas import RecordingQuery
from services.gateway.intake.sources import Source
from services.transcribe.relabel import relabel_recording
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.contacts.linking import link_recordings
from shared.db.session import now_ms
from shared.db.tables import contacts, recording_legs, recordings, sources
from shared.domain.pipeline import ON_ARRIVAL
from shared.domain.recording import Direction, Speaker
from shared.paging import Position, beyond
from shared.queue import jobs
from shared.storage import StoredObject
from shared.storage.unreferenced import ORIGINALS


@dataclass(frozen=True, slots=True)
class RecordingPart:
    """What a sender says of a recording; None is what it does not say, and keeps what is stored."""

    contact: str | None = None
    legs: tuple[str, ...] | None = None
    offset_ms: int | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """A recording after a request; `contact_id` is None while it waits for its call."""

    id: int
    external_id: str
    contact_id: int | None
    size_bytes: int
    sha256: str
    object_name: str
    outcome: Outcome


def recording_part(query: RecordingQuery) -> RecordingPart:
    """What a query says of a recording."""
    return RecordingPart(
        contact=query.contact,
        legs=None if query.legs is None else tuple(filter(None, query.legs.split(","))),
        offset_ms=query.offset_ms,
        speaker=None if query.speaker is None else Speaker(query.speaker),
    )


def original_name(account_id: int, clock_ms: int) -> str:
    """A new object name, originals/{account}/{yyyy}/{mm}/{random}; no older object has it."""
    day = datetime.fromtimestamp(clock_ms / 1000, UTC)
    return f"{ORIGINALS}{account_id}/{day:%Y/%m}/{uuid4().hex}"


def find_recording(
    connection: Connection, source: Source, external_id: str
) -> StoredRecording | None:
    """The recording of that natural key, if it is known."""
    row = _find(connection, source, external_id)
    return None if row is None else _stored(row, Outcome.UNCHANGED)


def waiting_recordings(
    connection: Connection, account_id: int, *, position: Position | None, limit: int
) -> Sequence[Any]:
    """Recordings of an account whose contact has not come, the latest first."""
    order = (recordings.c.received_at_ms, recordings.c.id)
    return connection.execute(
        select(
            recordings.c.id,
            sources.c.external_id.label("source"),
            recordings.c.external_id,
            recordings.c.contact_external_id,
            recordings.c.size_bytes,
            recordings.c.sha256,
            recordings.c.content_type,
            recordings.c.duration_ms,
            recordings.c.received_at_ms,
        )
        .join(
            sources,
            and_(
                sources.c.account_id == recordings.c.account_id,
                sources.c.id == recordings.c.source_id,
            ),
        )
        .where(recordings.c.account_id == account_id, recordings.c.contact_id.is_(None))
        .where(*beyond(order, position, descending=True))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    ).all()


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
            received_at_ms=now_ms(),
            leg_external_ids=[],
        )
        .returning(recordings)
    ).one()
    for kind in ON_ARRIVAL:
        jobs.ask(connection, account_id=source.account_id, kind=kind, subject_id=row.id)
    _apply(connection, source, row, part)
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
    for touched_id in sorted(touched):
        refresh_hearing(connection, account_id=account_id, contact_id=touched_id)
    internal = contact is not None and contact.direction == Direction.INTERNAL
    if "one_sided" in values or internal or row.contact_id is not None:
        relabel_recording(connection, account_id, row.id)
    note_changes(connection, account_id, touched, Changed.RECORDING)
    return True


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
    return connection.execute(
        select(recordings).where(
            recordings.c.account_id == source.account_id,
            recordings.c.source_id == source.id,
            recordings.c.external_id == external_id,
        )
    ).first()


def _stored(row: Row[Any], outcome: Outcome) -> StoredRecording:
    return StoredRecording(
        id=row.id,
        external_id=row.external_id,
        contact_id=row.contact_id,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        object_name=row.object_name,
        outcome=outcome,
    )
