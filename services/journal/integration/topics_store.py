"""SQL of the topics of many contacts at once: a few statements, however many contacts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, or_, select

from shared.contacts.effective import effective_yes
from shared.contacts.verdicts import judged_by_all
from shared.contacts.visibility import visible
from shared.db.among import among
from shared.db.tables import contacts, hits, jobs, marks, sources, topic_versions, topics
from shared.domain.pipeline import JobState
from shared.domain.recording import Speaker
from shared.permissions import Caller

Key = tuple[int, str]
"""A source's id and a contact's external id."""


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase found, how often, and by whom it was said."""

    phrase: str
    count: int
    speakers: Sequence[Speaker]


def find_sources(connection: Connection, account_id: int, names: Iterable[str]) -> dict[str, int]:
    """Ids of the sources by their external ids; those that the account has not are left out."""
    rows = connection.execute(
        select(sources.c.external_id, sources.c.id).where(
            sources.c.account_id == account_id, sources.c.external_id.in_(set(names))
        )
    )
    return {row.external_id: row.id for row in rows}


def find_contacts(
    connection: Connection, caller: Caller, keys: Iterable[Key]
) -> dict[Key, Row[Any]]:
    """What tells the state of those of the contacts that the caller sees, by their keys."""
    by_source: dict[int, list[str]] = defaultdict(list)
    for source_id, external_id in keys:
        by_source[source_id].append(external_id)
    tagging = (
        exists()
        .where(
            jobs.c.account_id == caller.account_id,
            jobs.c.kind == "tag",
            jobs.c.subject_id == contacts.c.id,
            jobs.c.state.in_((JobState.PENDING, JobState.RUNNING)),
        )
        .correlate(contacts)
    )
    rows = connection.execute(
        select(
            contacts.c.id,
            contacts.c.source_id,
            contacts.c.external_id,
            contacts.c.kind,
            contacts.c.result,
            contacts.c.talk_ms,
            contacts.c.changed_at_ms,
            contacts.c.tagged_revision,
            tagging.label("tagging"),
            judged_by_all(caller.account_id).label("judged"),
        ).where(
            contacts.c.account_id == caller.account_id,
            visible(caller),
            or_(
                *(
                    and_(contacts.c.source_id == source_id, contacts.c.external_id.in_(ids))
                    for source_id, ids in by_source.items()
                )
            ),
        )
    )
    return {(row.source_id, row.external_id): row for row in rows}


def read_set_topics(
    connection: Connection, account_id: int, contact_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The marks that count and are a yes, with their topics by name, by contact."""
    proofs = (
        select(func.count())
        .where(hits.c.account_id == account_id, hits.c.mark_id == marks.c.id)
        .correlate(marks)
        .scalar_subquery()
    )
    statement: Select[Any] = (
        select(
            marks.c.id.label("mark_id"),
            marks.c.contact_id,
            marks.c.origin,
            marks.c.created_at_ms,
            topics.c.id,
            topics.c.key,
            topics.c.name,
            topics.c.colour,
            topics.c.active_version,
            topic_versions.c.number,
            proofs.label("hits"),
        )
        .join(
            topics, and_(topics.c.account_id == marks.c.account_id, topics.c.id == marks.c.topic_id)
        )
        .outerjoin(
            topic_versions,
            and_(
                topic_versions.c.account_id == account_id,
                topic_versions.c.id == marks.c.topic_version_id,
            ),
        )
        .where(
            marks.c.account_id == account_id,
            among(connection, marks.c.contact_id, contact_ids),
            effective_yes(),
        )
        .order_by(topics.c.name, topics.c.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.contact_id].append(row)
    return found


def read_terms(
    connection: Connection, account_id: int, mark_ids: Sequence[int]
) -> dict[int, list[Term]]:
    """The phrases that prove these marks, the most frequent first, by mark."""
    rows = connection.execute(
        select(hits.c.mark_id, hits.c.phrase, hits.c.speaker, func.count().label("times"))
        .where(hits.c.account_id == account_id, among(connection, hits.c.mark_id, mark_ids))
        .group_by(hits.c.mark_id, hits.c.phrase, hits.c.speaker)
        .order_by(hits.c.speaker)
    )
    by_phrase: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_phrase[row.mark_id, row.phrase].append(row)
    found: dict[int, list[Term]] = defaultdict(list)
    for (mark_id, phrase), said in by_phrase.items():
        count = sum(row.times for row in said)
        found[mark_id].append(Term(phrase, count, [Speaker(row.speaker) for row in said]))
    for terms in found.values():
        terms.sort(key=lambda term: (-term.count, term.phrase))
    return found
