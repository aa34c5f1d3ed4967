"""The marks' HTTP door: marks with their evidence, people's word on them, hits of a topic, thumbs."""

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping

from services.topics.marking import people, reading, thumbs
from services.topics.marking.schemas import (
    AuthorOut,
    HitOut,
    MarkIn,
    MarkListOut,
    MarkOut,
    MarkQuery,
    OpinionsOut,
    PrecisionOut,
    ThumbIn,
    ThumbOut,
    ThumbQuery,
    TopicHitOut,
    TopicHitsQuery,
    VersionOpinionsOut,
)
from shared.http.routes import Answer, Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission

routes = Routes("topics")


@routes.get("/contacts/{contact_id}/marks", permission=Permission.HITS)
def list_marks(call: Call, contact_id: int) -> MarkListOut:
    """List the marks of a contact, every origin's, with their hits in the order of time."""
    account_id = call.account_id
    with call.parts.database.read() as connection:
        reading.check_contact(connection, call.caller, contact_id)
        judged = reading.is_judged(connection, account_id, contact_id)
        found, evidence = reading.read_marks(connection, account_id, contact_id)
        given, authors = thumbs.read_thumbs(connection, account_id, contact_id)
    return MarkListOut(
        judged=judged,
        items=[_mark(row, evidence.get(row["id"], ())) for row in found],
        thumbs=[_thumb(row, authors) for row in given],
    )


@routes.put(
    "/contacts/{contact_id}/marks/{topic_id}",
    permission=Permission.MARKS_EDIT,
    statuses={201: "there was no mark of that origin"},
)
def set_mark(call: Call, contact_id: int, topic_id: int, body: MarkIn) -> Answer[MarkOut]:
    """Say that a contact is about a topic, or that it is not.

    A person's word counts before the rule's and stays through every run until it is taken back. The
    same word again changes nothing and keeps its author.
    """
    with call.parts.database.write() as connection:
        made = people.set_mark(
            connection,
            call.caller,
            contact_id=contact_id,
            topic_id=topic_id,
            origin=body.origin,
            verdict=body.verdict,
        )
        row = reading.read_mark(
            connection,
            call.account_id,
            contact_id=contact_id,
            topic_id=topic_id,
            origin=body.origin,
        )
    return Answer(_mark(row, ()), status=201 if made else 200)


@routes.delete("/contacts/{contact_id}/marks/{topic_id}", permission=Permission.MARKS_EDIT)
def take_back_mark(call: Call, contact_id: int, topic_id: int, query: MarkQuery) -> None:
    """Take a person's word back, so that the next one's counts, in the end the rule's."""
    with call.parts.database.write() as connection:
        people.take_back_mark(
            connection,
            call.caller,
            contact_id=contact_id,
            topic_id=topic_id,
            origin=query.origin,
        )


@routes.put(
    "/contacts/{contact_id}/topics/{topic_id}/thumb",
    permission=Permission.HITS,
    problems={409: "no rule has a verdict that the opinion could be about"},
)
def give_thumb(call: Call, contact_id: int, topic_id: int, body: ThumbIn) -> None:
    """Say that a rule was right, wrong, or missed something on a contact.

    Changes no mark: it only tells how good the rule is, so whoever may see the evidence may give
    it. The caller's earlier opinion on the same place is replaced.
    """
    with call.parts.database.write() as connection:
        thumbs.give_thumb(
            connection,
            call.caller,
            contact_id=contact_id,
            topic_id=topic_id,
            opinion=body.opinion,
            start_ms=body.start_ms,
        )


@routes.delete("/contacts/{contact_id}/topics/{topic_id}/thumb", permission=Permission.HITS)
def take_back_thumb(call: Call, contact_id: int, topic_id: int, query: ThumbQuery) -> None:
    """Take one's own opinion on a place back."""
    with call.parts.database.write() as connection:
        thumbs.take_back_thumb(
            connection,
            call.caller,
            contact_id=contact_id,
            topic_id=topic_id,
            start_ms=query.start_ms,
        )


@routes.get("/topics/{topic_id}/precision", permission=Permission.HITS)
def read_precision(call: Call, topic_id: int) -> PrecisionOut:
    """Read how precise a topic's rule was so far, and how much it found, by people's thumbs.

    A place on a contact counts once, by the newest opinion on it. Counted are contacts that the
    caller sees.
    """
    with call.parts.database.read() as connection:
        reading.check_topic(connection, call.account_id, topic_id)
        found = thumbs.precision_of(connection, call.caller, [topic_id])[topic_id]
    versions = [
        VersionOpinionsOut(version=number, **_opinions(opinions).model_dump())
        for number, opinions in sorted(found.versions.items(), reverse=True)
    ]
    total = _opinions(found.total).model_dump()
    return PrecisionOut(topic_id=topic_id, versions=versions, **total)


@routes.get("/topics/{topic_id}/hits", permission=Permission.HITS)
def list_topic_hits(call: Call, topic_id: int, query: TopicHitsQuery) -> Page[TopicHitOut]:
    """List what a topic's rule found, the newest contact first, within it in the order of time."""
    with call.parts.database.read() as connection:
        reading.check_topic(connection, call.account_id, topic_id)
        rows = reading.read_topic_hits(
            connection,
            call.caller,
            topic_id,
            from_ms=query.started_from,
            to_ms=query.started_to,
            position=call.position(query),
            limit=query.limit + 1,
        )
    return call.page(
        Page[TopicHitOut],
        query,
        [_topic_hit(row) for row in rows],
        lambda hit: (hit.contact_started_at, hit.contact_id, -hit.contact_start_ms, -hit.id),
    )


def _mark(row: RowMapping, found: Sequence[RowMapping]) -> MarkOut:
    author_id = row["author_id"]
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
        current=_is_current(row),
        author=None if author_id is None else AuthorOut(id=author_id, name=row["author_name"]),
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


def _topic_hit(row: RowMapping) -> TopicHitOut:
    return TopicHitOut(
        **_hit(row).model_dump(),
        contact_id=row["contact_id"],
        contact_external_id=row["contact_external_id"],
        contact_started_at=row["contact_started_at_ms"],
        employee_name=row["employee_name"],
        version=row["number"],
        current=_is_current(row),
        effective=row["effective"],
    )


def _is_current(row: RowMapping) -> bool:
    return row["number"] is None or bool(row["number"] == row["active_version"])


def _thumb(row: RowMapping, authors: Mapping[str, tuple[int, str]]) -> ThumbOut:
    author = authors.get(row["actor"])
    return ThumbOut(
        topic_id=row["topic_id"],
        opinion=row["opinion"],
        start_ms=row["start_ms"],
        version=row["number"],
        author=None if author is None else AuthorOut(id=author[0], name=author[1]),
        created_at=row["created_at_ms"],
    )


def _opinions(counted: thumbs.Opinions) -> OpinionsOut:
    return OpinionsOut(
        right=counted.right,
        wrong=counted.wrong,
        missed=counted.missed,
        precision=counted.precision,
        recall=counted.recall,
    )
