"""Contacts and legs: only what differs is written, only what a rule may ask is judged anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from services.gateway.intake.contacts import (
    NOT_JUDGED,
    ContactChange,
    Leg,
    merge_contact,
    merge_legs,
)
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.people import employees_of, groups_of
from services.gateway.intake.sources import Source
from services.topics.marking.handed_in import put_topics
from services.transcribe.relabel import relabel_recording
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.contacts.linking import link_recordings
from shared.db.session import now_ms
from shared.db.tables import contacts, legs, recordings
from shared.domain.recording import Direction
from shared.queue import jobs
from shared.recognition import settle_recognition


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact after a change was stored."""

    id: int
    external_id: str
    outcome: Outcome


def put_contact(
    connection: Connection,
    source: Source,
    external_id: str,
    change: ContactChange,
    *,
    most_topics: int,
) -> StoredContact:
    """Make a contact or correct it; runs inside `write_alone`.

    InvalidInput when the parts cannot stand together, or name a new topic where the account has
    `most_topics`; the caller's rollback then leaves nothing.
    """
    account_id = source.account_id
    stored = _find(connection, source, external_id)
    merged = merge_contact(None if stored is None else dict(stored), change)
    known_legs = _legs(connection, account_id, stored["id"]) if stored else []
    merged_legs = merge_legs(
        known_legs,
        change,
        employees_of(connection, account_id, change),
        groups_of(connection, account_id, change),
    )
    last = merged_legs[-1] if merged_legs else None
    merged["employee_id"] = last.employee_id if last else None
    merged["group_id"] = last.group_id if last else None
    changed = _changed(stored, merged)
    legs_changed = [leg for leg in merged_legs if leg not in known_legs]
    if stored is None:
        contact_id = _insert(connection, source, external_id, merged)
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)
    else:
        contact_id = stored["id"]
        # The job before its contact: workers lock the two in this order.
        if legs_changed or changed.keys() - NOT_JUDGED:
            jobs.ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)
        if changed or legs_changed:
            connection.execute(
                update(contacts)
                .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
                .values(**changed, changed_at_ms=now_ms())
            )
    topics_changed = change.topics is not None and put_topics(
        connection,
        account_id=account_id,
        contact_id=contact_id,
        origin=change.topics.origin,
        names=change.topics.names,
        most_topics=most_topics,
    )
    _write_legs(connection, account_id, contact_id, legs_changed)
    arrived = _adopt_waiting(connection, source, external_id, contact_id)
    if arrived and stored is not None:
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)
    if arrived or legs_changed or "started_at_ms" in changed:
        link_recordings(connection, account_id=account_id, contact_id=contact_id)
        settle_recognition(connection, account_id, contact_id)
        refresh_hearing(connection, account_id=account_id, contact_id=contact_id)
    _relabel(connection, account_id, contact_id, stored, merged, arrived)
    if arrived:
        note_changes(connection, account_id, [contact_id], Changed.RECORDING)
    outcome = Outcome.UNCHANGED
    if stored is None:
        outcome = Outcome.CREATED
    elif changed or legs_changed or topics_changed:
        outcome = Outcome.CHANGED
    return StoredContact(contact_id, external_id, outcome)


def _find(connection: Connection, source: Source, external_id: str) -> RowMapping | None:
    return (
        connection.execute(
            select(contacts).where(
                contacts.c.account_id == source.account_id,
                contacts.c.source_id == source.id,
                contacts.c.external_id == external_id,
            )
        )
        .mappings()
        .first()
    )


def _legs(connection: Connection, account_id: int, contact_id: int) -> list[Leg]:
    rows = connection.execute(
        select(
            legs.c.external_id,
            legs.c.started_at_ms,
            legs.c.ended_at_ms,
            legs.c.employee_id,
            legs.c.group_id,
            legs.c.result,
            legs.c.position,
            legs.c.id,
        ).where(legs.c.account_id == account_id, legs.c.contact_id == contact_id)
    )
    return [Leg(*row) for row in rows]


def _changed(stored: RowMapping | None, merged: Mapping[str, Any]) -> dict[str, Any]:
    if stored is None:
        return dict(merged)
    return {name: value for name, value in merged.items() if _differ(stored[name], value)}


def _differ(one: Any, other: Any) -> bool:
    # For Python 1, 1.0 and True are the same; for whoever sent `raw` they are not.
    if isinstance(one, dict):
        return repr(one) != repr(other) and _typed(one) != _typed(other)
    return bool(one != other)


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return type(value), value


def _insert(
    connection: Connection, source: Source, external_id: str, merged: Mapping[str, Any]
) -> int:
    values = {"raw": {}} | dict(merged)
    done = connection.execute(
        insert(contacts)
        .values(
            account_id=source.account_id,
            source_id=source.id,
            external_id=external_id,
            created_at_ms=now_ms(),
            changed_at_ms=now_ms(),
            **values,
        )
        .returning(contacts.c.id)
    )
    return int(done.scalar_one())


def _write_legs(
    connection: Connection, account_id: int, contact_id: int, changed: Sequence[Leg]
) -> None:
    for leg in changed:
        values = {
            "position": leg.position,
            "started_at_ms": leg.started_at_ms,
            "ended_at_ms": leg.ended_at_ms,
            "employee_id": leg.employee_id,
            "group_id": leg.group_id,
            "result": leg.result,
        }
        if leg.id:
            connection.execute(
                update(legs)
                .where(legs.c.account_id == account_id, legs.c.id == leg.id)
                .values(values)
            )
        else:
            connection.execute(
                insert(legs).values(
                    account_id=account_id,
                    contact_id=contact_id,
                    external_id=leg.external_id,
                    **values,
                )
            )


def _adopt_waiting(
    connection: Connection, source: Source, external_id: str, contact_id: int
) -> list[int]:
    """Give the contact the recordings that came before it; their ids."""
    return list(
        connection.execute(
            update(recordings)
            .where(
                recordings.c.account_id == source.account_id,
                recordings.c.source_id == source.id,
                recordings.c.contact_external_id == external_id,
                recordings.c.contact_id.is_(None),
            )
            .values(contact_id=contact_id)
            .returning(recordings.c.id)
        ).scalars()
    )


def _relabel(
    connection: Connection,
    account_id: int,
    contact_id: int,
    stored: RowMapping | None,
    merged: Mapping[str, Any],
    arrived: Sequence[int],
) -> None:
    """Relabel where the direction became or ceased to be internal, when all are operators."""
    internal = merged.get("direction") == Direction.INTERNAL
    was_internal = stored is not None and stored["direction"] == Direction.INTERNAL
    # A recording without its contact was labelled as one that is not internal.
    turned = set(arrived) if internal else set()
    if stored is not None and internal != was_internal:
        turned |= set(
            connection.execute(
                select(recordings.c.id).where(
                    recordings.c.account_id == account_id, recordings.c.contact_id == contact_id
                )
            ).scalars()
        )
    for recording_id in sorted(turned):
        relabel_recording(connection, account_id, recording_id)
