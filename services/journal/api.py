"""The journal's HTTP door: the list of contacts, and one contact with everything that it has."""

from typing import Any

from sqlalchemy import Connection, Row

from services.journal import detail_store, store
from services.journal.answers import (
    contact_fields,
    contact_out,
    contact_sound,
    job_out,
    leg_out,
    marks_out,
    recordings_out,
)
from services.journal.schemas import ContactDetailOut, ContactOut, ContactQuery
from services.journal.wanted import wanted_contacts
from shared.contacts.filters import matching
from shared.contacts.legs import read_legs
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission

routes = Routes("journal")


@routes.get("/contacts", permission=Permission.CALLS)
def list_contacts(call: Call, query: ContactQuery) -> Page[ContactOut]:
    """List contacts, the newest first.

    All filters must hold; of a filter that is given several times, any, and of topics as many as
    `topic_match` says. Contacts that begin while
    you turn pages come on a page that you have passed: none is shown twice, and none that was there
    at the start is missed.
    """
    with call.parts.database.read() as connection:
        calendar = store.read_calendar(connection, call.account_id)
        wanted = wanted_contacts(connection, call.account_id, query, calendar)
        rows = store.list_contacts(
            connection,
            call.caller,
            matching(call.account_id, wanted),
            position=call.position(query),
            limit=query.limit + 1,
        )
        beside = store.read_beside(connection, call.account_id, [row.id for row in rows])
    found = [contact_out(row, beside[row.id], calendar.clock_ms) for row in rows]
    return call.page(
        Page[ContactOut], query, found, lambda contact: (contact.started_at, contact.id)
    )


@routes.get("/contacts/{contact_id}", permission=Permission.CALLS)
def read_contact(call: Call, contact_id: int) -> ContactDetailOut:
    """Read a contact with its legs, recordings, jobs and marks."""
    with call.parts.database.read() as connection:
        return _detail(call, connection, store.read_contact(connection, call.caller, contact_id))


@routes.get("/contacts/by-key/{source}/{external_id:path}", permission=Permission.CALLS)
def read_contact_by_key(call: Call, source: str, external_id: str) -> ContactDetailOut:
    """Read a contact by the external ids of its source and its own."""
    with call.parts.database.read() as connection:
        row = store.read_contact_by_key(connection, call.caller, source, external_id)
        return _detail(call, connection, row)


def _detail(call: Call, connection: Connection, row: Row[Any]) -> ContactDetailOut:
    account_id = call.account_id
    calendar = store.read_calendar(connection, account_id)
    beside = store.read_beside(connection, account_id, [row.id])[row.id]
    sound = detail_store.read_sound(connection, account_id, row.id)
    jobs = detail_store.read_jobs(
        connection, account_id, row.id, [recording.id for recording in sound.recordings]
    )
    marks = None
    if call.caller.may(Permission.HITS):
        marks = marks_out(
            detail_store.read_marks(connection, account_id, row.id),
            detail_store.read_hits(connection, account_id, row.id),
        )
    return ContactDetailOut(
        **contact_fields(row, beside),
        sound=contact_sound(row, beside, calendar.clock_ms),
        favourite=row.favourite,
        legal_hold=row.legal_hold,
        legs=[leg_out(leg) for leg in read_legs(connection, account_id, row.id)],
        recordings=recordings_out(sound),
        jobs=[job_out(job) for job in jobs],
        marks=marks,
        raw=row.raw if call.caller.may(Permission.DETAILS) else None,
    )
