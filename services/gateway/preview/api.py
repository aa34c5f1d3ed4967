"""The preview over HTTP; the filter is the journal's, what is judged the topics'."""

import time
from dataclasses import replace

from services.gateway.preview.presence import is_waiting
from services.gateway.preview.schemas import PreviewIn
from services.journal.store import read_calendar
from services.journal.wanted import asked_contacts
from services.topics.catalogue.sent_rule import read_rule
from services.topics.preview.gate import admitted
from services.topics.preview.preview import Draft, begin, count, show
from services.topics.preview.schemas import PreviewOut
from shared.contacts.filters import ContactFilter
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("topics")

_CALLS = ("call",)


@routes.post(
    "/topics/preview",
    permission=Permission.TOPICS_EDIT,
    problems={429: "Two previews are running in this process; see Retry-After."},
)
def preview_rule(call: Call, body: PreviewIn) -> PreviewOut:
    """Judge a rule that is not saved on the newest calls that the caller sees.

    Nothing is stored. A rule that cannot be read, or that asks about topics that are not in force,
    is refused with the path and the reason of every fault.
    """
    started_s = time.monotonic()
    rule = read_rule(body.rule)
    database, caller = call.parts.database, call.caller
    with admitted():
        draft = Draft(rule, body.key, _wanted(call, body), body.calls)
        previewing, contact_ids = begin(database, caller, draft)
        tally = count(previewing, contact_ids, is_wanted=lambda: is_waiting(call.request.environ))
        shown = None
        if caller.may(Permission.HITS) and caller.may(Permission.TRANSCRIPT):
            shown = show(database, caller, previewing, tally)
    return PreviewOut(
        calls=tally.calls,
        yes=tally.yes,
        no=tally.no,
        undecidable=tally.undecidable,
        not_judged=tally.not_judged,
        samples=None if shown is None else shown.samples,
        near_misses=None if shown is None else shown.near_misses,
        elapsed_ms=round(1000 * (time.monotonic() - started_s)),
    )


def _wanted(call: Call, body: PreviewIn) -> ContactFilter:
    with call.parts.database.read() as connection:
        calendar = read_calendar(connection, call.account_id)
        wanted = asked_contacts(connection, call.account_id, body.filter, calendar, where="filter")
    return replace(wanted, kinds=wanted.kinds or _CALLS)
