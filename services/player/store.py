"""The player's SQL on the worker's side: recordings, what was measured of them, and renditions."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import now_ms
from shared.db.tables import contacts, recordings, renditions
from shared.errors import JobFailed

PLAYBACK = "playback"
DENOISED = "denoised"
WAVEFORM = "waveform"
WAVEFORM_FINE = "waveform-fine"


@dataclass(frozen=True, slots=True)
class Original:
    """The original of a recording as a worker needs it."""

    recording_id: int
    contact_id: int | None
    object_name: str
    sha256: str
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Rendition:
    """A rendition to be stored; `kind` is one of the constants of this module."""

    kind: str
    object_name: str
    size_bytes: int
    sha256: str
    content_type: str
    notes: dict[str, Any]


def read_original(connection: Connection, *, account_id: int, recording_id: int) -> Original:
    """The original of a recording; JobFailed `recording-gone` when there is none any more."""
    row = connection.execute(
        select(
            recordings.c.id,
            recordings.c.contact_id,
            recordings.c.object_name,
            recordings.c.sha256,
            recordings.c.duration_ms,
        ).where(recordings.c.account_id == account_id, recordings.c.id == recording_id)
    ).first()
    if row is None:
        raise JobFailed("recording-gone", f"there is no recording {recording_id}")
    return Original(*row)


def lock_contact(connection: Connection, *, account_id: int, contact_id: int) -> None:
    """Let nobody else change the contact before this transaction ends."""
    connection.execute(
        select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .with_for_update(key_share=True)
    )


def save_measured(
    connection: Connection,
    *,
    account_id: int,
    recording_id: int,
    container: str,
    codec: str,
    channels: int,
    rate_hz: int,
    duration_ms: int,
) -> int | None:
    """Store what probing and decoding found; the id of the recording's contact, if it has one."""
    contact_id: int | None = connection.execute(
        update(recordings)
        .where(recordings.c.account_id == account_id, recordings.c.id == recording_id)
        .values(
            container=container,
            codec=codec,
            channels=channels,
            rate_hz=rate_hz,
            duration_ms=duration_ms,
        )
        .returning(recordings.c.contact_id)
    ).scalar_one()
    return contact_id


def save_rendition(
    connection: Connection, *, account_id: int, recording_id: int, rendition: Rendition
) -> None:
    """Store a rendition in place of the one of its kind; the old object is left to the sweep."""
    values = {
        "object_name": rendition.object_name,
        "size_bytes": rendition.size_bytes,
        "sha256": rendition.sha256,
        "content_type": rendition.content_type,
        "notes": rendition.notes,
        "created_at_ms": now_ms(),
    }
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(
        insert(renditions)
        .values(account_id=account_id, recording_id=recording_id, kind=rendition.kind, **values)
        .on_conflict_do_update(
            index_elements=[
                renditions.c.account_id,
                renditions.c.recording_id,
                renditions.c.kind,
            ],
            set_=values,
        )
    )


def read_rendition(
    connection: Connection, *, account_id: int, recording_id: int, kind: str
) -> Rendition | None:
    """A stored rendition of a recording, or None."""
    row = connection.execute(
        select(
            renditions.c.kind,
            renditions.c.object_name,
            renditions.c.size_bytes,
            renditions.c.sha256,
            renditions.c.content_type,
            renditions.c.notes,
        ).where(
            renditions.c.account_id == account_id,
            renditions.c.recording_id == recording_id,
            renditions.c.kind == kind,
        )
    ).first()
    return None if row is None else Rendition(*row)
