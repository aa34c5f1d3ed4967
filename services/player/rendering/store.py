"""The player's SQL on the worker's side: recordings, what was measured of them, and renditions."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.player.rendering.strength import Strength
from shared.db.session import now_ms
from shared.db.tables import accounts, contacts, recordings, renditions
from shared.decode import DeclaredFormat
from shared.errors import JobFailed


@dataclass(frozen=True, slots=True)
class Original:
    """The original of a recording as a worker needs it; `declared` if it has no header."""

    recording_id: int
    contact_id: int | None
    object_name: str
    sha256: str
    declared: DeclaredFormat | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Rendition:
    """A rendition to be stored; `kind` is one of `kinds`."""

    kind: str
    object_name: str
    size_bytes: int
    sha256: str
    content_type: str
    notes: dict[str, Any]


def read_original(connection: Connection, *, account_id: int, recording_id: int) -> Original:
    """The original of a recording.

    Raises JobFailed `recording-gone` when there is none, `recording-destroyed` when its sound was
    destroyed.
    """
    row = connection.execute(
        select(recordings).where(
            recordings.c.account_id == account_id, recordings.c.id == recording_id
        )
    ).first()
    if row is None:
        raise JobFailed("recording-gone", f"there is no recording {recording_id}")
    if row.destroyed_at_ms is not None:
        raise JobFailed("recording-destroyed", f"the sound of recording {recording_id} is gone")
    return Original(
        recording_id=row.id,
        contact_id=row.contact_id,
        object_name=row.object_name,
        sha256=row.sha256,
        declared=DeclaredFormat.parse(row.declared_format),
        duration_ms=row.duration_ms,
    )


def strength_always(connection: Connection, account_id: int) -> Strength | None:
    """How strongly every new recording of the account is denoised; None: only when asked for."""
    value = connection.execute(
        select(accounts.c.denoise_strength).where(
            accounts.c.id == account_id,
            accounts.c.denoise_enabled.is_(True),
            accounts.c.denoise_always.is_(True),
        )
    ).scalar_one_or_none()
    return None if value is None else Strength(value)


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
    """Store a rendition in place of the one of its kind; the old object is left to the sweep.

    JobFailed `recording-destroyed` when there is nothing any more that it may be of.
    """
    present = connection.execute(
        select(recordings.c.id)
        .where(
            recordings.c.account_id == account_id,
            recordings.c.id == recording_id,
            recordings.c.destroyed_at_ms.is_(None),
        )
        .with_for_update(read=True)
    ).first()
    if present is None:
        raise JobFailed("recording-destroyed", f"the sound of recording {recording_id} is gone")
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
