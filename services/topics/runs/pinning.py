"""Pins the versions that a run judges by, and tells whether they are still in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from services.topics.language.dependencies import dependents, prerequisites
from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set
from services.topics.marking.store import rules_revision
from services.topics.runs.spec import Pinned, RetagSpec, digest
from shared.db.tables import topic_versions, topics
from shared.errors import InvalidInput

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class InForce:
    """A topic that calls are judged by; `rules_revision` is since when its verdicts count."""

    topic_id: int
    key: str
    version_id: int
    rules_revision: int


def pin(
    connection: Connection,
    account_id: int,
    *,
    asked: Sequence[int] | None,
    drafts: bool,
    everything: bool,
) -> RetagSpec:
    """Pin the versions in force of the topics `asked` for, None for all, or their drafts.

    Raises InvalidInput naming a topic that the account has not or that has no such version, and
    when drafts ask about each other in a circle.
    """
    # First: what is activated in between makes the run stop, never judge by older rules.
    revision = rules_revision(connection, account_id)
    rows = _versions(connection, account_id, drafts=drafts)
    chosen = {row.id: row for row in rows if row.state != DRAFT}
    chosen |= {
        row.id: row for row in rows if row.state == DRAFT and (asked is None or row.id in asked)
    }
    _refuse_unknown(asked, chosen)
    found = {
        row.key: Topic(
            row.id, row.version_id, row.key, parse_rule(row.rule, where=f"topic {row.id}")
        )
        for row in chosen.values()
    }
    # Refuses circles.
    make_rule_set(found.values(), revision=revision)
    asks = {key: topic.rule.topics() for key, topic in found.items()}
    wanted = [key for key, topic in found.items() if asked is None or topic.topic_id in asked]
    judged = dependents(wanted, asks)
    besides = prerequisites(judged, asks) & found.keys() - judged
    return RetagSpec(
        revision=revision,
        asked=None if asked is None else tuple(asked),
        topics=_pinned(chosen, (found[key] for key in judged)),
        prerequisites=_pinned(chosen, (found[key] for key in besides)),
        rules={row.version_id: row.rule for row in chosen.values() if row.state == DRAFT},
        drafts=drafts,
        everything=everything,
    )


def read_pinned(connection: Connection, account_id: int, spec: RetagSpec) -> RuleSet:
    """The rules that a run is pinned to."""
    rows = connection.execute(
        select(topic_versions.c.id, topic_versions.c.rule, topics.c.id, topics.c.key)
        .join(topics, topics.c.id == topic_versions.c.topic_id)
        .where(
            topic_versions.c.account_id == account_id,
            topics.c.account_id == account_id,
            topic_versions.c.id.in_([one.version_id for one in spec.pinned]),
        )
    )
    return make_rule_set(
        (
            Topic(
                topic_id,
                version_id,
                key,
                parse_rule(spec.rules.get(version_id, rule), where=f"topic {topic_id}"),
            )
            for version_id, rule, topic_id, key in rows
        ),
        revision=spec.revision,
    )


def in_force(connection: Connection, account_id: int) -> list[InForce]:
    """The topics that calls are judged by now, by id."""
    rows = connection.execute(
        select(topics.c.id, topics.c.key, topic_versions.c.id, topics.c.rules_revision)
        .join(topic_versions, topic_versions.c.topic_id == topics.c.id)
        .where(
            topics.c.account_id == account_id,
            topic_versions.c.account_id == account_id,
            _is_in_force(),
        )
        .order_by(topics.c.id)
    )
    return [InForce(*row) for row in rows]


def moved(spec: RetagSpec, now: Iterable[InForce]) -> list[int]:
    """Ids of the pinned topics whose verdicts are not those of the pinned versions any more."""
    valid = {(one.topic_id, one.version_id) for one in now if one.rules_revision <= spec.revision}
    return [one.topic_id for one in spec.pinned if (one.topic_id, one.version_id) not in valid]


def _is_in_force() -> Any:
    return and_(
        topic_versions.c.number == topics.c.active_version,
        topics.c.active.is_(True),
        topics.c.archived_at_ms.is_(None),
    )


def _versions(connection: Connection, account_id: int, *, drafts: bool) -> list[Row[Any]]:
    """The versions in force and, if asked for, the drafts, which may be of any topic at hand."""
    wanted = _is_in_force()
    if drafts:
        is_draft = and_(topic_versions.c.state == DRAFT, topics.c.archived_at_ms.is_(None))
        wanted = or_(wanted, is_draft)
    statement: Select[Any] = (
        select(
            topics.c.id,
            topics.c.key,
            topic_versions.c.id.label("version_id"),
            topic_versions.c.state,
            topic_versions.c.rule,
        )
        .join(topic_versions, topic_versions.c.topic_id == topics.c.id)
        .where(topics.c.account_id == account_id, topic_versions.c.account_id == account_id, wanted)
        .order_by(topics.c.id)
    )
    return list(connection.execute(statement))


def _refuse_unknown(asked: Sequence[int] | None, chosen: dict[int, Row[Any]]) -> None:
    errors = [
        (f"topics[{place}]", f"no topic {topic_id} is in force")
        for place, topic_id in enumerate(asked or ())
        if topic_id not in chosen
    ]
    if not chosen and not errors:
        errors = [("topics", "no topic is in force")]
    if errors:
        raise InvalidInput("; ".join(reason for _, reason in errors), errors)


def _pinned(rows: dict[int, Row[Any]], found: Iterable[Topic]) -> tuple[Pinned, ...]:
    return tuple(
        Pinned(topic.topic_id, topic.version_id, digest(rows[topic.topic_id].rule))
        for topic in sorted(found, key=lambda topic: topic.topic_id)
    )
