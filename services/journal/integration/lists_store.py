"""SQL of the contacts that match a filter: their keys, and how often each topic is set on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from shared.contacts.effective import effective_yes
from shared.contacts.verdicts import judged_by_all
from shared.contacts.visibility import visible
from shared.db.tables import contacts, marks, sources, topics
from shared.paging import Position, beyond
from shared.permissions import Caller


def read_keys(
    connection: Connection,
    caller: Caller,
    conditions: Sequence[ColumnElement[bool]],
    *,
    position: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Keys of the visible contacts that match, the newest first."""
    order = (contacts.c.started_at_ms, contacts.c.id)
    statement: Select[Any] = (
        select(
            contacts.c.id,
            contacts.c.external_id,
            contacts.c.started_at_ms,
            sources.c.external_id.label("source"),
        )
        # Outer, although every contact has one: SQLite would else begin with the sources.
        .outerjoin(
            sources,
            and_(
                sources.c.account_id == contacts.c.account_id,
                sources.c.id == contacts.c.source_id,
            ),
        )
        .where(contacts.c.account_id == caller.account_id, visible(caller), *conditions)
        .where(*beyond(order, position, descending=True))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    return connection.execute(statement).all()


def read_topics(connection: Connection, account_id: int) -> Sequence[Row[Any]]:
    """Topics that are not archived, by name."""
    statement: Select[Any] = (
        select(topics.c.id, topics.c.key, topics.c.name, topics.c.colour)
        .where(topics.c.account_id == account_id, topics.c.archived_at_ms.is_(None))
        .order_by(topics.c.name, topics.c.id)
    )
    return connection.execute(statement).all()


def count_by_topic(
    connection: Connection, caller: Caller, conditions: Sequence[ColumnElement[bool]]
) -> Mapping[int, int]:
    """On how many of the visible contacts that match each topic is set."""
    rows = connection.execute(
        select(marks.c.topic_id, func.count())
        .join(contacts, contacts.c.id == marks.c.contact_id)
        .where(
            marks.c.account_id == caller.account_id,
            effective_yes(),
            contacts.c.account_id == caller.account_id,
            visible(caller),
            *conditions,
        )
        .group_by(marks.c.topic_id)
    )
    return {topic_id: count for topic_id, count in rows}  # noqa: C416 - rows are not pairs to mypy


def count_contacts(
    connection: Connection, caller: Caller, conditions: Sequence[ColumnElement[bool]]
) -> tuple[int, int]:
    """How many visible contacts match, and how many of them some rule in force has not judged."""
    row = connection.execute(
        select(func.count(), func.count().filter(~judged_by_all(caller.account_id)))
        .select_from(contacts)
        .where(contacts.c.account_id == caller.account_id, visible(caller), *conditions)
    ).one()
    return int(row[0]), int(row[1])
