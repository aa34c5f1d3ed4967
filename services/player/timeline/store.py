"""SQL of a contact's timeline: each row that it is made of, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from shared.contacts.effective import effective_yes
from shared.contacts.legs import read_legs
from shared.contacts.visibility import visible
from shared.db.tables import (
    accounts,
    contacts,
    hits,
    jobs,
    marks,
    recording_legs,
    recordings,
    renditions,
    sources,
    topic_versions,
    topics,
    transcripts,
)
from shared.errors import NotFound
from shared.permissions import Caller, Permission

Rows = Sequence[Row[Any]]

Wanted = tuple[ColumnElement[bool], str]
"""The condition on the one contact wanted, and what to say when there is none."""


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored of one contact for its timeline; marks are None where not permitted."""

    contact: Row[Any]
    legs: Rows
    recordings: Rows
    covers: Rows
    renditions: Rows
    jobs: Rows
    marks: Rows | None
    hits: Rows


def contact_by_id(contact_id: int) -> Wanted:
    """The contact of that id."""
    return contacts.c.id == contact_id, f"there is no contact {contact_id}"


def contact_by_key(source: str, external_id: str) -> Wanted:
    """The contact of that external id in the source of that external id."""
    condition = and_(sources.c.external_id == source, contacts.c.external_id == external_id)
    return condition, f"there is no contact {external_id!r} of source {source!r}"


def read_stored(connection: Connection, caller: Caller, wanted: Wanted) -> Stored:
    """One contact's rows; NotFound if the caller sees none."""
    account_id = caller.account_id
    contact = _contact(connection, caller, wanted)
    sounds = _recordings(connection, account_id, contact.id)
    ids = [row.id for row in sounds]
    sees_marks = caller.may(Permission.HITS)
    return Stored(
        contact=contact,
        legs=read_legs(connection, account_id, contact.id),
        recordings=sounds,
        covers=_all(
            connection,
            select(recording_legs.c.recording_id, recording_legs.c.leg_id)
            .where(
                recording_legs.c.account_id == account_id, recording_legs.c.recording_id.in_(ids)
            )
            .order_by(recording_legs.c.recording_id),
        ),
        renditions=_all(
            connection,
            select(renditions.c.recording_id, renditions.c.kind).where(
                renditions.c.account_id == account_id, renditions.c.recording_id.in_(ids)
            ),
        ),
        jobs=_all(
            connection,
            select(jobs.c.subject_id, jobs.c.state, jobs.c.error_code).where(
                jobs.c.account_id == account_id,
                jobs.c.kind == "playback",
                jobs.c.subject_id.in_(ids),
            ),
        ),
        marks=_marks(connection, account_id, contact.id) if sees_marks else None,
        hits=_hits(connection, account_id, contact.id) if sees_marks else (),
    )


def _contact(connection: Connection, caller: Caller, wanted: Wanted) -> Row[Any]:
    condition, missing = wanted
    found = _all(
        connection,
        select(
            contacts.c.id,
            contacts.c.external_id,
            contacts.c.direction,
            contacts.c.started_at_ms,
            contacts.c.ended_at_ms,
            sources.c.external_id.label("source"),
            sources.c.operator_channel,
            accounts.c.denoise_enabled,
            accounts.c.denoise_strength,
        )
        .select_from(contacts)
        .join(sources, sources.c.id == contacts.c.source_id)
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(
            contacts.c.account_id == caller.account_id,
            sources.c.account_id == caller.account_id,
            visible(caller),
            condition,
        ),
    )
    if not found:
        raise NotFound(missing)
    return found[0]


def _recordings(connection: Connection, account_id: int, contact_id: int) -> Rows:
    return _all(
        connection,
        select(
            recordings.c.id,
            recordings.c.external_id,
            recordings.c.offset_ms,
            recordings.c.one_sided,
            recordings.c.channels,
            recordings.c.duration_ms,
            recordings.c.destroyed_at_ms,
            transcripts.c.document,
        )
        .outerjoin(
            transcripts,
            and_(
                transcripts.c.account_id == account_id,
                transcripts.c.recording_id == recordings.c.id,
            ),
        )
        .where(recordings.c.account_id == account_id, recordings.c.contact_id == contact_id)
        .order_by(recordings.c.offset_ms, recordings.c.id),
    )


def _marks(connection: Connection, account_id: int, contact_id: int) -> Rows:
    return _all(
        connection,
        select(
            marks.c.id,
            marks.c.topic_id,
            marks.c.origin,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
            topic_versions.c.number,
        )
        .join(topics, topics.c.id == marks.c.topic_id)
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .where(
            marks.c.account_id == account_id,
            topics.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            effective_yes(),
        )
        .order_by(topics.c.name, marks.c.id),
    )


def _hits(connection: Connection, account_id: int, contact_id: int) -> Rows:
    return _all(
        connection,
        select(
            hits.c.id,
            hits.c.mark_id,
            hits.c.recording_id,
            hits.c.leg_id,
            hits.c.speaker,
            hits.c.start_ms,
            hits.c.end_ms,
            hits.c.text,
            hits.c.phrase,
            hits.c.score,
            recordings.c.offset_ms,
        )
        .join(marks, marks.c.id == hits.c.mark_id)
        .join(recordings, recordings.c.id == hits.c.recording_id)
        .where(
            hits.c.account_id == account_id,
            marks.c.account_id == account_id,
            recordings.c.account_id == account_id,
            marks.c.contact_id == contact_id,
        )
        .order_by(recordings.c.offset_ms + hits.c.start_ms, hits.c.id),
    )


def _all(connection: Connection, statement: Select[Any]) -> Rows:
    return connection.execute(statement).all()
