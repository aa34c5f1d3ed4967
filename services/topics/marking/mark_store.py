"""SQL of the marks that rules set, of many contacts at once; marks of people are never touched."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection, and_, delete, insert, select, update

from services.topics.marking.difference import (
    HIT_COLUMNS,
    Change,
    Pair,
    StoredHit,
    StoredMark,
)
from services.topics.marking.store import RULE
from shared.db.among import among
from shared.db.session import now_ms
from shared.db.tables import hits, marks, recordings


def read_rule_marks(
    connection: Connection,
    *,
    account_id: int,
    contact_ids: Collection[int],
    topic_ids: Collection[int],
) -> dict[Pair, StoredMark]:
    """The marks that the rules of these topics have set on these contacts, with their hits."""
    of_rules = and_(
        marks.c.account_id == account_id,
        marks.c.origin == RULE,
        marks.c.topic_id.in_(topic_ids),
        among(connection, marks.c.contact_id, contact_ids),
    )
    evidence: dict[int, list[StoredHit]] = {}
    for row in connection.execute(
        select(hits.c.mark_id, hits.c.id, hits.c.text, *(hits.c[name] for name in HIT_COLUMNS))
        .join(marks, marks.c.id == hits.c.mark_id)
        .where(hits.c.account_id == account_id, of_rules)
        .order_by(hits.c.id)
    ):
        evidence.setdefault(row[0], []).append(StoredHit(row[1], tuple(row[3:]), row[2]))
    rows = connection.execute(
        select(
            marks.c.id,
            marks.c.contact_id,
            marks.c.topic_id,
            marks.c.topic_version_id,
            marks.c.created_at_ms,
        ).where(of_rules)
    )
    found = (StoredMark(*row, hits=tuple(evidence.get(row[0], ()))) for row in rows)
    return {mark.pair: mark for mark in found}


def write_changes(connection: Connection, account_id: int, changes: Collection[Change]) -> set[int]:
    """Make the changes and return the contacts on which people see one; all hits have their text.

    Call it holding the contacts' row locks. Hits of recordings that are of their contact no more
    are left out: whatever moved or destroyed them asks for another tagging.
    """
    gone = [change.stored.id for change in changes if change.stored and change.version_id is None]
    _delete_marks(connection, account_id, gone)
    _move_versions(connection, account_id, changes)
    _delete_hits(connection, account_id, [one for change in changes for one in change.gone_hits])
    mark_ids = _insert_marks(connection, account_id, changes)
    present = _contacts_of(
        connection,
        account_id,
        {one.hit.recording_id for change in changes for one in change.new_hits},
    )
    rows = [
        {
            "account_id": account_id,
            "mark_id": mark_ids[change.pair],
            "text": one.text,
            **dict(zip(HIT_COLUMNS, one.values, strict=True)),
        }
        for change in changes
        for one in change.new_hits
        if present.get(one.hit.recording_id) == change.pair[0]
    ]
    if rows:
        connection.execute(insert(hits), rows)
    return {change.pair[0] for change in changes if change.shows}


def _delete_marks(connection: Connection, account_id: int, mark_ids: Sequence[int]) -> None:
    if mark_ids:
        connection.execute(
            delete(marks).where(
                marks.c.account_id == account_id, among(connection, marks.c.id, mark_ids)
            )
        )


def _delete_hits(connection: Connection, account_id: int, hit_ids: Sequence[int]) -> None:
    if hit_ids:
        connection.execute(
            delete(hits).where(
                hits.c.account_id == account_id, among(connection, hits.c.id, hit_ids)
            )
        )


def _move_versions(connection: Connection, account_id: int, changes: Iterable[Change]) -> None:
    """Let marks that stay carry the version that judged them last."""
    moved = sorted(
        (change.version_id, change.stored.id)
        for change in changes
        if change.stored is not None
        and change.version_id is not None
        and change.stored.version_id != change.version_id
    )
    for version_id, of_version in groupby(moved, key=lambda pair: pair[0]):
        connection.execute(
            update(marks)
            .where(
                marks.c.account_id == account_id,
                among(connection, marks.c.id, [mark_id for _, mark_id in of_version]),
            )
            .values(topic_version_id=version_id)
        )


def _insert_marks(
    connection: Connection, account_id: int, changes: Collection[Change]
) -> Mapping[Pair, int]:
    """Insert what is new; the id of every mark that is changed, by contact and topic."""
    mark_ids = {change.pair: change.stored.id for change in changes if change.stored is not None}
    new = [change for change in changes if change.stored is None]
    if new:
        made = connection.execute(
            insert(marks)
            .values(account_id=account_id, origin=RULE, verdict=True, created_at_ms=now_ms())
            .returning(marks.c.contact_id, marks.c.topic_id, marks.c.id),
            [
                {
                    "contact_id": change.pair[0],
                    "topic_id": change.pair[1],
                    "topic_version_id": change.version_id,
                }
                for change in new
            ],
        )
        mark_ids |= {(row[0], row[1]): row[2] for row in made}
    return mark_ids


def _contacts_of(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> Mapping[int, int | None]:
    if not recording_ids:
        return {}
    rows = connection.execute(
        select(recordings.c.id, recordings.c.contact_id).where(
            recordings.c.account_id == account_id,
            among(connection, recordings.c.id, recording_ids),
        )
    )
    return {row.id: row.contact_id for row in rows}
