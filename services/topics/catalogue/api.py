"""Topics over HTTP: the list, one topic, what it is called and where it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from services.topics.catalogue import reading, store, versions_store
from services.topics.catalogue.answers import (
    counted_detail,
    detail,
    figures,
    period_of,
    text_in,
    topic_fields,
)
from services.topics.catalogue.checking import Text
from services.topics.catalogue.counts_store import count_contacts, read_judging
from services.topics.catalogue.editing import editing, refuse_archived
from services.topics.catalogue.keys import make_key
from services.topics.catalogue.limits import refuse_too_long, refuse_too_many
from services.topics.catalogue.revisions import lock_rules
from services.topics.catalogue.schemas import (
    CopyIn,
    CountedTopicOut,
    PeriodQuery,
    TopicDetailOut,
    TopicIn,
    TopicListOut,
    TopicOut,
    TopicPatch,
    TopicsQuery,
)
from services.topics.catalogue.stored_rule import from_stored
from services.topics.catalogue.switching import switch_off, switch_on
from services.topics.catalogue.vocabulary import vocabulary_of
from services.topics.catalogue.words import words_of
from shared.db.session import now_ms
from shared.errors import Conflict, InvalidInput
from shared.http.body import refuse_nulls
from shared.http.routes import Answer, Call, Routes
from shared.paging import Position
from shared.permissions import Permission

routes = Routes("topics")


@routes.get("/topics", permission=Permission.CALLS)
def list_topics(call: Call, query: TopicsQuery) -> TopicListOut:
    """List topics with the number of calls that each is set on and has judged.

    Counted are the calls of the period that the caller sees, by the mark that counts: a
    correction, else an operator's, else a rule's. `not_judged` says how many of them the rules in
    force have not judged yet.
    """
    period = period_of(query)
    wanted = reading.TopicFilter(query.tab, query.search, query.active, query.archived)
    with call.parts.database.read() as connection:
        rows = reading.list_topics(
            connection,
            call.caller,
            wanted,
            position=call.position(query),
            limit=query.limit + 1,
        )
        in_force = reading.topics_in_force(connection, call.account_id)
        judging = read_judging(connection, call.caller, period)
        contacts = count_contacts(connection, call.caller, period)
    shown = rows[: query.limit]
    words = _count_words(call, shown)
    more = len(rows) > query.limit
    return TopicListOut(
        items=[
            TopicOut(
                **topic_fields(row, call.caller),
                **figures(row, contacts.get(row.id, 0), judging),
                words=own,
                unknown_words=unknown,
            )
            for row, (own, unknown) in zip(shown, words, strict=True)
        ],
        next_cursor=call.cursor(query, _position(shown[-1])) if more else None,
        contacts=judging.total,
        not_judged=judging.total - judging.judged_by_all(in_force),
    )


@routes.get("/topics/{topic_id}", permission=Permission.CALLS)
def get_topic(call: Call, topic_id: int, query: PeriodQuery) -> Answer[CountedTopicOut]:
    """Show a topic with the rule in force, the draft, and what is wrong with them.

    The header `ETag` is what a change sends as `If-Match`.
    """
    return counted_detail(call, topic_id, period_of(query))


@routes.post(
    "/topics",
    permission=Permission.TOPICS_EDIT,
    status=201,
    problems={409: "The key is taken, or the account has as many topics as it may."},
)
def create_topic(call: Call, body: TopicIn) -> Answer[TopicDetailOut]:
    """Make a topic with a draft; calls are judged by it once the draft is activated."""
    text = text_in(body)
    refuse_too_long(text, call.parts.settings)
    topic_id = _create(
        call, text, body.name, {"colour": body.colour, "group_id": body.group_id}, key=body.key
    )
    return detail(call, topic_id, status=201)


@routes.patch(
    "/topics/{topic_id}",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems={409: "It is archived, or cannot be switched on or off as topics ask about topics."},
)
def change_topic(call: Call, topic_id: int, body: TopicPatch) -> Answer[TopicDetailOut]:
    """Rename a topic, change its colour or heading, switch it on or off.

    Switched off, it judges no more calls; marks stay as they are. Switched on again, all calls
    count as not judged by it.
    """
    refuse_nulls(body, nullable=["group_id"])
    changes = body.model_dump(exclude_unset=True)
    with editing(call, topic_id) as edit:
        refuse_archived(edit.topic)
        _refuse_group(call, edit.connection, body.group_id)
        if (
            body.active is not None
            and body.active != edit.topic.active
            and edit.topic.active_version
        ):
            switch = switch_on if body.active else switch_off
            switch(edit.connection, call.account_id, edit.topic.key)
        if changes:
            store.change_topic(edit.connection, call.caller, topic_id, changes)
    return detail(call, topic_id)


@routes.post(
    "/topics/{topic_id}/archive",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems={409: "It is archived already, or topics in force ask about it."},
)
def archive_topic(call: Call, topic_id: int) -> Answer[TopicDetailOut]:
    """Put a topic into the archive: it judges no more calls; its versions and marks stay."""
    with editing(call, topic_id) as edit:
        refuse_archived(edit.topic)
        if store.judges_calls(edit.topic):
            switch_off(edit.connection, call.account_id, edit.topic.key)
        store.change_topic(
            edit.connection, call.caller, topic_id, {"archived_at_ms": now_ms(), "active": False}
        )
    return detail(call, topic_id)


@routes.post(
    "/topics/{topic_id}/restore",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems={409: "It is not archived, or the account has as many topics as it may."},
)
def restore_topic(call: Call, topic_id: int) -> Answer[TopicDetailOut]:
    """Take a topic out of the archive; it comes back switched off."""
    with editing(call, topic_id) as edit:
        if edit.topic.archived_at_ms is None:
            raise Conflict("the topic is not in the archive")
        refuse_too_many(edit.connection, call.account_id, call.parts.settings)
        store.change_topic(edit.connection, call.caller, topic_id, {"archived_at_ms": None})
    return detail(call, topic_id)


@routes.post(
    "/topics/{topic_id}/duplicate",
    permission=Permission.TOPICS_EDIT,
    status=201,
    problems={409: "The account has as many topics as it may."},
)
def duplicate_topic(call: Call, topic_id: int, body: CopyIn) -> Answer[TopicDetailOut]:
    """Make a topic like another one; its draft is the other's, or else its rule in force."""
    with call.parts.database.read() as connection:
        topic = store.find_topic(connection, call.account_id, topic_id)
        draft, in_force = versions_store.current(connection, call.account_id, topic_id)
    version = draft or in_force
    if version is None:
        raise Conflict("the topic has no rule to copy")
    text = versions_store.text_of(version)
    looks = {"colour": topic.colour, "group_id": topic.group_id}
    return detail(call, _create(call, text, body.name, looks), status=201)


def _create(
    call: Call, text: Text, name: str, looks: Mapping[str, Any], *, key: str | None = None
) -> int:
    """Make a topic with its first draft; its id."""
    with call.parts.database.write() as connection:
        lock_rules(connection, call.account_id)
        refuse_too_many(connection, call.account_id, call.parts.settings)
        _refuse_group(call, connection, looks["group_id"])
        taken = store.taken_keys(connection, call.account_id)
        if key in taken:
            raise Conflict(f"the account has a topic with the key «{key}»")
        topic_id = store.insert_topic(
            connection, call.caller, {"name": name, "key": key or make_key(name, taken), **looks}
        )
        versions_store.put_draft(connection, call.caller, topic_id, text)
    return topic_id


def _refuse_group(call: Call, connection: Connection, group_id: int | None) -> None:
    if group_id is None:
        return
    if store.find_group(connection, call.account_id, group_id) is None:
        reason = f"there is no heading {group_id}"
        raise InvalidInput(f"group_id: {reason}", [("group_id", reason)])


def _count_words(call: Call, rows: Sequence[Row[Any]]) -> list[tuple[int, int]]:
    """Different words of each topic's rule, and how many of them were never recognised."""
    stored = [row.rule_in_force or row.rule_of_draft for row in rows]
    words = [set(words_of(from_stored(rule))) if rule else set() for rule in stored]
    vocabulary = vocabulary_of(call.parts.database, call.account_id)
    unheard = vocabulary.unheard(set().union(*words))
    return [(len(own), len(own & unheard)) for own in words]


def _position(row: Row[Any]) -> Position:
    return (row.heading, row.name, row.id)
