"""Topics that a telephone system hands in with a contact: an operator's, a voice menu's, imported."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from services.topics.catalogue.keys import make_key
from services.topics.marking.store import lock_contact
from shared.contacts.changes import Changed, note_changes
from shared.db.session import now_ms
from shared.db.tables import marks, topics
from shared.db.upsert import insert_or_none
from shared.errors import InvalidInput


def put_topics(
    connection: Connection,
    *,
    account_id: int,
    contact_id: int,
    origin: str,
    names: Sequence[str],
    most_topics: int,
) -> bool:
    """Make the contact's marks of this origin the topics of these keys or names; whether any changed.

    A mark that one of our users has set stays as it is. A name that is not known becomes a topic
    without a rule; InvalidInput names its place where the account has `most_topics` already.
    """
    wanted = set(_find_or_make(connection, account_id, names, most_topics))
    lock_contact(connection, account_id=account_id, contact_id=contact_id)
    rows = connection.execute(
        select(marks.c.id, marks.c.topic_id, marks.c.author_id, marks.c.verdict).where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            marks.c.origin == origin,
        )
    ).all()
    ours = [row for row in rows if row.author_id is None]
    gone = [row.id for row in ours if row.topic_id not in wanted]
    turned = [row.id for row in ours if row.topic_id in wanted and not row.verdict]
    new = sorted(wanted - {row.topic_id for row in rows})
    if gone:
        connection.execute(
            delete(marks).where(marks.c.account_id == account_id, marks.c.id.in_(gone))
        )
    if turned:
        connection.execute(
            update(marks)
            .where(marks.c.account_id == account_id, marks.c.id.in_(turned))
            .values(verdict=True, created_at_ms=now_ms())
        )
    if new:
        connection.execute(
            insert(marks).values(
                account_id=account_id,
                contact_id=contact_id,
                origin=origin,
                verdict=True,
                created_at_ms=now_ms(),
            ),
            [{"topic_id": topic_id} for topic_id in new],
        )
    changed = bool(gone or turned or new)
    if changed:
        note_changes(connection, account_id, [contact_id], Changed.TOPICS)
    return changed


def _find_or_make(
    connection: Connection, account_id: int, names: Sequence[str], most_topics: int
) -> list[int]:
    known = _known(connection, account_id, names)
    for place, name in enumerate(names):
        if name not in known:
            known[name] = _make(connection, account_id, name, place, most_topics)
    return [known[name] for name in names]


def _known(connection: Connection, account_id: int, names: Sequence[str]) -> dict[str, int]:
    """Topics by the key or name that they are asked for: a key before a name, both before one of
    the archive."""
    rows = connection.execute(
        select(topics.c.id, topics.c.key, topics.c.name)
        .where(
            topics.c.account_id == account_id,
            or_(topics.c.key.in_(names), topics.c.name.in_(names)),
        )
        .order_by(topics.c.archived_at_ms.is_not(None), topics.c.id)
    ).all()
    known: dict[str, int] = {}
    for row in rows:
        known.setdefault(row.name, row.id)
    return known | {row.key: row.id for row in rows}


def _make(connection: Connection, account_id: int, name: str, place: int, most_topics: int) -> int:
    in_use = connection.execute(
        select(func.count()).where(
            topics.c.account_id == account_id, topics.c.archived_at_ms.is_(None)
        )
    ).scalar_one()
    if in_use >= most_topics:
        reason = f"is not known, and the account has its {most_topics} topics already"
        raise InvalidInput(f"topics[{place}] {reason}", [(f"topics[{place}]", reason)])
    while True:
        taken = connection.execute(
            select(topics.c.key).where(topics.c.account_id == account_id)
        ).scalars()
        values: Mapping[str, Any] = {
            "account_id": account_id,
            "key": make_key(name, set(taken)),
            "name": name,
            "created_at_ms": now_ms(),
            "changed_at_ms": now_ms(),
        }
        # Somebody may take the key by hand at this moment.
        topic_id = insert_or_none(connection, topics, values)
        if topic_id is not None:
            return topic_id
