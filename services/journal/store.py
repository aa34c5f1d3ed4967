"""SQL of the journal's pages: one query for the rows, one a kind for what stands beside them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from shared.contacts.effective import is_effective
from shared.contacts.visibility import visible
from shared.db.session import now_ms
from shared.db.tables import (
    accounts,
    contacts,
    employees,
    groups,
    jobs,
    legs,
    marks,
    recordings,
    sources,
    topics,
    transcripts,
)
from shared.domain.pipeline import JobState
from shared.errors import InvalidInput, NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller

_ID_DIGITS = 18
"""Digits of the longest text that is taken for an id: any such number fits a column."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The account's zone and country, and the database's clock in UTC epoch ms."""

    time_zone: str
    number_country: str
    clock_ms: int


@dataclass(slots=True)
class Beside:
    """What stands beside a contact's row."""

    legs: int = 0
    recordings: int = 0
    recognition: set[str] = field(default_factory=set)
    demo: bool = False
    topics: list[Row[Any]] = field(default_factory=list)


def read_calendar(connection: Connection, account_id: int) -> Calendar:
    """What the account reads times and numbers by."""
    row = connection.execute(
        select(accounts.c.time_zone, accounts.c.number_country, now_ms()).where(
            accounts.c.id == account_id
        )
    ).one()
    return Calendar(*row)


def find_sources(
    connection: Connection, account_id: int, external_ids: Sequence[str], *, where: str
) -> list[int]:
    """Ids of the sources; InvalidInput names one that the account has not.

    `where` is the place of the request that named them.
    """
    if not external_ids:
        return []
    rows = connection.execute(
        select(sources.c.external_id, sources.c.id).where(
            sources.c.account_id == account_id, sources.c.external_id.in_(external_ids)
        )
    )
    known = {row.external_id: row.id for row in rows}
    return [_known(known, name, "source", where) for name in external_ids]


def find_topics(
    connection: Connection, account_id: int, names: Sequence[str], *, where: str
) -> list[int]:
    """Ids of topics named by id or key; InvalidInput names one that the account has not.

    `where` is the place of the request that named them.
    """
    if not names:
        return []
    ids = [int(name) for name in names if _is_id(name)]
    keys = [name for name in names if not _is_id(name)]
    rows = connection.execute(
        select(topics.c.id, topics.c.key).where(
            topics.c.account_id == account_id, or_(topics.c.id.in_(ids), topics.c.key.in_(keys))
        )
    )
    known: dict[str, int] = {}
    for row in rows:
        known[str(row.id)] = row.id
        known.setdefault(row.key, row.id)
    return [_known(known, str(int(n)) if _is_id(n) else n, "topic", where) for n in names]


def list_contacts(
    connection: Connection,
    caller: Caller,
    conditions: Sequence[ColumnElement[bool]],
    *,
    position: Position | None,
    limit: int,
) -> list[Row[Any]]:
    """Rows of the visible contacts that match, the newest first."""
    order = (contacts.c.started_at_ms, contacts.c.id)
    return list(
        connection.execute(
            _rows(caller)
            .where(*conditions, *beyond(order, position, descending=True))
            .order_by(*(column.desc() for column in order))
            .limit(limit)
        )
    )


def read_contact(connection: Connection, caller: Caller, contact_id: int) -> Row[Any]:
    """One contact's row with `raw`; NotFound if the caller sees none of that id."""
    return _one(
        connection, caller, contacts.c.id == contact_id, f"there is no contact {contact_id}"
    )


def read_contact_by_key(
    connection: Connection, caller: Caller, source: str, external_id: str
) -> Row[Any]:
    """One contact's row with `raw`; NotFound if the caller sees none of that source and id."""
    condition = and_(sources.c.external_id == source, contacts.c.external_id == external_id)
    return _one(
        connection, caller, condition, f"there is no contact {external_id!r} of source {source!r}"
    )


def read_beside(
    connection: Connection, account_id: int, contact_ids: Sequence[int]
) -> dict[int, Beside]:
    """What stands beside these contacts, which the caller is known to see."""
    beside = read_sounds(connection, account_id, contact_ids)
    for contact_id, count in connection.execute(
        select(legs.c.contact_id, func.count())
        .where(legs.c.account_id == account_id, legs.c.contact_id.in_(contact_ids))
        .group_by(legs.c.contact_id)
    ):
        beside[contact_id].legs = count
    for row in connection.execute(_topics(account_id, contact_ids)):
        beside[row.contact_id].topics.append(row)
    return beside


def read_sounds(
    connection: Connection, account_id: int, contact_ids: Sequence[int]
) -> dict[int, Beside]:
    """Of what stands beside these contacts the recordings only, and how far they are recognised."""
    beside: dict[int, Beside] = defaultdict(Beside)
    for row in connection.execute(_sounds(account_id, contact_ids)):
        one = beside[row.contact_id]
        one.recordings += 1
        if row.state is not None:
            one.recognition.add(row.state)
        # One whose repetition was cancelled has a transcript and no done job.
        if row.demo is not None:
            one.recognition.add(JobState.DONE)
            one.demo = one.demo or row.demo
    return beside


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= _ID_DIGITS


def _known(known: dict[str, int], name: str, what: str, where: str) -> int:
    if name not in known:
        reason = f"there is no {what} {name!r}"
        raise InvalidInput(reason, [(where, reason)])
    return known[name]


def _one(
    connection: Connection, caller: Caller, condition: ColumnElement[bool], missing: str
) -> Row[Any]:
    row = connection.execute(
        _rows(caller)
        .add_columns(contacts.c.raw, contacts.c.favourite, contacts.c.legal_hold)
        .where(condition)
    ).first()
    if row is None:
        raise NotFound(missing)
    return row


def _rows(caller: Caller) -> Select[Any]:
    return (
        select(
            contacts.c.id,
            contacts.c.external_id,
            contacts.c.kind,
            contacts.c.direction,
            contacts.c.started_at_ms,
            contacts.c.ended_at_ms,
            contacts.c.client_number_raw,
            contacts.c.client_number,
            contacts.c.client_number_kind,
            contacts.c.company_number_raw,
            contacts.c.company_number,
            contacts.c.result,
            contacts.c.ring_ms,
            contacts.c.wait_ms,
            contacts.c.talk_ms,
            contacts.c.hold_ms,
            contacts.c.total_ms,
            contacts.c.changed_at_ms,
            sources.c.external_id.label("source"),
            employees.c.id.label("employee_id"),
            employees.c.name.label("employee_name"),
            groups.c.id.label("group_id"),
            groups.c.name.label("group_name"),
        )
        .select_from(contacts)
        # Outer, although every contact has one: SQLite would else begin with the sources, and sort
        # all contacts of the period for every page.
        .outerjoin(
            sources,
            and_(
                sources.c.account_id == contacts.c.account_id,
                sources.c.id == contacts.c.source_id,
            ),
        )
        .outerjoin(
            employees,
            and_(
                employees.c.account_id == contacts.c.account_id,
                employees.c.id == contacts.c.employee_id,
            ),
        )
        .outerjoin(
            groups,
            and_(groups.c.account_id == contacts.c.account_id, groups.c.id == contacts.c.group_id),
        )
        .where(contacts.c.account_id == caller.account_id, visible(caller))
    )


def _sounds(account_id: int, contact_ids: Sequence[int]) -> Select[Any]:
    """A row a recording that was not destroyed: the state of its recognition and `demo` of its transcript, or nulls."""
    return (
        select(recordings.c.contact_id, jobs.c.state, transcripts.c.demo)
        .select_from(recordings)
        .outerjoin(
            jobs,
            and_(
                jobs.c.account_id == account_id,
                jobs.c.kind == "transcribe",
                jobs.c.subject_id == recordings.c.id,
            ),
        )
        .outerjoin(
            transcripts,
            and_(
                transcripts.c.account_id == account_id,
                transcripts.c.recording_id == recordings.c.id,
            ),
        )
        .where(
            recordings.c.account_id == account_id,
            recordings.c.contact_id.in_(contact_ids),
            recordings.c.destroyed_at_ms.is_(None),
        )
    )


def _topics(account_id: int, contact_ids: Sequence[int]) -> Select[Any]:
    """The marks that count and are a yes, by the topic's name."""
    return (
        select(
            marks.c.contact_id,
            marks.c.origin,
            topics.c.id,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
        )
        .join(
            topics, and_(topics.c.account_id == marks.c.account_id, topics.c.id == marks.c.topic_id)
        )
        .where(
            marks.c.account_id == account_id,
            marks.c.contact_id.in_(contact_ids),
            marks.c.verdict.is_(True),
            is_effective(),
        )
        .order_by(topics.c.name, topics.c.id)
    )
