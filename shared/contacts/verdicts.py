"""What a topic says of a contact, as SQL conditions: one of four verdicts holds of every contact."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from shared.contacts.effective import is_effective
from shared.db.tables import contacts, marks, topic_judgements, topics, undecided_topics


class TopicVerdict(StrEnum):
    """What a topic says of a contact; a person's word counts before the rule's.

    `yes` is the mark that counts, also one that an older version of the rule has set. `not_judged`:
    nobody marked it, and the version in force has not seen it yet.
    """

    YES = "yes"
    NO = "no"
    UNDECIDABLE = "undecidable"
    NOT_JUDGED = "not_judged"


def says(account_id: int, topic_ids: Sequence[int], verdict: TopicVerdict) -> ColumnElement[bool]:
    """Condition on `contacts`: any of the topics says this, to stand beside `visible(caller)`."""
    if verdict is TopicVerdict.YES:
        return _marked(account_id, topic_ids, verdict=True)
    return or_(*(_says_without_yes(account_id, topic_id, verdict) for topic_id in topic_ids))


def judged_by(account_id: int, topic_id: int) -> ColumnElement[bool]:
    """Condition on `contacts`: the topic's version in force has judged it."""
    return (
        exists()
        .where(
            *in_force(account_id),
            topics.c.id == topic_id,
            _seen_since(account_id),
        )
        .correlate(contacts)
    )


def judged_by_all(account_id: int) -> ColumnElement[bool]:
    """Condition on `contacts`: every topic in force has judged it."""
    # Found once for all contacts: most of them need not be compared topic by topic.
    newest = select(func.max(topics.c.rules_revision)).where(*in_force(account_id))
    tagged = contacts.c.tagged_revision >= newest.scalar_subquery()
    behind = exists().where(*in_force(account_id), ~_seen_since(account_id)).correlate(contacts)
    return or_(and_(contacts.c.tagged_revision.is_not(None), tagged), ~behind)


def in_force(account_id: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `topics`: those that judge contacts at present."""
    return (
        topics.c.account_id == account_id,
        topics.c.active.is_(True),
        topics.c.active_version > 0,
        topics.c.archived_at_ms.is_(None),
    )


def packed_ids(topic_ids: Iterable[int]) -> str:
    """Ids as `undecided_topics.topic_ids` holds them: rising, each between two commas."""
    return "".join([",", *(f"{topic_id}," for topic_id in sorted(topic_ids))])


def unpacked_ids(text: str) -> set[int]:
    """The ids that `packed_ids` packed."""
    return {int(one) for one in text.split(",") if one}


def _says_without_yes(account_id: int, topic_id: int, verdict: TopicVerdict) -> ColumnElement[bool]:
    unmarked = ~(
        exists()
        .where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contacts.c.id,
            marks.c.topic_id == topic_id,
        )
        .correlate(contacts)
    )
    judged = judged_by(account_id, topic_id)
    undecided = (
        exists()
        .where(
            undecided_topics.c.account_id == account_id,
            undecided_topics.c.contact_id == contacts.c.id,
            undecided_topics.c.topic_ids.contains(packed_ids([topic_id])),
        )
        .correlate(contacts)
    )
    if verdict is TopicVerdict.NOT_JUDGED:
        return and_(unmarked, ~judged)
    if verdict is TopicVerdict.UNDECIDABLE:
        return and_(unmarked, judged, undecided)
    return or_(_marked(account_id, [topic_id], verdict=False), and_(unmarked, judged, ~undecided))


def _marked(account_id: int, topic_ids: Sequence[int], *, verdict: bool) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contacts.c.id,
            marks.c.topic_id.in_(topic_ids),
            marks.c.verdict.is_(verdict),
            is_effective(),
        )
        .correlate(contacts)
    )


def _seen_since(account_id: int) -> ColumnElement[bool]:
    """Condition on `contacts` and `topics`: judged since the topic's verdicts may have changed."""
    by_a_run = (
        exists()
        .where(
            topic_judgements.c.account_id == account_id,
            topic_judgements.c.topic_id == topics.c.id,
            topic_judgements.c.contact_id == contacts.c.id,
            topic_judgements.c.revision >= topics.c.rules_revision,
        )
        .correlate(contacts, topics)
    )
    # Null where the contact was never tagged; then only a run can have judged it.
    tagged = contacts.c.tagged_revision >= topics.c.rules_revision
    return or_(and_(contacts.c.tagged_revision.is_not(None), tagged), by_a_run)
