"""The job of a re-tagging run's chunk: judge, compare, and write if the run applies.

A dry run goes the same way and leaves out the writing. Contacts are judged outside of any
transaction; a contact that somebody else has judged meanwhile is left to him, and if that was by
older rules the run finds it before it closes (`missed`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from services.topics.runs.applying import lock_unjudged, prepare, write
from services.topics.runs.comparing import topic_changes
from services.topics.runs.judging import judge_of
from services.topics.runs.pinning import InForce, in_force, moved
from services.topics.runs.results_store import add_results
from services.topics.runs.spec import RetagSpec
from services.topics.runs.standing import Standing, read_standing
from shared.db.session import Database
from shared.errors import JobFailed
from shared.queue.runner import JobContext
from shared.runs import store
from shared.runs.chunks import Store
from shared.runs.ids import Ids
from shared.runs.store import Chunk, Run

RULES_CHANGED = "rules-changed"

# Chunks that closing looks at in one transaction.
_LOOKED_AT = 16


def retag(context: JobContext, run: Run, chunk: Chunk) -> Store:
    """Judge a chunk's contacts by the pinned topics that may say something new of them.

    JobFailed `rules-changed` when the run applies and a pinned version is not in force any more.
    """
    database, account_id = context.parts.database, run.account_id
    spec = RetagSpec.of(run.spec)
    with database.read() as connection:
        topics = in_force(connection, account_id)
        if run.apply:
            _refuse_moved(spec, topics)
        standing = read_standing(connection, account_id, chunk.subject_ids.tolist(), topics)
    due = _due(spec, topics, standing)
    concerned = np.asarray(due.any(axis=0))
    if not concerned.any():
        return _nothing
    if not concerned.all():
        standing = standing.chosen(concerned)
    judgement = judge_of(database, account_id).judge(
        spec, standing.ids, due[:, concerned], apply=run.apply
    )
    context.check()
    outcome = judgement.outcome
    if not run.apply:
        changes = topic_changes(outcome)

        def compare(connection: Connection) -> bytes | None:
            add_results(connection, account_id, chunk.id, changes)
            return None

        return compare
    prepared = prepare(database, account_id, spec, standing, topics, judgement)

    def apply(connection: Connection) -> bytes | None:
        unjudged = lock_unjudged(connection, account_id, standing)
        kept = outcome.chosen(np.isin(outcome.contact_ids, standing.ids[unjudged]))
        add_results(connection, account_id, chunk.id, topic_changes(kept))
        return write(connection, account_id, spec.revision, prepared, unjudged)

    return apply


def missed(database: Database, run: Run) -> Iterator[Ids]:
    """Contacts of the run that its topics have not judged at its revision, in chunks.

    There are some where a contact was being tagged under older rules while the run passed it by:
    the run took that for a newer judgement and left it alone. They are taken once more until there
    is none; a tagging that ends later sees the new rules and does its work again (`Tagger`).
    JobFailed `rules-changed` as for `retag`.
    """
    spec = RetagSpec.of(run.spec)
    chosen = {one.topic_id for one in spec.topics}
    late: list[Ids] = []
    number = -1
    while True:
        with database.read() as connection:
            topics = in_force(connection, run.account_id)
            _refuse_moved(spec, topics)
            chunks = store.chunks_after(
                connection, run.account_id, run.id, number=number, limit=_LOOKED_AT
            )
            if not chunks:
                break
            number = chunks[-1].number
            ids = np.unique(np.concatenate([chunk.subject_ids for chunk in chunks]))
            own = [topic for topic in topics if topic.topic_id in chosen]
            standing = read_standing(connection, run.account_id, ids.tolist(), own)
        late.append(standing.ids[standing.behind(own).any(axis=0)])
    found = np.unique(np.concatenate(late)) if late else np.array([], np.int64)
    size = run.kind.chunk_size
    yield from (found[begin : begin + size] for begin in range(0, len(found), size))


def _due(spec: RetagSpec, topics: list[InForce], standing: Standing) -> NDArray[np.bool_]:
    """Which topics may say something new of which contacts; rows are those of `spec.topics`."""
    due = np.ones((len(spec.topics), len(standing.ids)), np.bool_)
    if spec.everything or spec.drafts:
        return due
    behind = dict(zip((topic.topic_id for topic in topics), standing.behind(topics), strict=True))
    for row, pinned in enumerate(spec.topics):
        # One that is not in force any more is compared by a dry run all the same.
        due[row] = behind.get(pinned.topic_id, True)
    return due


def _refuse_moved(spec: RetagSpec, topics: list[InForce]) -> None:
    gone = set(moved(spec, topics))
    if gone:
        names = ", ".join(topic.key for topic in topics if topic.topic_id in gone)
        raise JobFailed(
            RULES_CHANGED,
            f"The rules have changed since the run began ({names or 'a topic was switched off'}): "
            "start another one.",
        )


def _nothing(_connection: Connection) -> bytes | None:
    return None
