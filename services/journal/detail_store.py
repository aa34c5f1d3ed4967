"""SQL of one contact's parts; whoever calls has asked whether the contact may be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from shared.contacts.effective import is_effective
from shared.db.tables import (
    hits,
    jobs,
    legs,
    marks,
    recording_legs,
    recordings,
    renditions,
    topic_versions,
    topics,
    transcripts,
)
from shared.domain.pipeline import STAGES


@dataclass(frozen=True, slots=True)
class SoundRows:
    """A contact's recordings, and of all of them together the legs and the renditions."""

    recordings: Sequence[Row[Any]]
    legs: Sequence[Row[Any]]
    renditions: Sequence[Row[Any]]


def read_sound(connection: Connection, account_id: int, contact_id: int) -> SoundRows:
    """Recordings on the contact's clock with what is known of their transcripts, not the words."""
    found = _all(
        connection,
        select(
            recordings,
            transcripts.c.language,
            transcripts.c.model,
            transcripts.c.demo,
            transcripts.c.word_count,
            transcripts.c.measures,
        )
        .select_from(recordings)
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
    ids = [row.id for row in found]
    return SoundRows(
        recordings=found,
        legs=_all(
            connection,
            select(recording_legs.c.recording_id, recording_legs.c.leg_id)
            .join(
                legs,
                and_(legs.c.account_id == account_id, legs.c.id == recording_legs.c.leg_id),
            )
            .where(
                recording_legs.c.account_id == account_id,
                recording_legs.c.recording_id.in_(ids),
            )
            .order_by(legs.c.position, legs.c.id),
        ),
        renditions=_all(
            connection,
            select(
                renditions.c.recording_id,
                renditions.c.kind,
                renditions.c.size_bytes,
                renditions.c.content_type,
                renditions.c.notes,
                renditions.c.created_at_ms,
            )
            .where(renditions.c.account_id == account_id, renditions.c.recording_id.in_(ids))
            .order_by(renditions.c.kind),
        ),
    )


def read_jobs(
    connection: Connection, account_id: int, contact_id: int, recording_ids: Sequence[int]
) -> Sequence[Row[Any]]:
    """Jobs of the contact and of its recordings, in the order in which they were asked for."""
    return _all(
        connection,
        select(jobs)
        .where(
            jobs.c.account_id == account_id,
            or_(
                and_(jobs.c.kind.in_(_kinds_on("contact")), jobs.c.subject_id == contact_id),
                and_(jobs.c.kind.in_(_kinds_on("recording")), jobs.c.subject_id.in_(recording_ids)),
            ),
        )
        .order_by(jobs.c.id),
    )


def read_marks(connection: Connection, account_id: int, contact_id: int) -> Sequence[Row[Any]]:
    """Marks of every origin by topic name, with the number of the topic's version."""
    return _all(
        connection,
        select(
            marks.c.id,
            marks.c.topic_id,
            marks.c.origin,
            marks.c.verdict,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
            topic_versions.c.number,
            is_effective().label("effective"),
        )
        .join(topics, and_(topics.c.account_id == account_id, topics.c.id == marks.c.topic_id))
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .where(marks.c.account_id == account_id, marks.c.contact_id == contact_id)
        .order_by(topics.c.name, marks.c.topic_id, marks.c.id),
    )


def read_hits(connection: Connection, account_id: int, contact_id: int) -> Sequence[Row[Any]]:
    """Hits of all marks of the contact, in the order of its clock, with `offset_ms`."""
    return _all(connection, _hits(account_id, contact_id))


def _hits(account_id: int, contact_id: int) -> Select[Any]:
    return (
        select(hits, recordings.c.offset_ms)
        .join(marks, and_(marks.c.account_id == account_id, marks.c.id == hits.c.mark_id))
        .join(
            recordings,
            and_(recordings.c.account_id == account_id, recordings.c.id == hits.c.recording_id),
        )
        .where(hits.c.account_id == account_id, marks.c.contact_id == contact_id)
        .order_by(recordings.c.offset_ms + hits.c.start_ms, hits.c.id)
    )


def _all(connection: Connection, statement: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(statement).all()


def _kinds_on(subject: str) -> list[str]:
    return [stage.kind for stage in STAGES.values() if stage.subject == subject]
