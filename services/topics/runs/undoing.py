"""The job that takes a chunk of an applied run back: marks and hits come back with their ids."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.topics.marking.difference import HIT_COLUMNS, Pair, StoredMark
from services.topics.marking.store import RULE
from services.topics.runs.applying import lock_unjudged
from services.topics.runs.before import Before, ContactBefore, unpack_before
from services.topics.runs.standing import NEVER, Standing
from shared.contacts.changes import Changed, note_changes
from shared.db.among import among
from shared.db.tables import (
    contacts,
    hits,
    legs,
    marks,
    recordings,
    topic_judgements,
    undecided_topics,
)
from shared.queue.runner import JobContext
from shared.runs.chunks import Store
from shared.runs.store import Chunk, Run

# Rows of one statement that tells which of them were inserted.
_ROWS = 500


def undo_retag(context: JobContext, run: Run, chunk: Chunk) -> Store:  # noqa: ARG001 - all there is to do is stored
    """Restore the chunk's contacts as they were, but those that somebody has judged since."""

    def restore(connection: Connection) -> bytes | None:
        if chunk.before is not None:
            _restore(connection, run.account_id, unpack_before(chunk.before))
        return None

    return restore


def _restore(connection: Connection, account_id: int, before: Before) -> None:
    found = sorted(before.contacts, key=lambda one: one.contact_id)
    standing = Standing(
        ids=np.array([one.contact_id for one in found], np.int64),
        judgements=np.array([one.judgements for one in found], np.int64),
        tagged=np.full(len(found), NEVER, np.int64),
        single=np.empty((0, len(found)), np.int64),
    )
    unjudged = lock_unjudged(connection, account_id, standing)
    kept = [one for one, untouched in zip(found, unjudged.tolist(), strict=True) if untouched]
    ids = {one.contact_id for one in kept}
    pairs = {pair: mark for pair, mark in before.marks.items() if pair[0] in ids}
    _remove_marks(connection, account_id, pairs)
    _restore_marks(connection, account_id, [mark for mark in pairs.values() if mark is not None])
    _restore_stamps(connection, account_id, kept, before)
    note_changes(connection, account_id, {pair[0] for pair in pairs}, Changed.TOPICS)


def _remove_marks(connection: Connection, account_id: int, pairs: Iterable[Pair]) -> None:
    wanted = set(pairs)
    rows = connection.execute(
        select(marks.c.id, marks.c.contact_id, marks.c.topic_id).where(
            marks.c.account_id == account_id,
            marks.c.origin == RULE,
            among(connection, marks.c.contact_id, sorted({pair[0] for pair in wanted})),
            marks.c.topic_id.in_(sorted({pair[1] for pair in wanted})),
        )
    )
    gone = [row.id for row in rows if (row.contact_id, row.topic_id) in wanted]
    connection.execute(
        delete(marks).where(marks.c.account_id == account_id, among(connection, marks.c.id, gone))
    )


def _restore_marks(connection: Connection, account_id: int, found: Sequence[StoredMark]) -> None:
    rows = [
        {
            "id": mark.id,
            "account_id": account_id,
            "contact_id": mark.contact_id,
            "topic_id": mark.topic_id,
            "origin": RULE,
            "verdict": True,
            "topic_version_id": mark.version_id,
            "created_at_ms": mark.created_at_ms,
        }
        for mark in found
    ]
    new_ids = _insert_with_ids(connection, marks, rows)
    present = _present(connection, account_id, recordings, found, "recording_id")
    present_legs = _present(connection, account_id, legs, found, "leg_id") | {None}
    evidence = [
        {"id": hit.id, "account_id": account_id, "mark_id": mark_id, "text": hit.text}
        | dict(zip(HIT_COLUMNS, hit.values, strict=True))
        for mark, mark_id in zip(found, new_ids, strict=True)
        for hit in mark.hits
    ]
    # What was destroyed since has nothing to point at.
    _insert_with_ids(
        connection,
        hits,
        [
            row
            for row in evidence
            if row["recording_id"] in present and row["leg_id"] in present_legs
        ],
    )


def _insert_with_ids(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]]
) -> list[int]:
    """Insert rows under the ids that they had and return their ids.

    SQLite may have given the id of a row that was deleted to another one: then a new one is taken.
    """
    upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = upsert(table).on_conflict_do_nothing(index_elements=[table.c.id])
    inserted: set[int] = set()
    for begin in range(0, len(rows), _ROWS):
        some = list(rows[begin : begin + _ROWS])
        inserted |= set(connection.execute(statement.values(some).returning(table.c.id)).scalars())
    return [
        row["id"] if row["id"] in inserted else _insert_anew(connection, table, row) for row in rows
    ]


def _insert_anew(connection: Connection, table: Table, row: dict[str, Any]) -> int:
    values = {name: value for name, value in row.items() if name != "id"}
    made = connection.execute(insert(table).values(values).returning(table.c.id))
    return int(made.scalar_one())


def _present(
    connection: Connection,
    account_id: int,
    table: Table,
    found: Iterable[StoredMark],
    column: str,
) -> set[int | None]:
    at = HIT_COLUMNS.index(column)
    wanted = {hit.values[at] for mark in found for hit in mark.hits} - {None}
    rows = connection.execute(
        select(table.c.id).where(
            table.c.account_id == account_id, among(connection, table.c.id, sorted(wanted))
        )
    )
    return {row.id for row in rows}


def _restore_stamps(
    connection: Connection, account_id: int, kept: Sequence[ContactBefore], before: Before
) -> None:
    ids = [one.contact_id for one in kept]
    for table in (topic_judgements, undecided_topics):
        connection.execute(
            delete(table).where(
                table.c.account_id == account_id, among(connection, table.c.contact_id, ids)
            )
        )
    of_kept = set(ids)
    single = [
        {"account_id": account_id, "topic_id": topic, "contact_id": contact, "revision": revision}
        for topic, contact, revision in before.single
        if contact in of_kept
    ]
    if single:
        connection.execute(insert(topic_judgements), single)
    undecided = [
        {"account_id": account_id, "contact_id": one.contact_id, "topic_ids": one.undecided}
        for one in kept
        if one.undecided is not None
    ]
    if undecided:
        connection.execute(insert(undecided_topics), undecided)
    by_revision = sorted(kept, key=_revision)
    for revision, of_revision in groupby(by_revision, key=_revision):
        connection.execute(
            update(contacts)
            .where(
                contacts.c.account_id == account_id,
                among(connection, contacts.c.id, [one.contact_id for one in of_revision]),
            )
            .values(
                tagged_revision=None if revision == NEVER else revision,
                judgements=contacts.c.judgements + 1,
            )
        )


def _revision(one: ContactBefore) -> int:
    return NEVER if one.tagged_revision is None else one.tagged_revision
