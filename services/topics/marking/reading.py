"""Reads marks and hits, of a contact or of a topic, as far as the caller may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, select

from shared.contacts.effective import is_effective
from shared.contacts.verdicts import judged_by_all
from shared.contacts.visibility import visible
from shared.db.tables import (
    contacts,
    employees,
    hits,
    marks,
    recordings,
    topic_versions,
    topics,
    users,
)
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller


def check_contact(connection: Connection, caller: Caller, contact_id: int) -> None:
    """NotFound when the caller sees no such contact."""
    row = connection.execute(
        select(contacts.c.id).where(
            contacts.c.account_id == caller.account_id, contacts.c.id == contact_id, visible(caller)
        )
    ).first()
    if row is None:
        raise NotFound(f"there is no contact {contact_id}")


def check_topic(connection: Connection, account_id: int, topic_id: int) -> None:
    """NotFound when the account has no such topic; one that is archived has its history still."""
    row = connection.execute(
        select(topics.c.id).where(topics.c.account_id == account_id, topics.c.id == topic_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no topic {topic_id}")


def is_judged(connection: Connection, account_id: int, contact_id: int) -> bool:
    """Whether every rule in force has judged the contact."""
    row = connection.execute(
        select(contacts.c.id).where(
            contacts.c.account_id == account_id,
            contacts.c.id == contact_id,
            judged_by_all(account_id),
        )
    ).first()
    return row is not None


def read_marks(
    connection: Connection, account_id: int, contact_id: int
) -> tuple[Sequence[RowMapping], Mapping[int, Sequence[RowMapping]]]:
    """The marks of a contact by topic name, and their hits by mark."""
    found = connection.execute(_marks(account_id, contact_id)).mappings().all()
    evidence: dict[int, list[RowMapping]] = {}
    rows = connection.execute(
        select(hits, recordings.c.offset_ms)
        .join(marks, marks.c.id == hits.c.mark_id)
        .join(recordings, recordings.c.id == hits.c.recording_id)
        .where(
            hits.c.account_id == account_id,
            marks.c.account_id == account_id,
            recordings.c.account_id == account_id,
            marks.c.contact_id == contact_id,
        )
        .order_by(recordings.c.offset_ms + hits.c.start_ms, hits.c.id)
    )
    for row in rows.mappings():
        evidence.setdefault(row["mark_id"], []).append(row)
    return found, evidence


def read_mark(
    connection: Connection, account_id: int, *, contact_id: int, topic_id: int, origin: str
) -> RowMapping:
    """One mark, which is known to be there."""
    return (
        connection.execute(
            _marks(account_id, contact_id).where(
                marks.c.topic_id == topic_id, marks.c.origin == origin
            )
        )
        .mappings()
        .one()
    )


def read_topic_hits(
    connection: Connection,
    caller: Caller,
    topic_id: int,
    *,
    from_ms: int | None,
    to_ms: int | None,
    position: Position | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Hits of a topic on contacts of a period, the newest contact first, in the call's order."""
    account_id = caller.account_id
    start_ms = recordings.c.offset_ms + hits.c.start_ms
    # Negated, so that all keys fall: a page begins where one comparison of rows says.
    order = (contacts.c.started_at_ms, contacts.c.id, -start_ms, -hits.c.id)
    period = []
    if from_ms is not None:
        period.append(contacts.c.started_at_ms >= from_ms)
    if to_ms is not None:
        period.append(contacts.c.started_at_ms < to_ms)
    statement = (
        select(
            hits,
            recordings.c.offset_ms,
            contacts.c.id.label("contact_id"),
            contacts.c.external_id.label("contact_external_id"),
            contacts.c.started_at_ms.label("contact_started_at_ms"),
            employees.c.name.label("employee_name"),
            topic_versions.c.number,
            topics.c.active_version,
            is_effective().label("effective"),
        )
        .select_from(marks)
        .join(contacts, contacts.c.id == marks.c.contact_id)
        .join(topics, topics.c.id == marks.c.topic_id)
        .join(hits, hits.c.mark_id == marks.c.id)
        .join(recordings, recordings.c.id == hits.c.recording_id)
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .outerjoin(
            employees,
            and_(employees.c.account_id == account_id, employees.c.id == hits.c.employee_id),
        )
        .where(
            marks.c.account_id == account_id,
            contacts.c.account_id == account_id,
            topics.c.account_id == account_id,
            hits.c.account_id == account_id,
            recordings.c.account_id == account_id,
            marks.c.topic_id == topic_id,
            visible(caller),
            *period,
            *beyond(order, position, descending=True),
        )
        .order_by(*(key.desc() for key in order))
        .limit(limit)
    )
    return connection.execute(statement).mappings().all()


def _marks(account_id: int, contact_id: int) -> Select[Any]:
    return (
        select(
            marks,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
            topics.c.active_version,
            topic_versions.c.number,
            users.c.name.label("author_name"),
            is_effective().label("effective"),
        )
        .join(topics, topics.c.id == marks.c.topic_id)
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .outerjoin(users, and_(users.c.account_id == account_id, users.c.id == marks.c.author_id))
        .where(
            marks.c.account_id == account_id,
            topics.c.account_id == account_id,
            marks.c.contact_id == contact_id,
        )
        .order_by(topics.c.name, marks.c.id)
    )
