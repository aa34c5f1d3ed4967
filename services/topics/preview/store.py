"""Reads which calls a preview looks at, and what it shows of them."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, select

from shared.contacts.filters import ContactFilter, matching
from shared.contacts.visibility import visible
from shared.db.tables import contacts, lexicon_counters, sources
from shared.permissions import Caller


def newest(
    connection: Connection, caller: Caller, wanted: ContactFilter, limit: int
) -> Sequence[int]:
    """Ids of the contacts that the caller sees, the newest first."""
    rows = connection.execute(
        select(contacts.c.id)
        .where(
            contacts.c.account_id == caller.account_id,
            visible(caller),
            *matching(caller.account_id, wanted),
        )
        .order_by(contacts.c.started_at_ms.desc(), contacts.c.id.desc())
        .limit(limit)
    )
    return [int(contact_id) for contact_id in rows.scalars()]


def greatest_word(connection: Connection, account_id: int) -> int:
    """The greatest number of the account's lexicon, −1 while it is empty."""
    size = connection.execute(
        select(lexicon_counters.c.size).where(lexicon_counters.c.account_id == account_id)
    ).scalar_one_or_none()
    return (size or 0) - 1


def read_contacts(
    connection: Connection, account_id: int, contact_ids: Collection[int]
) -> Mapping[int, RowMapping]:
    """What a preview shows of contacts beside what was said, by id."""
    rows = connection.execute(
        select(
            contacts.c.id.label("contact_id"),
            contacts.c.external_id,
            sources.c.external_id.label("source"),
            contacts.c.started_at_ms.label("started_at"),
        )
        .join(sources, sources.c.id == contacts.c.source_id)
        .where(
            contacts.c.account_id == account_id,
            sources.c.account_id == account_id,
            contacts.c.id.in_(contact_ids),
        )
    )
    return {row["contact_id"]: row for row in rows.mappings()}
