"""Notes which contacts changed and gives the changes their places in the feed of an account."""

from collections.abc import Collection
from enum import IntFlag

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import Database, now_ms
from shared.db.tables import change_counters, contact_changes
from shared.errors import InvalidInput

NUMBERED_AT_ONCE = 10_000
"""Changes that one transaction numbers: after a run over everything there are millions."""


class Changed(IntFlag):
    """What changed; the bits are those of `contact_changes.what`."""

    TOPICS = 1
    TRANSCRIPT = 2
    RECORDING = 4


class UnknownPosition(InvalidInput):
    """The place in the feed was never given out, or is lost with a database that was restored."""

    code = "unknown-position"


def note_changes(
    connection: Connection, account_id: int, contact_ids: Collection[int], what: Changed
) -> None:
    """Put the contacts at the end of the feed, inside the transaction that changes them.

    They get their numbers later, when this transaction is committed, so that no reader can pass a
    number by that is still to come. Call it last: other transactions may wait for these rows.
    """
    # In one order, so that two transactions cannot lock the same rows crosswise.
    rows = [
        {"contact_id": contact_id, "what": int(kind)}
        for contact_id in sorted(contact_ids)
        for kind in what
    ]
    if not rows:
        return
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    columns = contact_changes.c
    statement = (
        insert(contact_changes)
        .values(account_id=account_id, changed_at_ms=now_ms())
        .on_conflict_do_update(
            index_elements=[columns.account_id, columns.contact_id, columns.what],
            set_={"number": None, "changed_at_ms": now_ms()},
        )
    )
    connection.execute(statement, rows)


def number_changes(database: Database, account_id: int) -> None:
    """Give committed changes their places in the feed, NUMBERED_AT_ONCE of them at most.

    Numbers become visible in their order: whoever numbers holds the account's counter until its
    commit. A change that somebody is noting at this moment again is passed over, not waited for.
    """
    with database.read() as connection:
        if not connection.execute(select(exists().where(*_unnumbered(account_id)))).scalar_one():
            return
    with database.write() as connection:
        last = _lock_counter(connection, account_id)
        rows = connection.execute(
            select(contact_changes.c.contact_id, contact_changes.c.what)
            .where(*_unnumbered(account_id))
            .order_by(contact_changes.c.contact_id, contact_changes.c.what)
            .limit(NUMBERED_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        if not rows:
            return
        connection.execute(
            update(contact_changes)
            .where(
                contact_changes.c.account_id == account_id,
                contact_changes.c.contact_id == bindparam("of_contact"),
                contact_changes.c.what == bindparam("of_kind"),
            )
            .values(number=bindparam("place")),
            [
                {"of_contact": row.contact_id, "of_kind": row.what, "place": place}
                for place, row in enumerate(rows, last + 1)
            ],
        )
        connection.execute(
            update(change_counters)
            .where(change_counters.c.account_id == account_id)
            .values(number=last + len(rows))
        )


def last_number(connection: Connection, account_id: int) -> int:
    """The last number given out in the account's feed; 0 before the first."""
    return (
        connection.execute(
            select(change_counters.c.number).where(change_counters.c.account_id == account_id)
        ).scalar_one_or_none()
        or 0
    )


def _unnumbered(account_id: int) -> tuple[ColumnElement[bool], ...]:
    return contact_changes.c.account_id == account_id, contact_changes.c.number.is_(None)


def _lock_counter(connection: Connection, account_id: int) -> int:
    """Keep others from numbering until this transaction ends; the last number given out."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return int(
        connection.execute(
            insert(change_counters)
            .values(account_id=account_id, number=0)
            .on_conflict_do_update(
                index_elements=[change_counters.c.account_id],
                set_={"number": change_counters.c.number},
            )
            .returning(change_counters.c.number)
        ).scalar_one()
    )
