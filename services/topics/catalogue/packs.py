"""Puts topic packs into an account."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from services.topics.language.pack import PACKS_FOLDER, PackTopic, packs_of
from shared.db.session import now_ms
from shared.db.tables import accounts, topic_groups, topic_versions, topics
from shared.db.upsert import insert_or_none


def load_packs(
    connection: Connection,
    account_id: int,
    languages: Iterable[str],
    folder: Path = PACKS_FOLDER,
) -> int:
    """Add the topics of these languages' packs, active at version 1, and return how many are new.

    Topics that the account has already, by their key, are left as they are. Raises InvalidInput on
    a pack that cannot be read.
    """
    revision = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(rules_revision=accounts.c.rules_revision + 1)
        .returning(accounts.c.rules_revision)
    ).scalar_one()
    added = 0
    for language in languages:
        for pack in packs_of(language, folder):
            for topic in pack.topics:
                added += _add(connection, account_id, topic, revision)
    return added


def _add(connection: Connection, account_id: int, topic: PackTopic, revision: int) -> bool:
    topic_id = insert_or_none(
        connection,
        topics,
        {
            "account_id": account_id,
            "key": topic.key,
            "name": topic.name,
            "colour": topic.colour,
            "group_id": _group(connection, account_id, topic.group),
            "preset": True,
            "active_version": 1,
            "rules_revision": revision,
            "created_at_ms": now_ms(),
            "changed_at_ms": now_ms(),
        },
    )
    if topic_id is None:
        return False
    connection.execute(
        insert(topic_versions).values(
            account_id=account_id,
            topic_id=topic_id,
            number=1,
            state="active",
            rule=topic.rule.model_dump(mode="json", exclude_defaults=True),
            should_match=list(topic.should_match),
            should_not_match=list(topic.should_not_match),
            created_at_ms=now_ms(),
            activated_revision=revision,
            activated_at_ms=now_ms(),
        )
    )
    return True


def _group(connection: Connection, account_id: int, name: str) -> int:
    values = {"account_id": account_id, "name": name}
    group_id = insert_or_none(connection, topic_groups, values)
    if group_id is None:
        group_id = connection.execute(
            select(topic_groups.c.id).where(
                topic_groups.c.account_id == account_id, topic_groups.c.name == name
            )
        ).scalar_one()
    return int(group_id)
