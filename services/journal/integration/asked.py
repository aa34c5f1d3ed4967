"""The contacts that a foreign journal page asks for, and everything that is answered of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from services.journal import store
from services.journal.answers import contact_sound
from services.journal.integration import topics_store
from services.journal.integration.answers import contact_link, set_topic_out
from services.journal.integration.schemas import (
    CONTACTS_LIMIT,
    ContactTopicsOut,
    TopicsIn,
    VerdictOut,
)
from services.journal.integration.state import contact_state
from services.journal.integration.verdicts_store import read_verdicts
from services.journal.states import recognition_state
from shared.errors import InvalidInput
from shared.permissions import Caller


@dataclass(frozen=True, slots=True)
class Asked:
    """A contact by its external ids, and the place of the request that names its source."""

    source: str
    external_id: str
    place: str


def asked_contacts(body: TopicsIn) -> list[Asked]:
    """The contacts of a request in their order; InvalidInput for none, too many, or no source."""
    total = len(body.external_ids) + len(body.contacts)
    if not 0 < total <= CONTACTS_LIMIT:
        reason = f"names {total} contacts; from 1 to {CONTACTS_LIMIT} can be asked for"
        raise InvalidInput(f"the request {reason}", [("external_ids", reason)])
    if body.external_ids and body.source is None:
        reason = "is needed: whose external ids are these"
        raise InvalidInput(f"`source` {reason}", [("source", reason)])
    by_id = [Asked(body.source or "", external_id, "source") for external_id in body.external_ids]
    return by_id + [
        Asked(one.source, one.external_id, f"contacts[{index}].source")
        for index, one in enumerate(body.contacts)
    ]


def answer(connection: Connection, caller: Caller, body: TopicsIn) -> list[ContactTopicsOut]:
    """An answer for every contact asked for; one that the caller does not see is unknown to them.

    The number of statements does not depend on the number of contacts.
    """
    account_id = caller.account_id
    asked = asked_contacts(body)
    source_ids = _source_ids(connection, account_id, asked)
    topic_ids = store.find_topics(connection, account_id, body.verdicts_of, where="verdicts_of")
    keys = [(source_ids[one.source], one.external_id) for one in asked]
    rows = topics_store.find_contacts(connection, caller, keys)
    ids = [row.id for row in rows.values()]
    clock_ms = store.read_calendar(connection, account_id).clock_ms
    sounds = store.read_sounds(connection, account_id, ids)
    marked = topics_store.read_set_topics(connection, account_id, ids)
    verdicts = read_verdicts(
        connection, account_id, {row.id: row.tagged_revision for row in rows.values()}, topic_ids
    )
    terms = None
    if body.terms:
        mark_ids = [mark.mark_id for found in marked.values() for mark in found]
        terms = topics_store.read_terms(connection, account_id, mark_ids)
    answers = {
        key: {
            "state": contact_state(
                contact_sound(row, sounds[row.id], clock_ms),
                recognition_state(sounds[row.id].recognition),
                tagging=row.tagging,
                judged=row.judged,
            ),
            "contact_id": row.id,
            "link": contact_link(row.id),
            "topics": [
                set_topic_out(mark, None if terms is None else terms[mark.mark_id])
                for mark in marked[row.id]
            ],
            "verdicts": [
                VerdictOut(topic_id=topic_id, topic=name, verdict=verdict)
                for topic_id, name, verdict in zip(
                    topic_ids, body.verdicts_of, verdicts[row.id], strict=True
                )
            ],
        }
        for key, row in rows.items()
    }
    unknown: dict[str, object] = {
        "state": "unknown",
        "contact_id": None,
        "link": None,
        "topics": [],
        "verdicts": [],
    }
    return [
        ContactTopicsOut.model_validate(
            {"source": one.source, "external_id": one.external_id} | answers.get(key, unknown)
        )
        for one, key in zip(asked, keys, strict=True)
    ]


def _source_ids(connection: Connection, account_id: int, asked: Sequence[Asked]) -> dict[str, int]:
    known = topics_store.find_sources(connection, account_id, (one.source for one in asked))
    for one in asked:
        if one.source not in known:
            reason = f"there is no source {one.source!r}"
            raise InvalidInput(reason, [(one.place, reason)])
    return known
