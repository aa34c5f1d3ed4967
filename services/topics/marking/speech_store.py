"""Reads what was said on contacts: legs, packed transcripts, who can be heard, what was told."""

from collections.abc import Collection, Mapping

import numpy as np
from sqlalchemy import Connection, select

from services.topics.marking.facts_store import read_facts, read_leg_names
from services.topics.marking.legs_store import (
    NONE,
    Covers,
    Recorded,
    Spans,
    read_contacts,
    read_recordings,
)
from services.topics.marking.words_store import Sift, Words, read_words
from services.topics.matching.speech import (
    BOTH_SIDES,
    Ints,
    LegColumns,
    RecordingColumns,
    Sides,
    Speech,
)
from shared.db.among import among
from shared.db.tables import transcripts
from shared.text.displayed import displayed_words


def read_speech(
    connection: Connection,
    *,
    account_id: int,
    contact_ids: Collection[int],
    facts: bool,
    words: bool = True,
    sift: Sift | None = None,
) -> Speech:
    """What is stored of the speech of contacts, by their ids; those that are no more are left out.

    `facts` tells whether a rule asks what the telephone system told of them, `words` whether hits
    will be asked for and not verdicts alone. Words in which `sift` finds nothing are left out.
    Raises ValueError on packed words of another format.
    """
    ids, internal, spans = read_contacts(connection, account_id, contact_ids)
    recorded, covers = read_recordings(connection, account_id, contact_ids, ids, spans)
    # On which of several legs a word was said, and how long it all lasts, only its times tell.
    on_several = np.bincount(covers.recording, minlength=len(recorded.contact)) > 1
    said = read_words(
        connection,
        account_id=account_id,
        recording_ids=recorded.recording_id,
        contact=recorded.contact,
        word_index=words,
        sift=sift,
        unsifted=on_several | (recorded.duration_ms == NONE),
    )
    known = said.transcribed
    duration_ms = _durations_ms(recorded, said)
    recorded_ms = np.zeros(len(ids), np.int64)
    np.maximum.at(recorded_ms, recorded.contact[known], (recorded.offset_ms + duration_ms)[known])
    has_legs = np.bincount(spans.contact, minlength=len(ids)) > 0
    is_transcribed = np.bincount(recorded.contact[known], minlength=len(ids)) > 0
    lacks = np.bincount(recorded.contact[~known], minlength=len(ids)) > 0
    covered, lacking = (
        np.bincount(covers.leg[which], minlength=len(spans.contact)) > 0
        for which in (slice(None), ~known[covers.recording])
    )
    groups, employees = read_leg_names(connection, account_id, spans.leg_id) if facts else ([], [])
    # A leg that nobody told the end of lasts as long as what was recorded.
    end_ms = np.where(spans.end_ms == NONE, recorded_ms[spans.contact], spans.end_ms)
    return Speech(
        contact_id=ids,
        talkers=np.where(internal, Sides.OPERATOR, BOTH_SIDES).astype(np.uint8),
        heard=has_legs | (is_transcribed & ~lacks),
        facts=read_facts(connection, account_id, contact_ids) if facts else [],
        legs=LegColumns(
            contact=spans.contact,
            leg_id=spans.leg_id,
            employee_id=spans.employee_id,
            start_ms=spans.start_ms,
            end_ms=np.maximum(spans.start_ms, end_ms),
            talked=spans.talked,
            heard=(covered & ~lacking) | ~spans.talked,
            groups=groups,
            employees=employees,
        ),
        recordings=_transcribed(recorded, duration_ms, covers, spans, said),
        tokens=said.tokens,
    )


def read_displayed_words(
    connection: Connection, *, account_id: int, recording_ids: Collection[int]
) -> Mapping[int, list[str]]:
    """The words of recordings as people see them, by recording; without those not transcribed."""
    rows = connection.execute(
        select(transcripts.c.recording_id, transcripts.c.document).where(
            transcripts.c.account_id == account_id,
            among(connection, transcripts.c.recording_id, recording_ids),
        )
    )
    return {row.recording_id: displayed_words(row.document) for row in rows}


def _durations_ms(recorded: Recorded, said: Words) -> Ints:
    """How long each recording lasts; one not measured yet as long as its words reach."""
    spoken_ms = np.zeros(len(recorded.contact), np.int64)
    tokens = said.tokens
    unmeasured = recorded.duration_ms == NONE
    for place in np.flatnonzero(unmeasured[said.transcribed]).tolist():
        own = tokens.end_ms[tokens.begin[place] : tokens.begin[place + 1]]
        spoken_ms[np.flatnonzero(said.transcribed)[place]] = max(own.tolist(), default=0)
    return np.where(unmeasured, spoken_ms, recorded.duration_ms)


def _transcribed(
    recorded: Recorded, duration_ms: Ints, covers: Covers, spans: Spans, said: Words
) -> RecordingColumns:
    known = said.transcribed
    first_leg = np.searchsorted(spans.contact, spans.contact[covers.leg])
    of_known = known[covers.recording]
    counts = np.bincount(covers.recording, minlength=len(known))[known]
    return RecordingColumns(
        contact=recorded.contact[known],
        recording_id=recorded.recording_id[known],
        offset_ms=recorded.offset_ms[known],
        duration_ms=duration_ms[known],
        audible=recorded.audible[known].astype(np.uint8),
        spoke=said.spoke,
        covers_begin=np.concatenate([[0], np.cumsum(counts)]),
        covers=(covers.leg - first_leg)[of_known],
    )
