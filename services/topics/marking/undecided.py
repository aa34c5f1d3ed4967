"""Keeps which topics could not be decided on a contact: what tells `undecidable` from `no`."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.contacts.changes import Changed, note_changes
from shared.contacts.verdicts import packed_ids, unpacked_ids
from shared.db.among import among
from shared.db.tables import undecided_topics


def store_undecided(
    connection: Connection,
    *,
    account_id: int,
    judged: Collection[int],
    undecided: Mapping[int, Collection[int]],
) -> None:
    """Keep, for each contact of `undecided`, on which of the `judged` topics it leaves open.

    Call it in the transaction that stores the marks, holding the contacts' row locks. What is known
    of topics that were not judged stays; only contacts that differ are written, and noted as
    changed.
    """
    rows = connection.execute(
        select(undecided_topics.c.contact_id, undecided_topics.c.topic_ids).where(
            undecided_topics.c.account_id == account_id,
            among(connection, undecided_topics.c.contact_id, undecided.keys()),
        )
    )
    known = {row.contact_id: unpacked_ids(row.topic_ids) for row in rows}
    now = set(judged)
    wanted = {
        contact_id: (known.get(contact_id, set()) - now) | set(open_ones)
        for contact_id, open_ones in undecided.items()
    }
    changed = sorted(one for one, ids in wanted.items() if ids != known.get(one, set()))
    if gone := [one for one in changed if not wanted[one]]:
        connection.execute(
            delete(undecided_topics).where(
                undecided_topics.c.account_id == account_id,
                among(connection, undecided_topics.c.contact_id, gone),
            )
        )
    upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = upsert(undecided_topics)
    statement = statement.on_conflict_do_update(
        index_elements=[undecided_topics.c.account_id, undecided_topics.c.contact_id],
        set_={"topic_ids": statement.excluded.topic_ids},
    )
    if new := [
        {"account_id": account_id, "contact_id": one, "topic_ids": packed_ids(wanted[one])}
        for one in changed
        if wanted[one]
    ]:
        connection.execute(statement, new)
    note_changes(connection, account_id, changed, Changed.TOPICS)
