"""The topics' HTTP door: topics with counts, and the marks of a contact with their evidence."""

from collections.abc import Sequence

from sqlalchemy import RowMapping

from services.topics.marking import reading
from services.topics.schemas import (
    HitOut,
    MarkListOut,
    MarkOut,
    TopicDetailOut,
    TopicListOut,
    TopicOut,
    TopicsQuery,
    rule_out,
)
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("topics")


@routes.get("/topics", permission=Permission.CALLS)
def list_topics(call: Call, query: TopicsQuery) -> TopicListOut:
    """List all topics with the number of calls that each is set on.

    Counted are the calls of the period that the caller sees, by the mark that counts: a
    correction, else an operator's, else a rule's. `not_judged` says how many of them the rules in
    force have not judged yet.
    """
    period = {"from_ms": query.started_from, "to_ms": query.started_to}
    with call.parts.database.read() as connection:
        rows = reading.read_topics(connection, call.caller)
        counts = reading.count_contacts(connection, call.caller, **period)
        total, not_judged = reading.count_judged(connection, call.caller, **period)
    return TopicListOut(
        items=[_topic(row, counts.get(row["id"], 0)) for row in rows],
        contacts=total,
        not_judged=not_judged,
    )


@routes.get("/topics/{topic_id}", permission=Permission.CALLS)
def get_topic(call: Call, topic_id: int, query: TopicsQuery) -> TopicDetailOut:
    """Show a topic with the rule in force and its examples."""
    period = {"from_ms": query.started_from, "to_ms": query.started_to}
    with call.parts.database.read() as connection:
        row = reading.read_topic(connection, call.caller, topic_id)
        counts = reading.count_contacts(connection, call.caller, **period)
    return TopicDetailOut(
        **_topic(row, counts.get(topic_id, 0)).model_dump(),
        rule=rule_out(row["rule"]),
        should_match=row["should_match"] or [],
        should_not_match=row["should_not_match"] or [],
        created_at=row["created_at_ms"],
        changed_at=row["changed_at_ms"],
    )


@routes.get("/contacts/{contact_id}/marks", permission=Permission.HITS)
def list_marks(call: Call, contact_id: int) -> MarkListOut:
    """List the marks of a contact, every origin's, with their hits in the order of time."""
    with call.parts.database.read() as connection:
        judged, found, evidence = reading.read_marks(connection, call.caller, contact_id)
    items = [_mark(row, evidence.get(row["id"], ())) for row in found]
    return MarkListOut(judged=judged, items=items)


def _topic(row: RowMapping, count: int) -> TopicOut:
    return TopicOut(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        group=row["group"],
        colour=row["colour"],
        active=row["active"],
        preset=row["preset"],
        version=row["active_version"],
        contacts=count,
    )


def _mark(row: RowMapping, found: Sequence[RowMapping]) -> MarkOut:
    return MarkOut(
        id=row["id"],
        topic_id=row["topic_id"],
        topic_key=row["key"],
        topic_name=row["name"],
        colour=row["colour"],
        origin=row["origin"],
        verdict=row["verdict"],
        effective=row["effective"],
        version=row["number"],
        current=row["number"] is None or row["number"] == row["active_version"],
        created_at=row["created_at_ms"],
        hits=[_hit(hit) for hit in found],
    )


def _hit(row: RowMapping) -> HitOut:
    return HitOut(
        id=row["id"],
        recording_id=row["recording_id"],
        leg_id=row["leg_id"],
        employee_id=row["employee_id"],
        speaker=row["speaker"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        contact_start_ms=row["offset_ms"] + row["start_ms"],
        first_word=row["first_word"],
        last_word=row["last_word"],
        text=row["text"],
        phrase=row["phrase"],
        score=row["score"],
    )
