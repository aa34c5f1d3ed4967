"""SQL of the topics themselves; whoever writes here has locked the account's rules before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from services.topics.catalogue.asking import Catalogue, KnownTopic
from services.topics.catalogue.stored_rule import from_stored
from shared.db.session import now_ms
from shared.db.tables import accounts, topic_groups, topic_versions, topics
from shared.db.upsert import insert_or_none
from shared.errors import Conflict, NotFound
from shared.permissions import Caller


def read_catalogue(connection: Connection, account_id: int) -> Catalogue:
    """Every topic of the account with its rule in force.

    The revision is read first: if a rule is activated in between, whoever compares it finds out.
    """
    revision = connection.execute(
        select(accounts.c.rules_revision).where(accounts.c.id == account_id)
    ).scalar_one()
    rows = connection.execute(
        select(topics, topic_versions.c.id.label("version_id"), topic_versions.c.rule)
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.topic_id == topics.c.id,
                topic_versions.c.number == topics.c.active_version,
            ),
        )
        .where(topics.c.account_id == account_id)
        .order_by(topics.c.id)
    )
    known = {
        row.key: KnownTopic(
            topic_id=row.id,
            key=row.key,
            name=row.name,
            active=row.active,
            archived=row.archived_at_ms is not None,
            version_id=row.version_id,
            rule=None if row.version_id is None else from_stored(row.rule),
        )
        for row in rows
    }
    return Catalogue(int(revision), known)


def find_topic(connection: Connection, account_id: int, topic_id: int) -> Row[Any]:
    """The topic's row; NotFound when the account has none of that id."""
    row = connection.execute(
        select(topics).where(topics.c.account_id == account_id, topics.c.id == topic_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no topic {topic_id}")
    return row


def judges_calls(topic: Row[Any]) -> bool:
    """Whether calls are judged by the topic of the row."""
    return bool(topic.active and topic.active_version and topic.archived_at_ms is None)


def taken_keys(connection: Connection, account_id: int) -> set[str]:
    """Keys of all topics, archived ones too."""
    return set(
        connection.execute(select(topics.c.key).where(topics.c.account_id == account_id)).scalars()
    )


def count_topics(connection: Connection, account_id: int) -> int:
    """How many topics are not in the archive."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(topics)
            .where(topics.c.account_id == account_id, topics.c.archived_at_ms.is_(None))
        ).scalar_one()
    )


def find_group(connection: Connection, account_id: int, group_id: int) -> Row[Any] | None:
    """The heading of that id, if the account has one; it cannot go before the transaction ends."""
    return connection.execute(
        select(topic_groups)
        .where(topic_groups.c.account_id == account_id, topic_groups.c.id == group_id)
        .with_for_update(read=True, key_share=True)
    ).first()


def insert_topic(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> int:
    """Make a topic without any version; its id.

    Conflict when the key is taken: intake makes topics of names that a telephone system sends, and
    waits for no lock of ours.
    """
    topic_id = insert_or_none(
        connection,
        topics,
        {
            "account_id": caller.account_id,
            "created_by": caller.user_id,
            "changed_by": caller.actor,
            "created_at_ms": now_ms(),
            "changed_at_ms": now_ms(),
            **values,
        },
    )
    if topic_id is None:
        raise Conflict(f"another topic was given the key «{values['key']}» just now")
    return topic_id


def change_topic(
    connection: Connection, caller: Caller, topic_id: int, values: Mapping[str, Any]
) -> None:
    """Change the topic's columns, note who did it, and raise its revision."""
    connection.execute(
        update(topics)
        .where(topics.c.account_id == caller.account_id, topics.c.id == topic_id)
        .values(
            **values,
            revision=topics.c.revision + 1,
            changed_by=caller.actor,
            changed_at_ms=now_ms(),
        )
    )
