"""A topic's rule over HTTP: check, draft, activation, and the history of versions."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from services.topics.catalogue import store, versions_store
from services.topics.catalogue.activation import activate
from services.topics.catalogue.answers import (
    check_out,
    detail,
    period_of,
    text_in,
    written_out,
)
from services.topics.catalogue.checking import check
from services.topics.catalogue.counting import judged_by_version
from services.topics.catalogue.counts_store import count_by_revision
from services.topics.catalogue.diff import Change, Written, diff
from services.topics.catalogue.editing import editing, refuse_archived
from services.topics.catalogue.limits import refuse_too_long
from services.topics.catalogue.schemas import (
    ChangeOut,
    CheckIn,
    CheckOut,
    DiffOut,
    DiffQuery,
    PeriodQuery,
    TopicDetailOut,
    VersionListOut,
    VersionOut,
    WrittenIn,
    WrittenOut,
)
from services.topics.catalogue.vocabulary import vocabulary_of
from shared.errors import Conflict, NotFound
from shared.http.routes import Answer, Call, Routes
from shared.permissions import Permission

routes = Routes("topics")

_ARCHIVED = {409: "It is in the archive."}


@routes.post("/topics/check", permission=Permission.TOPICS_EDIT)
def check_rule(call: Call, body: CheckIn) -> CheckOut:
    """Say what is wrong with a rule that is not saved yet.

    Words never recognised in the account come with the nearest that were; examples are judged.
    A rule that cannot be read is refused, with the path and the reason of every fault.
    """
    text = text_in(body)
    refuse_too_long(text, call.parts.settings)
    with call.parts.database.read() as connection:
        catalogue = store.read_catalogue(connection, call.account_id)
    vocabulary = vocabulary_of(call.parts.database, call.account_id)
    return check_out(check(text, body.key, catalogue, vocabulary))


@routes.put(
    "/topics/{topic_id}/draft",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems=_ARCHIVED,
)
def put_draft(call: Call, topic_id: int, body: WrittenIn) -> Answer[TopicDetailOut]:
    """Save a draft; any rule that can be read may be saved, and no call is judged by it."""
    text = text_in(body)
    refuse_too_long(text, call.parts.settings)
    with editing(call, topic_id) as edit:
        refuse_archived(edit.topic)
        versions_store.put_draft(edit.connection, call.caller, topic_id, text)
        store.change_topic(edit.connection, call.caller, topic_id, {})
    return detail(call, topic_id)


@routes.delete("/topics/{topic_id}/draft", permission=Permission.TOPICS_EDIT, revised=True)
def delete_draft(call: Call, topic_id: int) -> Answer[TopicDetailOut]:
    """Throw the draft away."""
    with editing(call, topic_id) as edit:
        versions_store.delete_draft(edit.connection, call.account_id, topic_id)
        store.change_topic(edit.connection, call.caller, topic_id, {})
    return detail(call, topic_id)


@routes.post(
    "/topics/{topic_id}/activate",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems={
        409: "`not-activatable`: examples break, or a topic that it asks about is missing; "
        "`errors` names each. `conflict`: there is nothing to activate, or it is archived."
    },
)
def activate_topic(call: Call, topic_id: int) -> Answer[TopicDetailOut]:
    """Put the draft in force: calls that come are judged by it.

    Calls judged before keep their verdicts until a run judges them anew.
    """
    activate(call, topic_id)
    return detail(call, topic_id)


@routes.get("/topics/{topic_id}/versions", permission=Permission.CALLS)
def list_versions(call: Call, topic_id: int, query: PeriodQuery) -> VersionListOut:
    """List the versions of a topic, the newest first, with the calls that each judged last."""
    with call.parts.database.read() as connection:
        topic = store.find_topic(connection, call.account_id, topic_id)
        rows = versions_store.list_versions(connection, call.account_id, topic_id)
        calls = count_by_revision(connection, call.caller, period_of(query), topic_id)
    activated = [(row.number, row.activated_revision) for row in rows if row.activated_revision]
    judged = judged_by_version(activated, calls, since=topic.rules_revision)
    return VersionListOut(
        items=[
            VersionOut(
                number=row.number,
                state=row.state,
                author=row.author,
                written_at=row.created_at_ms,
                activated_at=row.activated_at_ms,
                activated_by=row.activated_by,
                judged=_judged(topic, row.number, judged),
                judged_of=sum(calls.values()),
            )
            for row in rows
        ]
    )


@routes.get("/topics/{topic_id}/versions/{number}", permission=Permission.CALLS)
def get_version(call: Call, topic_id: int, number: int) -> WrittenOut:
    """Read the rule and the examples of a version."""
    with call.parts.database.read() as connection:
        store.find_topic(connection, call.account_id, topic_id)
        row = versions_store.read_version(connection, call.account_id, topic_id, number)
    return written_out(row)


@routes.get("/topics/{topic_id}/versions/{number}/diff", permission=Permission.CALLS)
def diff_version(call: Call, topic_id: int, number: int, query: DiffQuery) -> DiffOut:
    """Say what a version has that an older one has not, and the other way round.

    Conditions, phrases and examples that only moved are no difference.
    """
    with call.parts.database.read() as connection:
        store.find_topic(connection, call.account_id, topic_id)
        rows = versions_store.list_versions(connection, call.account_id, topic_id)
    versions = {row.number: row for row in rows}
    against = query.against
    if against is None:
        against = max((one for one in versions if one < number), default=number)
    for one in (number, against):
        if one not in versions:
            raise NotFound(f"the topic has no version {one}")
    found = diff(_written(versions[against]), _written(versions[number]))
    return DiffOut(
        number=number,
        against=against,
        rule=[_change(one) for one in found.rule],
        phrases=[_change(one) for one in found.phrases],
        examples=[_change(one) for one in found.examples],
    )


@routes.post(
    "/topics/{topic_id}/versions/{number}/restore",
    permission=Permission.TOPICS_EDIT,
    revised=True,
    problems={409: "It is the draft, or the topic is in the archive."},
)
def restore_version(call: Call, topic_id: int, number: int) -> Answer[TopicDetailOut]:
    """Write an older version into the draft, in place of what is in it."""
    with editing(call, topic_id) as edit:
        refuse_archived(edit.topic)
        row = versions_store.read_version(edit.connection, call.account_id, topic_id, number)
        if row.state == versions_store.DRAFT:
            raise Conflict(f"version {number} is the draft itself")
        text = versions_store.text_of(row)
        versions_store.put_draft(edit.connection, call.caller, topic_id, text)
        store.change_topic(edit.connection, call.caller, topic_id, {})
    return detail(call, topic_id)


def _judged(topic: Row[Any], number: int, judged: Mapping[int, int]) -> int | None:
    # Calls tagged while the topic is out of force look as if its version had judged them.
    if number == topic.active_version and not store.judges_calls(topic):
        return None
    return judged.get(number, 0)


def _written(version: Row[Any]) -> Written:
    return Written(version.rule, version.should_match, version.should_not_match)


def _change(change: Change) -> ChangeOut:
    return ChangeOut(kind=change.kind, path=change.path, before=change.before, after=change.after)
