"""A preview: the four verdicts of an unsaved rule, calls that it finds, calls that it nearly finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from services.topics.catalogue.store import read_catalogue
from services.topics.explaining.findings import found_out, missed_out
from services.topics.explaining.store import refuse_missing
from services.topics.language.rule import Rule
from services.topics.marking.speech_store import read_displayed_words
from services.topics.marking.store import unknown_is_anyone
from services.topics.matching.match import Hit
from services.topics.preview.judging import Previewing, Tally, offset_ms
from services.topics.preview.misses import LOOKED_AT, PlacedMiss, near_misses
from services.topics.preview.schemas import PreviewMissOut, SampleOut
from services.topics.preview.store import greatest_word, newest, read_contacts
from shared.contacts.filters import ContactFilter
from shared.db.session import Database
from shared.permissions import Caller

MOST_SAMPLES = 20
HITS_PER_SAMPLE = 3
MOST_MISSES = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that is not saved, and which calls it is judged on; `key` is its topic's, if any."""

    rule: Rule
    key: str | None
    wanted: ContactFilter
    calls: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Calls shown beside the counts."""

    samples: list[SampleOut]
    near_misses: list[PreviewMissOut]


def begin(database: Database, caller: Caller, draft: Draft) -> tuple[Previewing, Sequence[int]]:
    """Make ready to judge; the calls that the caller sees, the newest first.

    InvalidInput when the rule asks about topics that cannot be asked about.
    """
    account_id = caller.account_id
    with database.read() as connection:
        catalogue = read_catalogue(connection, account_id)
        refuse_missing(catalogue, draft.rule, draft.key)
        anyone = unknown_is_anyone(connection, account_id)
        contact_ids = newest(connection, caller, draft.wanted, draft.calls)
        greatest = greatest_word(connection, account_id)
    previewing = Previewing(
        database,
        account_id,
        draft.rule,
        catalogue.prerequisites(draft.rule),
        greatest=greatest,
        unknown_is_anyone=anyone,
    )
    return previewing, contact_ids


def count(
    previewing: Previewing, contact_ids: Sequence[int], *, is_wanted: Callable[[], bool]
) -> Tally:
    """The verdicts on the calls; fewer calls as soon as nobody waits for the answer."""
    return previewing.tally(
        contact_ids, most_yes=MOST_SAMPLES, most_no=LOOKED_AT, is_wanted=is_wanted
    )


def show(database: Database, caller: Caller, previewing: Previewing, tally: Tally) -> Shown:
    """The newest calls with a yes and their hits, and what the rule nearly found on others."""
    hits = _hits(previewing, tally.newest_yes)
    misses = near_misses(previewing, tally.newest_no, MOST_MISSES)
    recording_ids = {hit.recording_id for own in hits.values() for hit, _ in own}
    recording_ids |= {one.miss.hit.recording_id for one in misses}
    contact_ids = [*hits, *(one.contact_id for one in misses)]
    with database.read() as connection:
        displayed = read_displayed_words(
            connection, account_id=caller.account_id, recording_ids=recording_ids
        )
        contacts = read_contacts(connection, caller.account_id, contact_ids)
    samples = [
        SampleOut(
            **contacts[contact_id],
            hits=[found_out(hit, at_ms, displayed.get(hit.recording_id, ())) for hit, at_ms in own],
        )
        for contact_id, own in hits.items()
        if contact_id in contacts
    ]
    return Shown(samples, [_miss(contacts, displayed, one) for one in misses])


def _hits(previewing: Previewing, contact_ids: Sequence[int]) -> dict[int, list[tuple[Hit, int]]]:
    """The first hits of each call with the beginning of their recordings, in the order given."""
    batch = previewing.read(contact_ids)
    judged = previewing.judge(batch)
    places = {one: place for place, one in enumerate(batch.speech.contact_id.tolist())}
    found: dict[int, list[tuple[Hit, int]]] = {}
    for contact_id in contact_ids:
        if contact_id in places:
            hits = [
                (hit, offset_ms(batch, hit))
                for hit in judged.hits(previewing.first, places[contact_id])
            ]
            hits.sort(key=lambda one: one[0].start_ms + one[1])
            found[contact_id] = hits[:HITS_PER_SAMPLE]
    return found


def _miss(
    contacts: Mapping[int, RowMapping], displayed: Mapping[int, Sequence[str]], one: PlacedMiss
) -> PreviewMissOut:
    words = displayed.get(one.miss.hit.recording_id, ())
    return PreviewMissOut(
        **contacts[one.contact_id],
        path=one.path,
        miss=missed_out(one.miss, one.offset_ms, words),
    )
