"""The audit log of what people hear and read: one row per person, recording, variant and window."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import now_ms
from shared.db.tables import audit_log
from shared.permissions import Caller

WINDOW_MS = 10 * 60 * 1000


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
    return now_ms() - now_ms() % WINDOW_MS
