"""Notes which contacts changed, for the feed that a foreign journal page follows."""

from collections.abc import Collection
from enum import IntFlag

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import now_ms
from shared.db.tables import contact_changes


class Changed(IntFlag):
    """What changed; the bits are those of `contact_changes.what`."""

    TOPICS = 1
    TRANSCRIPT = 2
    RECORDING = 4


def note_changes(
    connection: Connection, account_id: int, contact_ids: Collection[int], what: Changed
) -> None:
    """Put the contacts at the end of the feed, inside the transaction that changes them.

    They get their numbers later, when this transaction is committed, so that no reader can pass a
    number by that is still to come.
    """
    if not contact_ids:
        return
    upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = upsert(contact_changes)
    statement = statement.on_conflict_do_update(
        index_elements=[contact_changes.c.account_id, contact_changes.c.contact_id],
        set_={
            "what": contact_changes.c.what.op("|")(statement.excluded.what),
            "number": None,
            "changed_at_ms": statement.excluded.changed_at_ms,
        },
    )
    # In the order of ids, so that two transactions cannot lock the same rows crosswise.
    rows = [
        {"account_id": account_id, "contact_id": contact_id, "what": int(what)}
        for contact_id in sorted(contact_ids)
    ]
    connection.execute(statement.values(changed_at_ms=now_ms()), rows)
