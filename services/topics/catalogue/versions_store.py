"""SQL of the versions of a topic: the draft, the one in force, those before."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select, update

from services.topics.catalogue.checking import Text
from services.topics.catalogue.stored_rule import from_stored, to_stored
from shared.db.session import now_ms
from shared.db.tables import topic_versions, users
from shared.errors import NotFound
from shared.permissions import Caller

GREATEST_NUMBER = 2**31 - 1
"""What the column holds; a path may name more."""

DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"


def list_versions(connection: Connection, account_id: int, topic_id: int) -> Sequence[Row[Any]]:
    """All versions of a topic with their author's name, the newest first."""
    return connection.execute(
        _versions(account_id, topic_id).order_by(topic_versions.c.number.desc())
    ).all()


def current(
    connection: Connection, account_id: int, topic_id: int
) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The draft and the version in force, each None when there is none."""
    rows = connection.execute(
        _versions(account_id, topic_id).where(topic_versions.c.state.in_([DRAFT, ACTIVE]))
    )
    found = {row.state: row for row in rows}
    return found.get(DRAFT), found.get(ACTIVE)


def text_of(version: Row[Any]) -> Text:
    """What was written of a version."""
    return Text(
        from_stored(version.rule), tuple(version.should_match), tuple(version.should_not_match)
    )


def read_version(connection: Connection, account_id: int, topic_id: int, number: int) -> Row[Any]:
    """One version with its author's name; NotFound when the topic has none of that number."""
    row = None
    if number <= GREATEST_NUMBER:
        row = connection.execute(
            _versions(account_id, topic_id).where(topic_versions.c.number == number)
        ).first()
    if row is None:
        raise NotFound(f"the topic has no version {number}")
    return row


def put_draft(connection: Connection, caller: Caller, topic_id: int, text: Text) -> None:
    """Make the draft, or write another text into it; its author is who wrote last."""
    written = {
        "rule": to_stored(text.rule),
        "should_match": list(text.should_match),
        "should_not_match": list(text.should_not_match),
        "created_by": caller.user_id,
        "created_at_ms": now_ms(),
    }
    of_topic = and_(
        topic_versions.c.account_id == caller.account_id, topic_versions.c.topic_id == topic_id
    )
    done = connection.execute(
        update(topic_versions).where(of_topic, topic_versions.c.state == DRAFT).values(written)
    )
    if done.rowcount == 0:
        newest = select(func.coalesce(func.max(topic_versions.c.number), 0)).where(of_topic)
        connection.execute(
            insert(topic_versions).values(
                account_id=caller.account_id,
                topic_id=topic_id,
                number=connection.execute(newest).scalar_one() + 1,
                state=DRAFT,
                **written,
            )
        )


def delete_draft(connection: Connection, account_id: int, topic_id: int) -> None:
    """Throw the draft away; NotFound when there is none."""
    done = connection.execute(
        delete(topic_versions).where(
            topic_versions.c.account_id == account_id,
            topic_versions.c.topic_id == topic_id,
            topic_versions.c.state == DRAFT,
        )
    )
    if done.rowcount == 0:
        raise NotFound("the topic has no draft")


def put_in_force(
    connection: Connection, caller: Caller, topic_id: int, *, number: int, revision: int
) -> None:
    """Make the version of that number the one in force and retire the one before."""
    of_topic = and_(
        topic_versions.c.account_id == caller.account_id, topic_versions.c.topic_id == topic_id
    )
    connection.execute(
        update(topic_versions)
        .where(of_topic, topic_versions.c.state == ACTIVE)
        .values(state=RETIRED)
    )
    connection.execute(
        update(topic_versions)
        .where(of_topic, topic_versions.c.number == number)
        .values(
            state=ACTIVE,
            activated_revision=revision,
            activated_by=caller.actor,
            activated_at_ms=now_ms(),
        )
    )


def _versions(account_id: int, topic_id: int) -> Select[Any]:
    return (
        select(topic_versions, users.c.name.label("author"))
        .outerjoin(
            users,
            and_(users.c.account_id == account_id, users.c.id == topic_versions.c.created_by),
        )
        .where(topic_versions.c.account_id == account_id, topic_versions.c.topic_id == topic_id)
    )
