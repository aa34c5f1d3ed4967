"""Reads topics with their counts and the marks of a contact, as far as the caller may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select

from shared.contacts.effective import effective_yes, is_effective
from shared.contacts.visibility import visible
from shared.db.tables import (
    accounts,
    contacts,
    hits,
    marks,
    recordings,
    topic_groups,
    topic_versions,
    topics,
)
from shared.errors import NotFound
from shared.permissions import Caller


def read_topics(connection: Connection, caller: Caller) -> Sequence[RowMapping]:
    """Topics that are not archived, by group and name."""
    return (
        connection.execute(
            _topics(caller)
            .where(topics.c.archived_at_ms.is_(None))
            .order_by(topic_groups.c.name, topics.c.name, topics.c.id)
        )
        .mappings()
        .all()
    )


def read_topic(connection: Connection, caller: Caller, topic_id: int) -> RowMapping:
    """A topic with the version in force; NotFound when the account has none of that id."""
    statement = (
        _topics(caller)
        .add_columns(
            topic_versions.c.rule,
            topic_versions.c.should_match,
            topic_versions.c.should_not_match,
        )
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == caller.account_id,
                topic_versions.c.topic_id == topics.c.id,
                topic_versions.c.number == topics.c.active_version,
            ),
        )
        .where(topics.c.id == topic_id)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"there is no topic {topic_id}")
    return row


def count_contacts(
    connection: Connection, caller: Caller, *, from_ms: int | None, to_ms: int | None
) -> Mapping[int, int]:
    """Number of visible calls of the period that each topic is set on, by topic id."""
    rows = connection.execute(
        select(marks.c.topic_id, func.count())
        .join(contacts, contacts.c.id == marks.c.contact_id)
        .where(
            marks.c.account_id == caller.account_id,
            effective_yes(),
            *_of_period(caller, from_ms, to_ms),
        )
        .group_by(marks.c.topic_id)
    )
    return {topic_id: count for topic_id, count in rows}  # noqa: C416 - rows are not pairs to mypy


def count_judged(
    connection: Connection, caller: Caller, *, from_ms: int | None, to_ms: int | None
) -> tuple[int, int]:
    """Number of visible calls of the period, and of those not judged by the rules in force."""
    revision = (
        select(accounts.c.rules_revision)
        .where(accounts.c.id == caller.account_id)
        .scalar_subquery()
    )
    behind = or_(contacts.c.tagged_revision.is_(None), contacts.c.tagged_revision < revision)
    row = connection.execute(
        select(func.count(), func.count().filter(behind))
        .select_from(contacts)
        .where(*_of_period(caller, from_ms, to_ms))
    ).one()
    return int(row[0]), int(row[1])


def read_marks(
    connection: Connection, caller: Caller, contact_id: int
) -> tuple[bool, Sequence[RowMapping], Mapping[int, Sequence[RowMapping]]]:
    """Whether the rules in force judged a contact, its marks by topic name, and their hits by mark.

    NotFound when the caller sees no such contact.
    """
    contact = connection.execute(
        select(contacts.c.tagged_revision, accounts.c.rules_revision)
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(
            contacts.c.account_id == caller.account_id, contacts.c.id == contact_id, visible(caller)
        )
    ).first()
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    found = connection.execute(_marks(caller, contact_id)).mappings().all()
    evidence: dict[int, list[RowMapping]] = {}
    rows = connection.execute(
        select(hits, recordings.c.offset_ms)
        .join(marks, marks.c.id == hits.c.mark_id)
        .join(recordings, recordings.c.id == hits.c.recording_id)
        .where(
            hits.c.account_id == caller.account_id,
            marks.c.account_id == caller.account_id,
            recordings.c.account_id == caller.account_id,
            marks.c.contact_id == contact_id,
        )
        .order_by(recordings.c.offset_ms + hits.c.start_ms, hits.c.id)
    )
    for row in rows.mappings():
        evidence.setdefault(row["mark_id"], []).append(row)
    judged = contact.tagged_revision is not None and (
        contact.tagged_revision >= contact.rules_revision
    )
    return judged, found, evidence


def _topics(caller: Caller) -> Select[Any]:
    return (
        select(topics, topic_groups.c.name.label("group"))
        .outerjoin(
            topic_groups,
            and_(
                topic_groups.c.account_id == caller.account_id,
                topic_groups.c.id == topics.c.group_id,
            ),
        )
        .where(topics.c.account_id == caller.account_id)
    )


def _marks(caller: Caller, contact_id: int) -> Select[Any]:
    return (
        select(
            marks,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
            topics.c.active_version,
            topic_versions.c.number,
            is_effective().label("effective"),
        )
        .join(topics, topics.c.id == marks.c.topic_id)
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == caller.account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .where(
            marks.c.account_id == caller.account_id,
            topics.c.account_id == caller.account_id,
            marks.c.contact_id == contact_id,
        )
        .order_by(topics.c.name, marks.c.id)
    )


def _of_period(caller: Caller, from_ms: int | None, to_ms: int | None) -> list[Any]:
    conditions: list[Any] = [contacts.c.account_id == caller.account_id, visible(caller)]
    if from_ms is not None:
        conditions.append(contacts.c.started_at_ms >= from_ms)
    if to_ms is not None:
        conditions.append(contacts.c.started_at_ms < to_ms)
    return conditions
