"""How far the contacts of a chunk have been judged before, by which topics."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from services.topics.runs.pinning import InForce
from shared.db.among import among
from shared.db.driver_rows import int_columns
from shared.db.tables import contacts, topic_judgements
from shared.runs.ids import Ids

NEVER = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """Contacts as they stood at one moment; those that are no more are left out.

    `judgements` tells how often each was judged, `tagged` its revision, NEVER for none, and
    `single[topic, contact]` the revision that only this topic judged it under, NEVER for none.
    """

    ids: Ids
    judgements: NDArray[np.int64]
    tagged: NDArray[np.int64]
    single: NDArray[np.int64]

    def chosen(self, contacts: NDArray[np.bool_]) -> "Standing":
        """Only these contacts."""
        return Standing(
            self.ids[contacts],
            self.judgements[contacts],
            self.tagged[contacts],
            self.single[:, contacts],
        )

    def behind(self, topics: Sequence[InForce]) -> NDArray[np.bool_]:
        """For each of the topics, in the order of `single`, and each contact: not judged by it."""
        since = np.array([topic.rules_revision for topic in topics], np.int64)[:, None]
        return (self.tagged[None, :] < since) & (self.single < since)


def read_standing(
    connection: Connection,
    account_id: int,
    contact_ids: Collection[int],
    topics: Sequence[InForce],
) -> Standing:
    """How the contacts stand towards these topics.

    Read before anything else of them: who finds `judgements` unchanged later knows that nobody has
    judged them since.
    """
    ids, judgements, tagged = int_columns(
        connection,
        select(
            contacts.c.id, contacts.c.judgements, func.coalesce(contacts.c.tagged_revision, NEVER)
        )
        .where(contacts.c.account_id == account_id, among(connection, contacts.c.id, contact_ids))
        .order_by(contacts.c.id),
    )
    topic_id, contact_id, revision = int_columns(
        connection,
        select(
            topic_judgements.c.topic_id, topic_judgements.c.contact_id, topic_judgements.c.revision
        ).where(
            topic_judgements.c.account_id == account_id,
            among(connection, topic_judgements.c.contact_id, contact_ids),
        ),
    )
    shape = len(topics), len(ids)
    if len(revision) == 0:
        # As a rule: no room is taken for what nobody has judged.
        return Standing(ids, judgements, tagged, np.broadcast_to(np.int64(NEVER), shape))
    single = np.full(shape, NEVER, np.int64)
    topic_ids = np.array([topic.topic_id for topic in topics], np.int64)
    known = np.isin(topic_id, topic_ids) & np.isin(contact_id, ids)
    order = np.argsort(topic_ids)
    places = order[np.searchsorted(topic_ids, topic_id[known], sorter=order)]
    single[places, np.searchsorted(ids, contact_id[known])] = revision[known]
    return Standing(ids, judgements, tagged, single)
