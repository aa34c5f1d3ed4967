"""The slice's rows: rules in force, marks that rules set, and their hits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set
from services.topics.matching.match import Hit
from shared.db.session import now_ms
from shared.db.tables import accounts, contacts, hits, marks, recordings, topic_versions, topics

RULE = "rule"
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit with the words as people see them."""

    hit: Hit
    text: str

    def columns(self) -> dict[str, object]:
        """Values of its row, but for the ids."""
        return {
            "recording_id": self.hit.recording_id,
            "leg_id": self.hit.leg_id,
            "employee_id": self.hit.employee_id,
            "speaker": self.hit.speaker.value,
            "start_ms": self.hit.start_ms,
            "end_ms": self.hit.end_ms,
            "first_word": self.hit.words[0],
            "last_word": self.hit.words[-1],
            "text": self.text[:LONGEST_TEXT],
            "phrase": self.hit.phrase,
            "score": float(self.hit.score),
        }


def rules_revision(connection: Connection, account_id: int) -> int:
    """Revision of the account's rules; rises with every activation."""
    return int(
        connection.execute(
            select(accounts.c.rules_revision).where(accounts.c.id == account_id)
        ).scalar_one()
    )


def unknown_is_anyone(connection: Connection, account_id: int) -> bool:
    """Whether words of an unknown speaker count as anybody's in this account."""
    setting = connection.execute(
        select(accounts.c.unknown_speaker).where(accounts.c.id == account_id)
    ).scalar_one()
    return bool(setting == "anyone")


def read_rules(connection: Connection, account_id: int) -> RuleSet:
    """The rules in force.

    The revision is read first: if one is activated in between, contacts are stamped with the older
    revision and judged once more, never with a newer one than they were judged by.
    """
    revision = rules_revision(connection, account_id)
    rows = connection.execute(
        select(
            topics.c.id,
            topics.c.key,
            topic_versions.c.id.label("version_id"),
            topic_versions.c.rule,
        )
        .join(
            topic_versions,
            (topic_versions.c.topic_id == topics.c.id)
            & (topic_versions.c.number == topics.c.active_version),
        )
        .where(
            topics.c.account_id == account_id,
            topic_versions.c.account_id == account_id,
            topics.c.active.is_(True),
            topics.c.archived_at_ms.is_(None),
        )
        .order_by(topics.c.id)
    )
    return make_rule_set(
        (
            Topic(row.id, row.version_id, row.key, parse_rule(row.rule, where=f"topic {row.id}"))
            for row in rows
        ),
        revision=revision,
    )


def lock_contact(connection: Connection, *, account_id: int, contact_id: int) -> bool:
    """Lock the contact's row until the transaction ends; False when there is none."""
    row = connection.execute(
        select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .with_for_update(key_share=True)
    ).first()
    return row is not None


def store_marks(
    connection: Connection,
    *,
    account_id: int,
    contact_id: int,
    rules: RuleSet,
    found: Mapping[int, Iterable[Evidence]],
) -> None:
    """Make the contact's marks of these rules equal to `found`, changing only what differs.

    `found` maps the place of a topic whose verdict is yes to its evidence. Marks of people and of
    topics that are not in the rule set stay as they are, and so does the id of every hit that is
    found again.
    """
    rows = connection.execute(
        select(marks.c.id, marks.c.topic_id, marks.c.topic_version_id).where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            marks.c.origin == RULE,
        )
    )
    stored = {row.topic_id: (row.id, row.topic_version_id) for row in rows}
    present = _recordings_of(connection, account_id, contact_id)
    gone = []
    for place, topic in enumerate(rules.topics):
        known = stored.get(topic.topic_id)
        if place not in found:
            if known is not None:
                gone.append(known[0])
            continue
        mark_id = _mark(connection, account_id, contact_id, topic, known)
        # A recording that was destroyed or moved meanwhile asks for another tagging by itself.
        evidence = [one for one in found[place] if one.hit.recording_id in present]
        _store_hits(connection, account_id, mark_id, evidence, fresh=known is None)
    if gone:
        connection.execute(
            delete(marks).where(marks.c.account_id == account_id, marks.c.id.in_(gone))
        )


def stamp_tagged(
    connection: Connection, *, account_id: int, contact_id: int, revision: int
) -> None:
    """Note under which revision of the rules the contact was judged."""
    connection.execute(
        update(contacts)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .values(tagged_revision=revision, judgements=contacts.c.judgements + 1)
    )


def _recordings_of(connection: Connection, account_id: int, contact_id: int) -> set[int]:
    rows = connection.execute(
        select(recordings.c.id).where(
            recordings.c.account_id == account_id, recordings.c.contact_id == contact_id
        )
    )
    return {row.id for row in rows}


def _mark(
    connection: Connection,
    account_id: int,
    contact_id: int,
    topic: Topic,
    known: tuple[int, int | None] | None,
) -> int:
    if known is None:
        return int(
            connection.execute(
                insert(marks)
                .values(
                    account_id=account_id,
                    contact_id=contact_id,
                    topic_id=topic.topic_id,
                    origin=RULE,
                    verdict=True,
                    topic_version_id=topic.version_id,
                    created_at_ms=now_ms(),
                )
                .returning(marks.c.id)
            ).scalar_one()
        )
    mark_id, version_id = known
    if version_id != topic.version_id:
        connection.execute(
            update(marks)
            .where(marks.c.account_id == account_id, marks.c.id == mark_id)
            .values(topic_version_id=topic.version_id)
        )
    return mark_id


def _store_hits(
    connection: Connection,
    account_id: int,
    mark_id: int,
    evidence: Iterable[Evidence],
    *,
    fresh: bool,
) -> None:
    wanted = {tuple(one.columns().values()): one.columns() for one in evidence}
    stored: dict[tuple[object, ...], int] = {}
    if not fresh:
        names = [column for column in hits.c if column.name not in {"id", "account_id", "mark_id"}]
        rows = connection.execute(
            select(hits.c.id, *names).where(
                hits.c.account_id == account_id, hits.c.mark_id == mark_id
            )
        )
        stored = {tuple(row[1:]): row.id for row in rows}
    gone = [hit_id for key, hit_id in stored.items() if key not in wanted]
    if gone:
        connection.execute(delete(hits).where(hits.c.account_id == account_id, hits.c.id.in_(gone)))
    new = [columns for key, columns in wanted.items() if key not in stored]
    if new:
        connection.execute(
            insert(hits),
            [{"account_id": account_id, "mark_id": mark_id, **columns} for columns in new],
        )
