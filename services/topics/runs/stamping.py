"""Notes by which rules contacts were judged: all at once, or single topics where others lag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, case, delete, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.topics.runs.pinning import InForce
from services.topics.runs.standing import Standing
from shared.db.among import among
from shared.db.tables import contacts, topic_judgements
from shared.runs.ids import Ids


@dataclass(frozen=True, slots=True)
class Stamps:
    """What a run at one revision may say of the contacts that it judged.

    `whole` are judged by every rule in force at that revision; of the others `single` names the
    topics, as rows of (topic id, contact id).
    """

    contact_ids: Ids
    whole: Ids
    single: NDArray[np.int64]


def stamps_of(
    standing: Standing,
    topics: Sequence[InForce],
    judged: NDArray[np.bool_],
    *,
    chosen: NDArray[np.bool_],
    revision: int,
) -> Stamps:
    """The stamps of the `chosen` contacts, of which the run has judged these pairs.

    Rows of `judged` are the topics, in the order of `standing`; columns its contacts. Topics that
    are in force only since a later revision are not the run's concern.
    """
    known = np.array([topic.rules_revision <= revision for topic in topics], np.bool_)[:, None]
    behind = standing.behind(topics) & known
    older = standing.tagged < revision
    whole = older & ~(behind & ~judged).any(axis=0)
    pairs = np.argwhere(behind & judged & chosen & ~whole)
    ids = np.array([topic.topic_id for topic in topics], np.int64)
    return Stamps(
        contact_ids=standing.ids[chosen],
        whole=standing.ids[chosen & whole],
        single=np.column_stack([ids[pairs[:, 0]], standing.ids[pairs[:, 1]]]),
    )


def stamp(connection: Connection, account_id: int, stamps: Stamps, *, revision: int) -> None:
    """Write the stamps and count the judgement; call it holding the contacts' row locks."""
    whole = among(connection, contacts.c.id, stamps.whole.tolist())
    connection.execute(
        update(contacts)
        .where(
            contacts.c.account_id == account_id,
            among(connection, contacts.c.id, stamps.contact_ids.tolist()),
        )
        .values(
            judgements=contacts.c.judgements + 1,
            tagged_revision=case((whole, revision), else_=contacts.c.tagged_revision),
        )
    )
    # What single topics say of them is said by the revision now.
    connection.execute(
        delete(topic_judgements).where(
            topic_judgements.c.account_id == account_id,
            among(connection, topic_judgements.c.contact_id, stamps.whole.tolist()),
            topic_judgements.c.revision <= revision,
        )
    )
    if len(stamps.single) == 0:
        return
    upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    columns = topic_judgements.c
    connection.execute(
        upsert(topic_judgements)
        .values(
            account_id=account_id,
            topic_id=bindparam("of_topic"),
            contact_id=bindparam("of_contact"),
            revision=revision,
        )
        .on_conflict_do_update(
            index_elements=[columns.account_id, columns.topic_id, columns.contact_id],
            set_={"revision": revision},
        ),
        [{"of_topic": topic, "of_contact": contact} for topic, contact in stamps.single.tolist()],
    )
