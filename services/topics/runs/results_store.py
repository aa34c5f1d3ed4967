"""SQL of what runs found: per chunk and topic, as sets of contacts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select

from services.topics.runs.comparing import TopicChange
from shared.db.tables import run_chunks, run_results, topics
from shared.runs.ids import pack_ids

COUNTS = ("added", "removed", "unchanged", "undecidable")


@dataclass(frozen=True, slots=True)
class TopicTotal:
    """What a run found of one topic, counted in contacts."""

    topic_id: int
    key: str
    name: str
    added: int
    removed: int
    unchanged: int
    undecidable: int


def add_results(
    connection: Connection, account_id: int, chunk_id: int, changes: Iterable[TopicChange]
) -> None:
    """Store what a chunk found."""
    rows = [
        {
            "account_id": account_id,
            "chunk_id": chunk_id,
            "topic_id": change.topic_id,
            "added": pack_ids(change.added),
            "removed": pack_ids(change.removed),
            "undecidable": pack_ids(change.undecidable),
            "added_count": len(change.added),
            "removed_count": len(change.removed),
            "undecidable_count": len(change.undecidable),
            "unchanged_count": change.unchanged,
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(run_results), rows)


def totals(
    connection: Connection, account_id: int, run_id: int, topic_ids: Collection[int]
) -> list[TopicTotal]:
    """What all chunks so far found of each of the topics, by name."""
    of_run = (
        select(
            run_results.c.topic_id,
            func.sum(run_results.c.added_count).label("added"),
            func.sum(run_results.c.removed_count).label("removed"),
            func.sum(run_results.c.unchanged_count).label("unchanged"),
            func.sum(run_results.c.undecidable_count).label("undecidable"),
        )
        .join(run_chunks, run_chunks.c.id == run_results.c.chunk_id)
        .where(
            run_results.c.account_id == account_id,
            run_chunks.c.account_id == account_id,
            run_chunks.c.run_id == run_id,
        )
        .group_by(run_results.c.topic_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            topics.c.id,
            topics.c.key,
            topics.c.name,
            *(func.coalesce(of_run.c[name], 0) for name in COUNTS),
        )
        .outerjoin(of_run, of_run.c.topic_id == topics.c.id)
        .where(topics.c.account_id == account_id, topics.c.id.in_(topic_ids))
        .order_by(topics.c.name, topics.c.id)
    )
    return [TopicTotal(*row[:3], *map(int, row[3:])) for row in rows]


def next_results(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    number: int,
    changes: Collection[str],
    topic_id: int | None = None,
) -> list[Row[Any]]:
    """What the first chunk from `number` on found that has any of the `changes`, by topic.

    Of one topic, or of all. Rows have the chunk's number and the packed ids; none at the end.
    """
    wanted = _results(account_id, run_id).where(
        or_(*(run_results.c[f"{change}_count"] > 0 for change in changes))
    )
    if topic_id is not None:
        wanted = wanted.where(run_results.c.topic_id == topic_id)
    first = connection.execute(
        wanted.where(run_chunks.c.number >= number).with_only_columns(func.min(run_chunks.c.number))
    ).scalar_one_or_none()
    if first is None:
        return []
    return list(
        connection.execute(
            wanted.where(run_chunks.c.number == first).order_by(run_results.c.topic_id)
        )
    )


def _results(account_id: int, run_id: int) -> Select[Any]:
    return (
        select(
            run_chunks.c.number,
            run_results.c.topic_id,
            run_results.c.added,
            run_results.c.removed,
            run_results.c.undecidable,
        )
        .join(run_chunks, run_chunks.c.id == run_results.c.chunk_id)
        .where(
            run_results.c.account_id == account_id,
            run_chunks.c.account_id == account_id,
            run_chunks.c.run_id == run_id,
        )
    )
