"""What the act tells of a recording, and what there is to destroy of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from shared.db.among import among
from shared.db.tables import (
    contacts,
    export_recordings,
    exports,
    hits,
    recordings,
    renditions,
    sources,
    transcripts,
)


@dataclass(frozen=True, slots=True)
class Described:
    """A recording before its destruction.

    `facts` say which one it was and how much went with it, nothing of what was said or by whom;
    `object_names` are the objects to be removed, none that is its owner's business.
    """

    recording_id: int
    contact_id: int | None
    facts: dict[str, Any]
    object_names: list[str]


def describe(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> list[Described]:
    """The recordings by their ids; those that are destroyed already are left out."""
    made, held = (
        _by_recording(connection, statement)
        for statement in (
            select(renditions.c.recording_id, renditions.c.object_name).where(
                renditions.c.account_id == account_id,
                among(connection, renditions.c.recording_id, recording_ids),
            ),
            select(export_recordings.c.recording_id, export_recordings.c.export_id).where(
                export_recordings.c.account_id == account_id,
                among(connection, export_recordings.c.recording_id, recording_ids),
            ),
        )
    )
    evidence = {
        row.recording_id: row.found
        for row in connection.execute(
            select(hits.c.recording_id, func.count().label("found"))
            .where(
                hits.c.account_id == account_id,
                among(connection, hits.c.recording_id, recording_ids),
            )
            .group_by(hits.c.recording_id)
        )
    }
    archives = _archives(connection, account_id, {one for ids in held.values() for one in ids})
    return [
        _described(row, made[row.id], held[row.id], archives, evidence.get(row.id, 0))
        for row in _rows(connection, account_id, recording_ids)
    ]


def _described(
    row: Row[Any],
    made: Collection[str],
    held: Collection[int],
    archives: Mapping[int, str],
    evidence: int,
) -> Described:
    original = [row.object_name] if row.object_name else []
    names = {
        *(original if row.object_owned else []),
        *made,
        *(archives[export_id] for export_id in held if export_id in archives),
    }
    facts = {
        "source": row.source,
        "recording": row.external_id,
        "contact": row.contact,
        "contact_id": row.contact_id,
        "started_at_ms": row.started_at_ms,
        "received_at_ms": row.received_at_ms,
        "duration_ms": row.duration_ms,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "objects": sorted(names),
        "kept_by_owner": [] if row.object_owned else original,
        "words": row.word_count,
        "hits": evidence,
        "exports": sorted(held),
    }
    return Described(row.id, row.contact_id, facts, sorted(names))


def _rows(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(
                recordings,
                sources.c.external_id.label("source"),
                contacts.c.external_id.label("contact"),
                contacts.c.started_at_ms,
                transcripts.c.word_count,
            )
            .join(
                sources,
                and_(
                    sources.c.account_id == recordings.c.account_id,
                    sources.c.id == recordings.c.source_id,
                ),
            )
            .outerjoin(
                contacts,
                and_(
                    contacts.c.account_id == recordings.c.account_id,
                    contacts.c.id == recordings.c.contact_id,
                ),
            )
            .outerjoin(
                transcripts,
                and_(
                    transcripts.c.account_id == recordings.c.account_id,
                    transcripts.c.recording_id == recordings.c.id,
                ),
            )
            .where(
                recordings.c.account_id == account_id,
                among(connection, recordings.c.id, recording_ids),
                recordings.c.destroyed_at_ms.is_(None),
            )
            .order_by(recordings.c.id)
        )
    )


def _archives(
    connection: Connection, account_id: int, export_ids: Collection[int]
) -> dict[int, str]:
    """Object names of the prepared downloads that are there, by the export's id."""
    rows = connection.execute(
        select(exports.c.id, exports.c.object_name)
        .where(exports.c.account_id == account_id, among(connection, exports.c.id, export_ids))
        .order_by(exports.c.id)
        # One that is being finished is waited for: it names its object then.
        .with_for_update(key_share=True)
    )
    return {row.id: row.object_name for row in rows if row.object_name}


def _by_recording(connection: Connection, statement: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for recording_id, value in connection.execute(statement):
        found[recording_id].append(value)
    return found
