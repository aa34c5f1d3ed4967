"""SQL of packs: the account's topics as a pack would write them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from services.topics.catalogue.checking import Text
from services.topics.catalogue.versions_store import ACTIVE, DRAFT, text_of
from shared.db.tables import accounts, topic_groups, topic_versions, topics
from shared.db.upsert import insert_or_none
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """A topic of the account with what is written of its draft and of its version in force.

    `revision` rises with every change of the topic or its draft.
    """

    topic_id: int
    revision: int
    key: str
    name: str
    colour: str
    group: str | None
    archived: bool
    draft: Text | None
    in_force: Text | None

    @property
    def written(self) -> Text | None:
        """What a pack has of it: the version in force, or the draft while there never was one."""
        return self.in_force or self.draft


def read_stored(connection: Connection, account_id: int) -> Mapping[str, StoredTopic]:
    """All topics of the account by key, archived ones too, in the order of making."""
    versions = connection.execute(
        select(topic_versions).where(
            topic_versions.c.account_id == account_id,
            topic_versions.c.state.in_([DRAFT, ACTIVE]),
        )
    )
    texts = {(row.topic_id, row.state): text_of(row) for row in versions}
    rows = connection.execute(
        select(topics, topic_groups.c.name.label("heading"))
        .outerjoin(
            topic_groups,
            and_(topic_groups.c.account_id == account_id, topic_groups.c.id == topics.c.group_id),
        )
        .where(topics.c.account_id == account_id)
        .order_by(topics.c.id)
    )
    return {
        row.key: StoredTopic(
            topic_id=row.id,
            revision=row.revision,
            key=row.key,
            name=row.name,
            colour=row.colour,
            group=row.heading,
            archived=row.archived_at_ms is not None,
            draft=texts.get((row.id, DRAFT)),
            in_force=texts.get((row.id, ACTIVE)),
        )
        for row in rows
    }


def revisions(connection: Connection, account_id: int) -> Mapping[str, int]:
    """The revision of every topic by key; it differs when anybody has changed one of them."""
    rows = connection.execute(
        select(topics.c.key, topics.c.revision).where(topics.c.account_id == account_id)
    )
    return {row.key: row.revision for row in rows}


def draft_number(connection: Connection, account_id: int, topic_id: int) -> int:
    """Number of the topic's draft, which it has."""
    return int(
        connection.execute(
            select(topic_versions.c.number).where(
                topic_versions.c.account_id == account_id,
                topic_versions.c.topic_id == topic_id,
                topic_versions.c.state == DRAFT,
            )
        ).scalar_one()
    )


def name_and_language(connection: Connection, account_id: int) -> tuple[str, str]:
    """What the account is called and which language it speaks; NotFound when there is none."""
    row = connection.execute(
        select(accounts.c.name, accounts.c.language).where(accounts.c.id == account_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no account {account_id}")
    return row.name, row.language


def put_group(connection: Connection, account_id: int, name: str) -> int:
    """The heading of that name, made if there is none."""
    values = {"account_id": account_id, "name": name}
    group_id = insert_or_none(connection, topic_groups, values)
    if group_id is None:
        group_id = connection.execute(
            select(topic_groups.c.id).where(
                topic_groups.c.account_id == account_id, topic_groups.c.name == name
            )
        ).scalar_one()
    return int(group_id)
