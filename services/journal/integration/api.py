"""The door for a foreign journal page: topics, counts and changes by the ids that it knows."""

from services.journal import store
from services.journal.integration import changes_store, lists_store
from services.journal.integration.answers import changes_out, key_out, services_out, topic_count_out
from services.journal.integration.asked import answer
from services.journal.integration.schemas import (
    ChangesOut,
    ChangesQuery,
    ContactKeyOut,
    ContactKeysQuery,
    ServicesOut,
    TopicCountsOut,
    TopicsIn,
    TopicsOut,
)
from services.journal.integration.services_store import read_connected
from services.journal.schemas import ContactFilterIn
from services.journal.wanted import wanted_contacts
from shared.contacts.changes import last_number, number_changes
from shared.contacts.filters import matching
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission

routes = Routes("integration")


@routes.post("/integration/topics", permission=Permission.HITS)
def read_topics(call: Call, body: TopicsIn) -> TopicsOut:
    """Say of up to 1,000 contacts how far each is and which topics are set on it.

    Contacts are named by external ids and answered in the order of asking. One that does not exist,
    or that the caller may not see, is `unknown`. A topic is set by a correction, else by an
    operator, the voice menu or an import, else by its rule.

    States, of which the first that fits holds: `no_recording`; `waiting` for a recording that may
    still come; `queued` and `recognising`; `not_recognised`, because recognition failed or was
    cancelled; `judging`; `not_judged` by some rule that is newer than the last judgement; `judged`.
    """
    with call.parts.database.read() as connection:
        return TopicsOut(items=answer(connection, call.caller, body))


@routes.get("/integration/contacts", permission=Permission.CALLS)
def list_contacts(call: Call, query: ContactKeysQuery) -> Page[ContactKeyOut]:
    """List the external ids of the contacts that match, the newest first.

    The filters are those of the journal's own list: all must hold, of a filter that is given
    several times any, and of topics as many as `topic_match` says.
    """
    with call.parts.database.read() as connection:
        calendar = store.read_calendar(connection, call.account_id)
        wanted = wanted_contacts(connection, call.account_id, query, calendar)
        rows = lists_store.read_keys(
            connection,
            call.caller,
            matching(call.account_id, wanted),
            position=call.position(query),
            limit=query.limit + 1,
        )
    return call.page(
        Page[ContactKeyOut],
        query,
        [key_out(row) for row in rows],
        lambda contact: (contact.started_at, contact.contact_id),
    )


@routes.get("/integration/topic-counts", permission=Permission.CALLS)
def count_topics(call: Call, query: ContactFilterIn) -> TopicCountsOut:
    """Count on how many of the contacts that match each topic is set, by the topic's name.

    Topics that are set on none are listed too, archived ones are not.
    """
    with call.parts.database.read() as connection:
        calendar = store.read_calendar(connection, call.account_id)
        wanted = wanted_contacts(connection, call.account_id, query, calendar)
        conditions = matching(call.account_id, wanted)
        counts = lists_store.count_by_topic(connection, call.caller, conditions)
        total, not_judged = lists_store.count_contacts(connection, call.caller, conditions)
        topics = lists_store.read_topics(connection, call.account_id)
    return TopicCountsOut(
        contacts=total,
        not_judged=not_judged,
        items=[topic_count_out(row, counts) for row in topics],
    )


@routes.get("/integration/services", permission=Permission.CALLS)
def list_services(call: Call) -> ServicesOut:
    """Say which services are connected, and where the others can be.

    Recording is connected once a recording has come in; speech analytics once there are a speech
    model and a topic in force.
    """
    with call.parts.database.read() as connection:
        connected = read_connected(connection, call.account_id)
    return ServicesOut(items=services_out(connected, call.parts.settings.speech_model))


@routes.get(
    "/integration/changes",
    permission=Permission.CALLS,
    problems={400: "`after` is no place in the feed: read it from the beginning."},
)
def read_changes(call: Call, query: ChangesQuery) -> ChangesOut:
    """Read which contacts' topics, transcript or recordings changed, in the order of numbers.

    A change is numbered after it was stored for good, so whoever follows `next_after` misses none.
    A contact that changes again moves to the end: the feed holds the last change of each kind.
    There may be fewer items than `limit`, or none, although there is `more`.
    """
    database = call.parts.database
    number_changes(database, call.account_id)
    with database.read() as connection:
        if query.after is None:
            after = 0
        elif query.after == "now":
            after = last_number(connection, call.account_id)
        else:
            after = changes_store.check_position(connection, call.account_id, query.after)
        part = changes_store.read_part(connection, call.caller, after=after, limit=query.limit)
    return changes_out(part)
