"""Writes what a chunk's judgement changes, on the contacts that nobody has judged meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from services.topics.marking import speech_store
from services.topics.marking.difference import Change, difference
from services.topics.marking.mark_store import read_rule_marks, write_changes
from services.topics.marking.undecided import store_undecided
from services.topics.runs.before import Before, ContactBefore, marks_before
from services.topics.runs.comparing import Outcome, undecided_of
from services.topics.runs.judging import Judgement
from services.topics.runs.pinning import InForce
from services.topics.runs.spec import RetagSpec
from services.topics.runs.stamping import Stamps, stamp, stamps_of
from services.topics.runs.standing import NEVER, Standing
from shared.contacts.changes import Changed, note_changes
from shared.db.among import among
from shared.db.session import Database
from shared.db.tables import contacts, undecided_topics

# Transcripts read at once for the words of new hits.
_TEXTS = 256


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a chunk will write, worked out before the transaction that writes it."""

    standing: Standing
    topics: Sequence[InForce]
    outcome: Outcome
    changes: Sequence[Change]


def prepare(
    database: Database,
    account_id: int,
    spec: RetagSpec,
    standing: Standing,
    topics: Sequence[InForce],
    judgement: Judgement,
) -> Prepared:
    """Compare the judgement with the stored marks and look up the words of what is new.

    What it read is still so if the contacts' judgements are: marks of rules change with those only.
    """
    outcome = judgement.outcome
    due_marks = outcome.due & outcome.stored
    with database.read() as connection:
        stored = read_rule_marks(
            connection,
            account_id=account_id,
            contact_ids=outcome.contact_ids[due_marks.any(axis=0)].tolist(),
            topic_ids=[
                outcome.topic_ids[n] for n in np.flatnonzero(due_marks.any(axis=1)).tolist()
            ],
        )
    due = {
        (int(outcome.contact_ids[contact]), outcome.topic_ids[topic])
        for topic, contact in np.argwhere(due_marks).tolist()
    }
    versions = {one.topic_id: one.version_id for one in spec.topics}
    changes = difference(
        {pair: mark for pair, mark in stored.items() if pair in due}, judgement.evidence, versions
    )
    return Prepared(standing, topics, outcome, _with_texts(database, account_id, changes))


def lock_unjudged(connection: Connection, account_id: int, standing: Standing) -> NDArray[np.bool_]:
    """Lock the contacts, in the order of their ids, and tell which are as they stood."""
    rows = connection.execute(
        select(contacts.c.id, contacts.c.judgements)
        .where(
            contacts.c.account_id == account_id,
            among(connection, contacts.c.id, standing.ids.tolist()),
        )
        .order_by(contacts.c.id)
        .with_for_update(key_share=True)
    ).all()
    ids, judgements = np.array(rows, np.int64).reshape(-1, 2).T
    present = np.isin(standing.ids, ids)
    unchanged = np.zeros(len(standing.ids), np.bool_)
    unchanged[present] = standing.judgements[present] == judgements
    return unchanged


def write(
    connection: Connection,
    account_id: int,
    revision: int,
    prepared: Prepared,
    chosen: NDArray[np.bool_],
) -> bytes:
    """Write marks, hits and stamps of the `chosen` contacts; what undoing it needs.

    `chosen` are contacts of the standing that are locked and as they stood.
    """
    standing, outcome = prepared.standing, prepared.outcome
    judged = chosen & np.isin(standing.ids, outcome.contact_ids)
    kept = outcome.chosen(np.isin(outcome.contact_ids, standing.ids[judged]))
    ids = set(kept.contact_ids.tolist())
    changes = [change for change in prepared.changes if change.pair[0] in ids]
    before = Before(
        contacts=_contacts_before(connection, account_id, standing, judged),
        single=_single_before(prepared, judged),
        marks=marks_before(changes),
    )
    changed = write_changes(connection, account_id, changes)
    stamp(connection, account_id, _stamps(prepared, kept, judged, revision), revision=revision)
    store_undecided(
        connection,
        account_id=account_id,
        judged=kept.topic_ids,
        undecided=undecided_of(kept),
    )
    note_changes(connection, account_id, changed, Changed.TOPICS)
    return before.pack()


def _stamps(prepared: Prepared, kept: Outcome, judged: NDArray[np.bool_], revision: int) -> Stamps:
    standing = prepared.standing
    pairs = np.zeros((len(prepared.topics), len(standing.ids)), np.bool_)
    rows = {topic.topic_id: row for row, topic in enumerate(prepared.topics)}
    columns = np.searchsorted(standing.ids, kept.contact_ids)
    for place, topic_id in enumerate(kept.topic_ids):
        pairs[rows[topic_id], columns] = kept.due[place]
    return stamps_of(standing, prepared.topics, pairs, chosen=judged, revision=revision)


def _contacts_before(
    connection: Connection, account_id: int, standing: Standing, judged: NDArray[np.bool_]
) -> tuple[ContactBefore, ...]:
    ids = standing.ids[judged].tolist()
    undecided = _undecided(connection, account_id, ids)
    rows = zip(
        ids, standing.judgements[judged].tolist(), standing.tagged[judged].tolist(), strict=True
    )
    return tuple(
        ContactBefore(
            contact_id,
            judgements + 1,
            None if tagged == NEVER else tagged,
            undecided.get(contact_id),
        )
        for contact_id, judgements, tagged in rows
    )


def _undecided(
    connection: Connection, account_id: int, contact_ids: Collection[int]
) -> Mapping[int, str]:
    rows = connection.execute(
        select(undecided_topics.c.contact_id, undecided_topics.c.topic_ids).where(
            undecided_topics.c.account_id == account_id,
            among(connection, undecided_topics.c.contact_id, contact_ids),
        )
    )
    return {row.contact_id: row.topic_ids for row in rows}


def _single_before(
    prepared: Prepared, judged: NDArray[np.bool_]
) -> tuple[tuple[int, int, int], ...]:
    standing = prepared.standing
    known = np.argwhere((standing.single != NEVER) & judged)
    return tuple(
        (
            prepared.topics[topic].topic_id,
            int(standing.ids[contact]),
            int(standing.single[topic, contact]),
        )
        for topic, contact in known.tolist()
    )


def _with_texts(database: Database, account_id: int, changes: Sequence[Change]) -> Sequence[Change]:
    recording_ids = sorted({one.hit.recording_id for change in changes for one in change.new_hits})
    words: dict[int, list[str]] = {}
    for begin in range(0, len(recording_ids), _TEXTS):
        with database.read() as connection:
            words |= speech_store.read_displayed_words(
                connection,
                account_id=account_id,
                recording_ids=recording_ids[begin : begin + _TEXTS],
            )
    return [
        replace(
            change,
            new_hits=tuple(
                one.with_text(words.get(one.hit.recording_id, [])) for one in change.new_hits
            ),
        )
        for change in changes
    ]
