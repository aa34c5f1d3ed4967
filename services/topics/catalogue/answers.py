"""Rows of topics as the routes give them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from services.topics.catalogue import store, versions_store
from services.topics.catalogue.checking import Checked, Text, check
from services.topics.catalogue.counting import InForce, Judging
from services.topics.catalogue.counts_store import Period, count_contacts, read_judging
from services.topics.catalogue.reading import read_topic, tab_of
from services.topics.catalogue.schemas import (
    CheckOut,
    CountedTopicOut,
    PeriodQuery,
    TopicDetailOut,
    UnknownWordOut,
    WarningOut,
    WordPlaceOut,
    WrittenIn,
    WrittenOut,
)
from services.topics.catalogue.sent_rule import read_rule
from services.topics.catalogue.vocabulary import vocabulary_of
from shared.http.revisions import etag
from shared.http.routes import Answer, Call
from shared.permissions import Caller, Permission


def topic_fields(row: Row[Any], caller: Caller) -> dict[str, Any]:
    """The TopicFields of a row of `reading`."""
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "tab": tab_of(row, caller),
        "group_id": row.group_id,
        "group": row.heading or None,
        "colour": row.colour,
        "active": row.active,
        "preset": row.preset,
        "author": row.author,
        "created_at": row.created_at_ms,
        "changed_at": row.changed_at_ms,
        "changed_by": row.changed_by,
        "archived_at": row.archived_at_ms,
        "version": row.active_version or None,
        "draft_version": row.draft_number,
        "revision": row.revision,
    }


def figures(row: Row[Any], contacts: int, judging: Judging) -> dict[str, Any]:
    """The Figures of a topic."""
    judged = None
    if store.judges_calls(row):
        judged = judging.judged(InForce(row.id, row.rules_revision))
    return {"contacts": contacts, "judged": judged, "judged_of": judging.total}


def period_of(query: PeriodQuery) -> Period:
    """The calls that a query counts."""
    return Period(query.started_from, query.started_to)


def detail(call: Call, topic_id: int, *, status: int = 200) -> Answer[TopicDetailOut]:
    """The topic as it is now, for whoever just changed it."""
    fields, headers = _detail(call, topic_id)
    return Answer(TopicDetailOut(**fields), status=status, headers=headers)


def counted_detail(call: Call, topic_id: int, period: Period) -> Answer[CountedTopicOut]:
    """The topic as it is now and its calls of a period."""
    fields, headers = _detail(call, topic_id)
    with call.parts.database.read() as connection:
        row = read_topic(connection, call.caller, topic_id)
        contacts = count_contacts(connection, call.caller, period, topic_id)
        judging = read_judging(connection, call.caller, period)
    counted = figures(row, contacts.get(topic_id, 0), judging)
    return Answer(CountedTopicOut(**fields, **counted), headers=headers)


def check_out(checked: Checked) -> CheckOut:
    """What a check found."""
    return CheckOut(
        words=checked.words,
        unknown_words=[
            UnknownWordOut(
                word=word.word,
                places=[WordPlaceOut(path=one.path, phrase=one.phrase) for one in word.places],
                suggestions=list(word.suggestions),
            )
            for word in checked.unknown_words
        ],
        topics=_warnings(checked.topics),
        broken_examples=_warnings(checked.broken_examples),
    )


def text_in(body: WrittenIn) -> Text:
    """What somebody sent of a version; InvalidInput when the rule cannot be read."""
    return Text(read_rule(body.rule), tuple(body.should_match), tuple(body.should_not_match))


def written_out(version: Row[Any]) -> WrittenOut:
    """A version as it was written."""
    text = versions_store.text_of(version)
    return WrittenOut(
        number=version.number,
        rule=text.rule,
        should_match=list(text.should_match),
        should_not_match=list(text.should_not_match),
    )


def _detail(call: Call, topic_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    account_id = call.account_id
    with call.parts.database.read() as connection:
        row = read_topic(connection, call.caller, topic_id)
        draft, in_force = versions_store.current(connection, account_id, topic_id)
        catalogue = store.read_catalogue(connection, account_id)
    fields = topic_fields(row, call.caller) | {
        "in_force": written_out(in_force) if in_force is not None else None,
        "draft": written_out(draft) if draft is not None else None,
        "check": None,
    }
    shown = draft or in_force
    # Suggestions are words of calls that not everybody may see.
    if shown is not None and call.caller.may(Permission.TOPICS_EDIT):
        vocabulary = vocabulary_of(call.parts.database, account_id)
        text = versions_store.text_of(shown)
        fields["check"] = check_out(check(text, row.key, catalogue, vocabulary))
    return fields, etag(row.revision)


def _warnings(places: Sequence[tuple[str, str]]) -> list[WarningOut]:
    return [WarningOut(path=path, reason=reason) for path, reason in places]
