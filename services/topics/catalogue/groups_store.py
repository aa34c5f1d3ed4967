"""SQL of the headings that topics stand under."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from shared.db.tables import topic_groups, topics
from shared.db.upsert import insert_or_none
from shared.errors import Conflict, NotFound
from shared.paging import Position, beyond


def list_groups(
    connection: Connection, account_id: int, position: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """Headings with the number of topics under each, in the order of making."""
    return connection.execute(
        _groups(account_id)
        .where(*beyond([topic_groups.c.id], position, descending=False))
        .order_by(topic_groups.c.id)
        .limit(limit)
    ).all()


def read_group(connection: Connection, account_id: int, group_id: int) -> Row[Any]:
    """One heading; NotFound when the account has none of that id."""
    row = connection.execute(_groups(account_id).where(topic_groups.c.id == group_id)).first()
    if row is None:
        raise NotFound(f"there is no heading {group_id}")
    return row


def add_group(connection: Connection, account_id: int, name: str) -> int:
    """Make a heading; Conflict when there is one of that name."""
    group_id = insert_or_none(connection, topic_groups, {"account_id": account_id, "name": name})
    if group_id is None:
        raise _taken(name)
    return group_id


def rename_group(connection: Connection, account_id: int, group_id: int, name: str) -> None:
    """Give the heading another name; NotFound when there is none, Conflict when that is taken."""
    try:
        connection.execute(
            update(topic_groups)
            .where(topic_groups.c.account_id == account_id, topic_groups.c.id == group_id)
            .values(name=name)
        )
    except IntegrityError as error:
        raise _taken(name) from error


def delete_group(connection: Connection, account_id: int, group_id: int) -> None:
    """Remove a heading; NotFound when there is none, Conflict while topics stand under it."""
    row = read_group(connection, account_id, group_id)
    refusal = Conflict(f"{row.topics} topics stand under «{row.name}»: move them first")
    if row.topics:
        raise refusal
    try:
        connection.execute(
            delete(topic_groups).where(
                topic_groups.c.account_id == account_id, topic_groups.c.id == group_id
            )
        )
    except IntegrityError as error:
        # A topic came under it in between.
        raise refusal from error


def _groups(account_id: int) -> Select[Any]:
    under = (
        select(func.count())
        .select_from(topics)
        .where(topics.c.account_id == account_id, topics.c.group_id == topic_groups.c.id)
        .correlate(topic_groups)
        .scalar_subquery()
    )
    return select(topic_groups.c.id, topic_groups.c.name, under.label("topics")).where(
        topic_groups.c.account_id == account_id
    )


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a heading «{name}» already")
