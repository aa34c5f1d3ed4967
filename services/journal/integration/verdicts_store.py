"""What some topics say of many contacts: the four verdicts of `shared.contacts.verdicts`, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from shared.contacts.effective import is_effective
from shared.contacts.verdicts import TopicVerdict, in_force, unpacked_ids
from shared.db.among import among
from shared.db.tables import marks, topic_judgements, topics, undecided_topics

Pair = tuple[int, int]
"""A contact's id and a topic's."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that the verdicts of some topics on some contacts follow from."""

    marked: Mapping[Pair, bool]
    """The verdicts of the marks that count."""
    revisions: Mapping[int, int]
    """Of the topics in force: the revision of the rules since which a judgement counts."""
    judgements: Mapping[Pair, int]
    """The revisions under which runs have judged."""
    undecided: Mapping[int, set[int]]

    def verdict(self, pair: Pair, tagged_revision: int | None) -> TopicVerdict:
        """What the topic says of the contact, which was tagged under this revision of the rules."""
        contact_id, topic_id = pair
        if pair in self.marked:
            return TopicVerdict.YES if self.marked[pair] else TopicVerdict.NO
        since = self.revisions.get(topic_id)
        seen = max(
            -1 if tagged_revision is None else tagged_revision, self.judgements.get(pair, -1)
        )
        if since is None or seen < since:
            return TopicVerdict.NOT_JUDGED
        if topic_id in self.undecided.get(contact_id, ()):
            return TopicVerdict.UNDECIDABLE
        return TopicVerdict.NO


def read_verdicts(
    connection: Connection,
    account_id: int,
    tagged_revisions: Mapping[int, int | None],
    topic_ids: Sequence[int],
) -> dict[int, list[TopicVerdict]]:
    """What each of the topics says of each contact, in the order of the topics.

    Contacts come as their ids with the revision of the rules that each was tagged under. As SQL
    conditions of every pair PostgreSQL took seconds to plan this for 20 topics.
    """
    if not topic_ids:
        return {contact_id: [] for contact_id in tagged_revisions}
    known = _read(connection, account_id, list(tagged_revisions), topic_ids)
    return {
        contact_id: [known.verdict((contact_id, topic_id), tagged) for topic_id in topic_ids]
        for contact_id, tagged in tagged_revisions.items()
    }


def _read(
    connection: Connection, account_id: int, contact_ids: Sequence[int], topic_ids: Sequence[int]
) -> Known:
    marked = connection.execute(
        select(marks.c.contact_id, marks.c.topic_id, marks.c.verdict).where(
            marks.c.account_id == account_id,
            among(connection, marks.c.contact_id, contact_ids),
            marks.c.topic_id.in_(topic_ids),
            is_effective(),
        )
    )
    revisions = connection.execute(
        select(topics.c.id, topics.c.rules_revision).where(
            *in_force(account_id), topics.c.id.in_(topic_ids)
        )
    )
    judgements = connection.execute(
        select(
            topic_judgements.c.contact_id, topic_judgements.c.topic_id, topic_judgements.c.revision
        ).where(
            topic_judgements.c.account_id == account_id,
            among(connection, topic_judgements.c.contact_id, contact_ids),
            topic_judgements.c.topic_id.in_(topic_ids),
        )
    )
    undecided = connection.execute(
        select(undecided_topics.c.contact_id, undecided_topics.c.topic_ids).where(
            undecided_topics.c.account_id == account_id,
            among(connection, undecided_topics.c.contact_id, contact_ids),
        )
    )
    return Known(
        marked={(row.contact_id, row.topic_id): row.verdict for row in marked},
        revisions={row.id: row.rules_revision for row in revisions},
        judgements={(row.contact_id, row.topic_id): row.revision for row in judgements},
        undecided={row.contact_id: unpacked_ids(row.topic_ids) for row in undecided},
    )
