"""The audit log of what people hear and read: one row per person, recording, variant and window."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import Database, now_ms
from shared.db.tables import audit_log
from shared.permissions import Caller

WINDOW_MS = 10 * 60 * 1000
READ_TRANSCRIPT = "read-transcript"


def unnoted(
    connection: Connection,
    caller: Caller,
    *,
    action: str,
    recording_ids: Collection[int],
    variant: str = "",
) -> list[int]:
    """Those of the recordings of which the log does not yet have this in the present window.

    Asked before `note`, so that a person who listens on takes no write lock.
    """
    noted = set(
        connection.execute(
            select(audit_log.c.recording_id).where(
                audit_log.c.account_id == caller.account_id,
                audit_log.c.actor == caller.actor,
                audit_log.c.action == action,
                audit_log.c.recording_id.in_(recording_ids),
                audit_log.c.variant == variant,
                audit_log.c.window_start_ms == _window_start_ms(),
            )
        ).scalars()
    )
    return [recording_id for recording_id in recording_ids if recording_id not in noted]


def note(
    connection: Connection,
    caller: Caller,
    *,
    action: str,
    recording_id: int,
    contact_id: int | None,
    variant: str = "",
) -> None:
    """Write the log's row of the present window, unless it is there.

    Commit it before the first byte of what it is about leaves.
    """
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(
        insert(audit_log)
        .values(
            account_id=caller.account_id,
            actor=caller.actor,
            action=action,
            recording_id=recording_id,
            contact_id=contact_id,
            variant=variant,
            window_start_ms=_window_start_ms(),
            details={},
            created_at_ms=now_ms(),
        )
        .on_conflict_do_nothing()
    )


def note_reading(
    database: Database, caller: Caller, *, recording_ids: Collection[int], contact_id: int | None
) -> None:
    """Have the log tell of a reading of transcripts, committed before a word of them leaves."""
    with database.read() as connection:
        fresh = unnoted(connection, caller, action=READ_TRANSCRIPT, recording_ids=recording_ids)
    if not fresh:
        return
    with database.write() as connection:
        for recording_id in fresh:
            note(
                connection,
                caller,
                action=READ_TRANSCRIPT,
                recording_id=recording_id,
                contact_id=contact_id,
            )


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person hears: all of a row's key but its window."""

    account_id: int
    actor: str
    action: str
    recording_id: int
    variant: str


def note_served(connection: Connection, heard: Heard, served_ms: int) -> None:
    """Add sound that has left to the latest row of its kind, which `note` has written before."""
    latest = (
        select(func.max(audit_log.c.id))
        .where(
            audit_log.c.account_id == heard.account_id,
            audit_log.c.actor == heard.actor,
            audit_log.c.action == heard.action,
            audit_log.c.recording_id == heard.recording_id,
            audit_log.c.variant == heard.variant,
        )
        .scalar_subquery()
    )
    connection.execute(
        update(audit_log)
        .where(audit_log.c.account_id == heard.account_id, audit_log.c.id == latest)
        .values(served_ms=audit_log.c.served_ms + served_ms)
    )


def note_all(
    database: Database, caller: Caller, *, action: str, recordings: Select[Any], variant: str = ""
) -> None:
    """Have the log tell this of many recordings, committed before the first byte of them leaves.

    `recordings` is a query of (recording id, contact id). It is one statement however many there
    are, and takes no write lock where the present window's rows are all there.
    """
    recording_id, contact_id = recordings.subquery().c
    key: dict[Column[Any], ColumnElement[Any]] = {
        audit_log.c.account_id: literal(caller.account_id),
        audit_log.c.actor: literal(caller.actor),
        audit_log.c.action: literal(action),
        audit_log.c.recording_id: recording_id,
        audit_log.c.variant: literal(variant),
        audit_log.c.window_start_ms: _window_start_ms(),
    }
    beside: dict[Column[Any], ColumnElement[Any]] = {
        audit_log.c.contact_id: contact_id,
        audit_log.c.details: literal({}, audit_log.c.details.type),
        audit_log.c.created_at_ms: now_ms(),
    }
    noted = exists().where(*(column == value for column, value in key.items()))
    fresh = select(*key.values(), *beside.values()).where(~noted.correlate(recording_id.table))
    with database.read() as connection:
        if connection.execute(fresh.limit(1)).first() is None:
            return
    with database.write() as connection:
        insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        columns = [column.name for column in (*key, *beside)]
        connection.execute(insert(audit_log).from_select(columns, fresh).on_conflict_do_nothing())


def note_export(connection: Connection, caller: Caller, details: Mapping[str, Any]) -> None:
    """Write down that the caller takes something out; commit it before the first byte leaves."""
    connection.execute(
        audit_log.insert().values(
            account_id=caller.account_id,
            actor=caller.actor,
            action="export",
            window_start_ms=_window_start_ms(),
            details=dict(details),
            created_at_ms=now_ms(),
        )
    )


def _window_start_ms() -> ColumnElement[int]:
    # The clock is asked once: it moves inside a statement too.
    return now_ms() // WINDOW_MS * WINDOW_MS
