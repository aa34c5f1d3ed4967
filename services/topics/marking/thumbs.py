"""Thumbs: what people think of a rule's verdicts, and the precision and recall that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, or_, select

from services.topics.marking.reading import check_contact, check_topic
from services.topics.marking.store import RULE, lock_contact
from shared.contacts.visibility import visible
from shared.db.session import now_ms
from shared.db.tables import contacts, marks, thumbs, topic_versions, topics, users
from shared.db.upsert import insert_or_update
from shared.errors import Conflict
from shared.permissions import Caller

_USER = "user:"


@dataclass(slots=True)
class Opinions:
    """How often a rule was right, wrong, or missed something."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        """Part of what the rule found that was right, 0..1; None when there is no opinion on it."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Part of what should be found that was found, 0..1; None when there is no opinion on it."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    def add(self, opinion: str, count: int) -> None:
        """Count opinions of one kind."""
        setattr(self, opinion, getattr(self, opinion) + count)


@dataclass(frozen=True, slots=True)
class Precision:
    """Opinions on a topic in all, and on each version of its rule."""

    total: Opinions = field(default_factory=Opinions)
    versions: dict[int, Opinions] = field(default_factory=dict)


def give_thumb(
    connection: Connection,
    caller: Caller,
    *,
    contact_id: int,
    topic_id: int,
    opinion: str,
    start_ms: int,
) -> None:
    """Keep the caller's opinion on a topic's rule at a place of a contact, in place of an earlier.

    It is about the version that set the mark; a missed one about the version in force. NotFound
    when the caller sees no such contact or the account has no such topic; Conflict when there is no
    verdict of a rule that the opinion could be about.
    """
    account_id = caller.account_id
    check_topic(connection, account_id, topic_id)
    check_contact(connection, caller, contact_id)
    lock_contact(connection, account_id=account_id, contact_id=contact_id)
    version_id = _version_meant(connection, account_id, contact_id, topic_id, opinion, start_ms)
    place = {
        "account_id": account_id,
        "topic_id": topic_id,
        "contact_id": contact_id,
        "actor": caller.actor,
        "start_ms": start_ms,
    }
    said = {"opinion": opinion, "topic_version_id": version_id, "created_at_ms": now_ms()}
    insert_or_update(
        connection, thumbs, [thumbs.c[name] for name in place], values=place | said, changes=said
    )


def take_back_thumb(
    connection: Connection, caller: Caller, *, contact_id: int, topic_id: int, start_ms: int
) -> None:
    """Take the caller's opinion back; none there changes nothing."""
    check_topic(connection, caller.account_id, topic_id)
    check_contact(connection, caller, contact_id)
    connection.execute(
        delete(thumbs).where(
            thumbs.c.account_id == caller.account_id,
            thumbs.c.topic_id == topic_id,
            thumbs.c.contact_id == contact_id,
            thumbs.c.actor == caller.actor,
            thumbs.c.start_ms == start_ms,
        )
    )


def read_thumbs(
    connection: Connection, account_id: int, contact_id: int
) -> tuple[Sequence[RowMapping], Mapping[str, tuple[int, str]]]:
    """Opinions on a contact in the order of topic and place, and who gave them: (id, name) by actor."""
    found = (
        connection.execute(
            select(thumbs, topic_versions.c.number)
            .outerjoin(
                topic_versions,
                and_(
                    topic_versions.c.account_id == account_id,
                    topic_versions.c.id == thumbs.c.topic_version_id,
                ),
            )
            .where(thumbs.c.account_id == account_id, thumbs.c.contact_id == contact_id)
            .order_by(thumbs.c.topic_id, thumbs.c.start_ms, thumbs.c.created_at_ms, thumbs.c.id)
        )
        .mappings()
        .all()
    )
    people = {row["actor"] for row in found if row["actor"].startswith(_USER)}
    if not people:
        return found, {}
    rows = connection.execute(
        select(users.c.id, users.c.name).where(
            users.c.account_id == account_id,
            users.c.id.in_([int(actor.removeprefix(_USER)) for actor in people]),
        )
    )
    return found, {f"{_USER}{row.id}": (row.id, row.name) for row in rows}


def precision_of(
    connection: Connection, caller: Caller, topic_ids: Sequence[int]
) -> Mapping[int, Precision]:
    """Opinions on these topics over the contacts that the caller sees.

    One place (contact and time) counts once, by the newest opinion on it, whoever gave it. A topic
    without any has an empty Precision.
    """
    found = {topic_id: Precision() for topic_id in topic_ids}
    newer = thumbs.alias("newer")
    is_newest = ~(
        exists()
        .where(
            newer.c.account_id == caller.account_id,
            newer.c.topic_id == thumbs.c.topic_id,
            newer.c.contact_id == thumbs.c.contact_id,
            newer.c.start_ms == thumbs.c.start_ms,
            or_(
                newer.c.created_at_ms > thumbs.c.created_at_ms,
                and_(newer.c.created_at_ms == thumbs.c.created_at_ms, newer.c.id > thumbs.c.id),
            ),
        )
        .correlate(thumbs)
    )
    rows = connection.execute(
        select(thumbs.c.topic_id, topic_versions.c.number, thumbs.c.opinion, func.count())
        .join(contacts, contacts.c.id == thumbs.c.contact_id)
        .join(topic_versions, topic_versions.c.id == thumbs.c.topic_version_id)
        .where(
            thumbs.c.account_id == caller.account_id,
            topic_versions.c.account_id == caller.account_id,
            thumbs.c.topic_id.in_(topic_ids),
            visible(caller),
            is_newest,
        )
        .group_by(thumbs.c.topic_id, topic_versions.c.number, thumbs.c.opinion)
    )
    for topic_id, number, opinion, count in rows:
        found[topic_id].total.add(opinion, count)
        found[topic_id].versions.setdefault(number, Opinions()).add(opinion, count)
    return found


def _version_meant(
    connection: Connection,
    account_id: int,
    contact_id: int,
    topic_id: int,
    opinion: str,
    start_ms: int,
) -> int:
    mark = connection.execute(
        select(marks.c.topic_version_id).where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            marks.c.topic_id == topic_id,
            marks.c.origin == RULE,
        )
    ).first()
    if opinion != "missed":
        if mark is None or mark.topic_version_id is None:
            raise Conflict(f"the rule has not set topic {topic_id} on contact {contact_id}")
        return int(mark.topic_version_id)
    if mark is not None and not start_ms:
        raise Conflict(
            f"the rule has set topic {topic_id} on contact {contact_id}: say by `start_ms` where "
            "it missed something"
        )
    in_force = connection.execute(
        select(topic_versions.c.id)
        .join(topics, topics.c.id == topic_versions.c.topic_id)
        .where(
            topics.c.account_id == account_id,
            topic_versions.c.account_id == account_id,
            topics.c.id == topic_id,
            topic_versions.c.number == topics.c.active_version,
        )
    ).scalar_one_or_none()
    if in_force is None:
        raise Conflict(f"no rule of topic {topic_id} is in force that could have missed anything")
    return int(in_force)
