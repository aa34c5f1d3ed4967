"""Reads what was said on contacts: legs, packed transcripts, who can be heard, what was told."""

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select

from services.topics.marking.facts_store import read_facts, read_leg_names
from services.topics.matching.speech import (
    BOTH_SIDES,
    Flags,
    Ints,
    LegColumns,
    RecordingColumns,
    Sides,
    Speech,
    TokenColumns,
)
from shared.contacts.hearing import WITHOUT_TALK
from shared.db.among import among
from shared.db.tables import (
    contacts,
    legs,
    packed_transcripts,
    recording_legs,
    recordings,
    transcripts,
)
from shared.domain.recording import Direction
from shared.text.displayed import displayed_words
from shared.text.packed import join_columns

# Arithmetic on arrays knows no null, and what it stands for here is never negative.
NONE = -1


def read_speech(
    connection: Connection,
    *,
    account_id: int,
    contact_ids: Collection[int],
    facts: bool,
    words: bool = True,
) -> Speech:
    """What is stored of the speech of contacts, by their ids; those that are no more are left out.

    `facts` tells whether a rule asks what the telephone system told of them, `words` whether hits
    will be asked for and not verdicts alone. Raises ValueError on packed words of another format.
    """
    ids, internal, spans = _read_contacts(connection, account_id, contact_ids)
    recorded, tokens = _read_recordings(connection, account_id, contact_ids, ids, words=words)
    covers = _read_covers(connection, account_id, recorded, spans)
    recorded_ms = np.zeros(len(ids), np.int64)
    known = recorded.transcribed
    np.maximum.at(
        recorded_ms, recorded.contact[known], (recorded.offset_ms + recorded.duration_ms)[known]
    )
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
        recordings=_transcribed(recorded, covers, spans),
        tokens=tokens,
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


class _Recorded(NamedTuple):
    """Recordings by contact and time; `contact` is a place, `audible` 0 without a transcript."""

    contact: Ints
    recording_id: Ints
    offset_ms: Ints
    duration_ms: Ints
    audible: Ints
    transcribed: Flags


class _Spans(NamedTuple):
    """Legs by contact and time, on the contact's clock; `contact` is a place.

    The end is told, else where the next leg begins, else the contact's end, else NONE.
    """

    contact: Ints
    leg_id: Ints
    employee_id: Ints
    start_ms: Ints
    end_ms: Ints
    talked: Flags


class _Covers(NamedTuple):
    """Which recording covers which leg, as places, by recording and then by leg."""

    recording: Ints
    leg: Ints


def _read_contacts(
    connection: Connection, account_id: int, contact_ids: Collection[int]
) -> tuple[Ints, Flags, _Spans]:
    """Ids of the contacts, which of them are internal, and their legs."""
    (
        contact_id,
        contact_start_ms,
        contact_end_ms,
        internal,
        leg_id,
        start_ms,
        end_ms,
        who,
        talked,
    ) = _ints(
        connection.execute(
            select(
                contacts.c.id,
                contacts.c.started_at_ms,
                func.coalesce(contacts.c.ended_at_ms, NONE),
                case((contacts.c.direction == Direction.INTERNAL, 1), else_=0),
                func.coalesce(legs.c.id, NONE),
                func.coalesce(legs.c.started_at_ms, NONE),
                func.coalesce(legs.c.ended_at_ms, NONE),
                func.coalesce(legs.c.employee_id, NONE),
                case((legs.c.result.in_(WITHOUT_TALK), 0), else_=1),
            )
            .outerjoin(
                legs, (legs.c.contact_id == contacts.c.id) & (legs.c.account_id == account_id)
            )
            .where(
                contacts.c.account_id == account_id,
                among(connection, contacts.c.id, contact_ids),
            )
            .order_by(contacts.c.id, legs.c.position)
        ).all(),
        columns=9,
    )
    ids, first = np.unique(contact_id, return_index=True)
    is_leg = leg_id != NONE
    is_last = np.append(contact_id[1:] != contact_id[:-1], True)[: len(contact_id)]
    following = np.where(is_last, contact_end_ms, np.append(start_ms[1:], NONE)[: len(start_ms)])
    ends_at_ms = np.where(end_ms == NONE, following, end_ms)
    return (
        ids,
        internal[first] == 1,
        _Spans(
            contact=np.searchsorted(ids, contact_id[is_leg]),
            leg_id=leg_id[is_leg],
            employee_id=who[is_leg],
            start_ms=(start_ms - contact_start_ms)[is_leg],
            end_ms=np.where(ends_at_ms == NONE, NONE, ends_at_ms - contact_start_ms)[is_leg],
            talked=talked[is_leg] == 1,
        ),
    )


def _read_recordings(
    connection: Connection,
    account_id: int,
    contact_ids: Collection[int],
    ids: Ints,
    *,
    words: bool,
) -> tuple[_Recorded, TokenColumns]:
    packed = packed_transcripts.c
    rows = connection.execute(
        select(
            recordings.c.contact_id,
            recordings.c.id,
            recordings.c.offset_ms,
            func.coalesce(recordings.c.duration_ms, NONE),
            func.coalesce(recordings.c.audible, 0),
            func.coalesce(packed.format, NONE),
            packed.token_ids,
            packed.speakers,
            packed.start_ms,
            packed.end_ms,
            *([packed.word_index] if words else []),
        )
        .outerjoin(
            packed_transcripts,
            (packed.recording_id == recordings.c.id) & (packed.account_id == account_id),
        )
        .where(
            recordings.c.account_id == account_id,
            among(connection, recordings.c.contact_id, contact_ids),
        )
    ).all()
    # Sorted here: a database would copy the words about for it.
    rows = sorted(rows, key=itemgetter(0, 2, 1))
    rows_of = list(zip(*rows, strict=True)) if rows else [()] * (10 + words)
    contact_id, recording_id, offset_ms, duration_ms, audible, form = (
        np.array(column, np.int64) for column in rows_of[:6]
    )
    transcribed = form != NONE
    present = np.flatnonzero(transcribed).tolist()
    names = ["token_ids", "speakers", "start_ms", "end_ms", "word_index"]
    blobs = {
        name: [column[n] for n in present] for name, column in zip(names, rows_of[6:], strict=False)
    }
    begin, columns = join_columns(form[transcribed], blobs)
    tokens = TokenColumns(
        begin=begin,
        ids=columns["token_ids"],
        speakers=columns["speakers"],
        start_ms=columns["start_ms"],
        end_ms=columns["end_ms"],
        word_index=columns.get("word_index"),
    )
    # Not measured yet: as long as the words reach.
    spoken_ms = np.zeros(len(duration_ms), np.int64)
    for place, n in enumerate(present) if (duration_ms == NONE).any() else ():
        spoken_ms[n] = max(tokens.end_ms[begin[place] : begin[place + 1]].tolist(), default=0)
    return (
        _Recorded(
            np.searchsorted(ids, contact_id),
            recording_id,
            offset_ms,
            np.where(duration_ms == NONE, spoken_ms, duration_ms),
            audible,
            transcribed,
        ),
        tokens,
    )


def _read_covers(
    connection: Connection, account_id: int, recorded: _Recorded, spans: _Spans
) -> _Covers:
    recording_id, leg_id = _ints(
        connection.execute(
            select(recording_legs.c.recording_id, recording_legs.c.leg_id).where(
                recording_legs.c.account_id == account_id,
                among(connection, recording_legs.c.recording_id, recorded.recording_id.tolist()),
            )
        ).all(),
        columns=2,
    )
    recording = _place_of(recording_id, recorded.recording_id)
    leg = _place_of(leg_id, spans.leg_id)
    order = np.lexsort((leg, recording))
    recording, leg = recording[order], leg[order]
    # A leg that is not of the recording's contact is a leg of nothing here.
    own = (recording >= 0) & (leg >= 0)
    own[own] = recorded.contact[recording[own]] == spans.contact[leg[own]]
    return _Covers(recording[own], leg[own])


def _transcribed(recorded: _Recorded, covers: _Covers, spans: _Spans) -> RecordingColumns:
    known = recorded.transcribed
    first_leg = np.searchsorted(spans.contact, spans.contact[covers.leg])
    of_known = known[covers.recording]
    counts = np.bincount(covers.recording, minlength=len(known))[known]
    return RecordingColumns(
        contact=recorded.contact[known],
        recording_id=recorded.recording_id[known],
        offset_ms=recorded.offset_ms[known],
        duration_ms=recorded.duration_ms[known],
        audible=recorded.audible[known].astype(np.uint8),
        covers_begin=np.concatenate([[0], np.cumsum(counts)]),
        covers=(covers.leg - first_leg)[of_known],
    )


def _place_of(wanted: Ints, ids: Ints) -> Ints:
    """Place of each wanted id among the ids, -1 where it is not one of them."""
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids[order], wanted), max(len(ids) - 1, 0))
    if len(ids) == 0:
        return np.full(len(wanted), NONE)
    return np.where(ids[order][at] == wanted, order[at], NONE)


def _ints(rows: Sequence[Any], *, columns: int) -> list[NDArray[np.int64]]:
    if not rows:
        return [np.array([], np.int64)] * columns
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]
