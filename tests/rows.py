"""Rows that tests start from, made through the tables."""

from typing import Any

from sqlalchemy import Connection, Table, insert

from shared.db.session import now_ms
from shared.db.tables import accounts, contacts, lexicon_counters, recordings, sources


def add(connection: Connection, table: Table, **values: Any) -> int:
    """Insert one row and return its id."""
    return int(connection.execute(insert(table).values(**values)).inserted_primary_key[0])


def add_account(connection: Connection, name: str = "Ромашка", **values: Any) -> int:
    """An account with its lexicon counter."""
    account_id = add(connection, accounts, name=name, created_at_ms=now_ms(), **values)
    connection.execute(insert(lexicon_counters).values(account_id=account_id, size=0))
    return account_id


def add_source(
    connection: Connection, account_id: int, external_id: str = "pbx", **values: Any
) -> int:
    """A telephone system of the account."""
    return add(
        connection,
        sources,
        account_id=account_id,
        external_id=external_id,
        name=external_id,
        created_at_ms=now_ms(),
        **values,
    )


def add_contact(
    connection: Connection,
    account_id: int,
    source_id: int,
    external_id: str = "call-1",
    **values: Any,
) -> int:
    """A call that began at a fixed moment."""
    defaults: dict[str, Any] = {
        "kind": "call",
        "direction": "inbound",
        "started_at_ms": 1_790_000_000_000,
        "raw": {},
        "created_at_ms": now_ms(),
        "changed_at_ms": now_ms(),
    }
    return add(
        connection,
        contacts,
        account_id=account_id,
        source_id=source_id,
        external_id=external_id,
        **(defaults | values),
    )


def add_recording(
    connection: Connection,
    account_id: int,
    source_id: int,
    contact_id: int | None,
    external_id: str = "rec-1",
    **values: Any,
) -> int:
    """A recording row; its object is the caller's business."""
    defaults: dict[str, Any] = {
        "leg_external_ids": [],
        "object_name": f"{account_id}/originals/{external_id}",
        "size_bytes": 1,
        "sha256": "0" * 64,
        "received_at_ms": now_ms(),
    }
    return add(
        connection,
        recordings,
        account_id=account_id,
        source_id=source_id,
        contact_id=contact_id,
        external_id=external_id,
        **(defaults | values),
    )
