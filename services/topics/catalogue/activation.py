"""Puts a draft in force."""

from typing import Any

from sqlalchemy import Row

from services.topics.catalogue import store, versions_store
from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.checking import Text, broken_examples
from services.topics.catalogue.editing import editing, refuse_archived
from services.topics.catalogue.revisions import raise_revision
from services.topics.catalogue.switching import NotActivatable, refuse_missing
from shared.errors import Conflict
from shared.http.body import MAX_ERRORS
from shared.http.revisions import refuse_stale
from shared.http.routes import Call


def activate(call: Call, topic_id: int) -> None:
    """Make the topic's draft its version in force.

    Examples are judged outside of the transaction that puts it in force, and judged once more
    when rules have changed meanwhile. Raises Conflict without a draft or when it says nothing new,
    NotActivatable when an example breaks or a topic that it asks about is missing.
    """
    while not _activated(call, topic_id):
        pass


def _activated(call: Call, topic_id: int) -> bool:
    with call.parts.database.read() as connection:
        catalogue = store.read_catalogue(connection, call.account_id)
        topic = store.find_topic(connection, call.account_id, topic_id)
        draft, in_force = versions_store.current(connection, call.account_id, topic_id)
    refuse_stale(call.request, topic.revision)
    refuse_archived(topic)
    if draft is None or (in_force is not None and _written(draft) == _written(in_force)):
        raise Conflict("there is nothing to activate: no draft that differs from what is in force")
    _refuse_broken(versions_store.text_of(draft), topic.key, catalogue)
    with editing(call, topic_id) as edit:
        # With If-Match: * the draft may have been written over since its examples were judged.
        if (edit.rules_revision, edit.topic.revision) != (catalogue.revision, topic.revision):
            return False
        affected = catalogue.affected(topic.key)
        revision = raise_revision(edit.connection, call.account_id, affected)
        versions_store.put_in_force(
            edit.connection, call.caller, topic_id, number=draft.number, revision=revision
        )
        store.change_topic(edit.connection, call.caller, topic_id, {"active_version": draft.number})
    return True


def _refuse_broken(text: Text, key: str, catalogue: Catalogue) -> None:
    refuse_missing(list(catalogue.missing(text.rule, key)))
    broken = broken_examples(text, catalogue)
    if broken:
        _, first = broken[0]
        detail = f"{len(broken)} of the examples break, such as {first}"
        raise NotActivatable(detail, broken[:MAX_ERRORS])


def _written(version: Row[Any]) -> tuple[Any, ...]:
    return version.rule, version.should_match, version.should_not_match
