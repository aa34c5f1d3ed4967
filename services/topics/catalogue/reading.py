"""SQL of the list of topics and of one topic as people see it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from services.topics.catalogue.counting import InForce
from shared.db.tables import topic_groups, topic_versions, topics, users
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller

in_force = topic_versions.alias("in_force")
draft = topic_versions.alias("draft")

heading = func.coalesce(topic_groups.c.name, "").label("heading")


class Tab(StrEnum):
    """Where a topic comes from, as the caller sees it: own, other people's, a pack's (M-02)."""

    MINE = "mine"
    SHARED = "shared"
    PRESET = "preset"


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """What is asked of a topic; null: anything."""

    tab: Tab | None = None
    search: str | None = None
    active: bool | None = None
    archived: bool = False


def tab_of(row: Row[Any], caller: Caller) -> Tab:
    """The tab that a topic stands under."""
    if row.preset:
        return Tab.PRESET
    mine = caller.user_id is not None and row.created_by == caller.user_id
    return Tab.MINE if mine else Tab.SHARED


def list_topics(
    connection: Connection,
    caller: Caller,
    wanted: TopicFilter,
    *,
    position: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Topics by heading and name, with the rules of the version in force and of the draft."""
    keys = [heading, topics.c.name, topics.c.id]
    return connection.execute(
        _topics(caller)
        .where(*_conditions(connection, caller, wanted))
        .where(*beyond(keys, position, descending=False))
        .order_by(*keys)
        .limit(limit)
    ).all()


def read_topic(connection: Connection, caller: Caller, topic_id: int) -> Row[Any]:
    """One topic like those of the list; NotFound when the account has none of that id."""
    row = connection.execute(_topics(caller).where(topics.c.id == topic_id)).first()
    if row is None:
        raise NotFound(f"there is no topic {topic_id}")
    return row


def topics_in_force(connection: Connection, account_id: int) -> list[InForce]:
    """Every topic that calls are judged by."""
    rows = connection.execute(
        select(topics.c.id, topics.c.rules_revision).where(
            topics.c.account_id == account_id, is_in_force()
        )
    )
    return [InForce(row.id, row.rules_revision) for row in rows]


def is_in_force() -> ColumnElement[bool]:
    """Condition on `topics`: calls are judged by it."""
    return and_(
        topics.c.active.is_(True), topics.c.active_version > 0, topics.c.archived_at_ms.is_(None)
    )


def _topics(caller: Caller) -> Select[Any]:
    account_id = caller.account_id
    return (
        select(
            topics,
            heading,
            users.c.name.label("author"),
            in_force.c.rule.label("rule_in_force"),
            draft.c.number.label("draft_number"),
            draft.c.rule.label("rule_of_draft"),
        )
        .outerjoin(
            topic_groups,
            and_(topic_groups.c.account_id == account_id, topic_groups.c.id == topics.c.group_id),
        )
        .outerjoin(users, and_(users.c.account_id == account_id, users.c.id == topics.c.created_by))
        .outerjoin(
            in_force,
            and_(
                in_force.c.account_id == account_id,
                in_force.c.topic_id == topics.c.id,
                in_force.c.number == topics.c.active_version,
            ),
        )
        .outerjoin(
            draft,
            and_(
                draft.c.account_id == account_id,
                draft.c.topic_id == topics.c.id,
                draft.c.state == "draft",
            ),
        )
        .where(topics.c.account_id == account_id)
    )


def _conditions(
    connection: Connection, caller: Caller, wanted: TopicFilter
) -> list[ColumnElement[bool]]:
    archived = topics.c.archived_at_ms
    conditions: list[ColumnElement[bool]] = [
        archived.is_not(None) if wanted.archived else archived.is_(None)
    ]
    if wanted.active is not None:
        conditions.append(topics.c.active.is_(wanted.active))
    if wanted.search is not None:
        named = _ids_named(connection, caller.account_id, wanted.search)
        conditions.append(topics.c.id.in_(named))
    if wanted.tab is not None:
        conditions.append(_under(wanted.tab, caller))
    return conditions


def _under(tab: Tab, caller: Caller) -> ColumnElement[bool]:
    if tab is Tab.PRESET:
        return topics.c.preset.is_(True)
    # -1 is nobody: what a machine made is shared, also to itself.
    user_id = -1 if caller.user_id is None else caller.user_id
    if tab is Tab.MINE:
        return and_(topics.c.preset.is_(False), topics.c.created_by == user_id)
    others = or_(topics.c.created_by.is_(None), topics.c.created_by != user_id)
    return and_(topics.c.preset.is_(False), others)


def _ids_named(connection: Connection, account_id: int, search: str) -> Collection[int]:
    """Topics whose name holds the text; SQLite itself folds the case of Latin letters only."""
    wanted = search.casefold()
    rows = connection.execute(
        select(topics.c.id, topics.c.name).where(topics.c.account_id == account_id)
    )
    return [row.id for row in rows if wanted in row.name.casefold()]
