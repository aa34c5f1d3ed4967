"""Contacts laid out for matching: the words of many calls as one row of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.topics.matching.speech import (
    BOTH_SIDES,
    ContactFacts,
    LegColumns,
    RecordingColumns,
    Sides,
    Speech,
    TokenColumns,
)
from shared.text.packed import SPEAKER_BITS, Packed

__all__ = ["BOTH_SIDES", "ContactFacts", "Sides"]

LONGEST_PAUSE_MS = 2000
"""A longer silence of the speaker between two words ends whatever phrase was begun."""

SIDE_OF_CODE = np.array([Sides.OPERATOR, Sides.CLIENT, Sides.UNKNOWN], np.uint8)
"""Side of each speaker code of the packed form."""

NO_FACTS = ContactFacts()

NOBODY_ID = -1
"""An employee's id where there is none."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg on the contact's clock; see LegColumns."""

    leg_id: int
    employee_id: int | None
    start_ms: int
    end_ms: int
    talked: bool
    heard: bool
    group: str = ""
    employee: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One transcribed recording; `legs` are places in the contact's legs, in their order."""

    recording_id: int
    packed: Packed
    offset_ms: int
    duration_ms: int
    audible: Sides
    legs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContactSpeech:
    """What is stored of the speech of one contact; see Speech."""

    contact_id: int
    talkers: Sides
    heard: bool
    legs: tuple[Leg, ...]
    recordings: tuple[Heard, ...]
    facts: ContactFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Legs:
    """Every leg of a batch, in the order of the contacts; one entry per leg.

    A contact without legs has one entry for its whole length, without an id. `talkers` take part,
    `audible` have a recognised channel, `spoke` said a word: sets of sides as bits. `row` is the
    leg's place in the columns it came from, -1 where there is no leg.
    """

    contact: NDArray[np.int64]
    row: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    talked: NDArray[np.bool_]
    heard: NDArray[np.bool_]
    audible: NDArray[np.uint8]
    talkers: NDArray[np.uint8]
    spoke: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Words of many contacts in packed order, one entry per token, with where each lies.

    `leg` is a place in `legs`, where contact n has its entries from `first_leg[n]` to
    `first_leg[n + 1]`; its tokens begin at `contact_begin[n]`. `fresh` is 1 where a phrase cannot
    go on from the token before: another lane, leg or recording, or a long pause. `length_ms` has
    one entry per contact.
    """

    speech: Speech
    length_ms: NDArray[np.int64]
    first_leg: NDArray[np.int64]
    contact_begin: NDArray[np.int64]
    legs: Legs
    leg: NDArray[np.int32]
    fresh: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the contacts."""
        return len(self.speech)

    def recording_of(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Place of each token's recording."""
        return np.searchsorted(self.speech.tokens.begin, tokens, side="right") - 1

    @property
    def recording(self) -> NDArray[np.int64]:
        """Place of every token's recording; quicker than to look each up."""
        begin = self.speech.tokens.begin
        return np.repeat(np.arange(len(begin) - 1), np.diff(begin))

    def clock(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When every token begins and ends on its contact's clock."""
        offset_ms = self.speech.recordings.offset_ms[self.recording]
        tokens = self.speech.tokens
        return tokens.start_ms + offset_ms, tokens.end_ms + offset_ms

    def starts_ms(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """When each token begins on its contact's clock."""
        offset_ms = self.speech.recordings.offset_ms[self.recording_of(tokens)]
        return self.speech.tokens.start_ms[tokens] + offset_ms

    def ends_ms(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """When each token ends on its contact's clock."""
        offset_ms = self.speech.recordings.offset_ms[self.recording_of(tokens)]
        return self.speech.tokens.end_ms[tokens] + offset_ms

    def sides(self, tokens: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Side of each token's speaker."""
        codes = self.speech.tokens.speakers[tokens] & np.uint8(SPEAKER_BITS)
        return np.asarray(SIDE_OF_CODE[codes])


def lay_out(speech: Speech) -> Batch:
    """Lay out the contacts side by side."""
    # numba takes most of a second to import: only who matches pays it.
    from services.topics.matching import kernel

    legs, recordings, tokens = speech.legs, speech.recordings, speech.tokens
    leg_counts = np.bincount(legs.contact, minlength=len(speech))
    first_leg = np.cumsum(np.concatenate([[0], np.maximum(leg_counts, 1)]))
    place_in_contact = _places_within(leg_counts)
    length_ms = np.zeros(len(speech), np.int64)
    np.maximum.at(length_ms, legs.contact, legs.end_ms)
    np.maximum.at(length_ms, recordings.contact, recordings.offset_ms + recordings.duration_ms)
    at = first_leg[legs.contact] + place_in_contact
    row = np.full(first_leg[-1], -1, np.int64)
    row[at] = np.arange(len(at))
    covering = np.repeat(np.arange(len(recordings.contact)), np.diff(recordings.covers_begin))
    covered = first_leg[recordings.contact[covering]] + recordings.covers
    first_legs = first_leg[recordings.contact]
    leg_starts_ms = np.zeros(first_leg[-1], np.int64)
    leg_starts_ms[at] = legs.start_ms
    leg, fresh, spoke = kernel.lay_out(
        tokens.begin,
        tokens.speakers,
        tokens.start_ms,
        tokens.end_ms,
        recordings.offset_ms,
        first_legs,
        recordings.covers_begin,
        recordings.covers,
        leg_starts_ms[covered],
        int(first_leg[-1]),
    )
    audible = np.zeros(first_leg[-1], np.uint8)
    np.bitwise_or.at(audible, covered, recordings.audible[covering])
    # Where there is at most one leg, every recording is heard on it.
    alone = leg_counts[recordings.contact] <= 1
    np.bitwise_or.at(audible, first_legs[alone], recordings.audible[alone])
    contact = np.repeat(np.arange(len(speech)), np.diff(first_leg))
    ends_ms, talked, heard = (
        length_ms[contact],
        np.ones(len(contact), np.bool_),
        speech.heard[contact],
    )
    ends_ms[at], talked[at], heard[at] = legs.end_ms, legs.talked, legs.heard
    recorded = np.bincount(recordings.contact, minlength=len(speech))
    return Batch(
        speech=speech,
        length_ms=length_ms,
        first_leg=first_leg,
        contact_begin=tokens.begin[np.concatenate([[0], np.cumsum(recorded)])],
        legs=Legs(
            contact=contact,
            row=row,
            start_ms=leg_starts_ms,
            end_ms=ends_ms,
            talked=talked,
            heard=heard,
            audible=audible,
            talkers=speech.talkers[contact],
            spoke=spoke,
        ),
        leg=leg,
        fresh=fresh,
    )


def make_batch(contacts: Sequence[ContactSpeech]) -> Batch:
    """Lay out contacts that are at hand one by one."""
    legs = [(n, leg) for n, contact in enumerate(contacts) for leg in contact.legs]
    heard = [(n, one) for n, contact in enumerate(contacts) for one in contact.recordings]
    return lay_out(
        Speech(
            contact_id=_ints([contact.contact_id for contact in contacts]),
            talkers=np.array([contact.talkers for contact in contacts], np.uint8),
            heard=np.array([contact.heard for contact in contacts], np.bool_),
            facts=[contact.facts for contact in contacts],
            legs=LegColumns(
                contact=_ints([n for n, _ in legs]),
                leg_id=_ints([leg.leg_id for _, leg in legs]),
                employee_id=_ints(
                    [NOBODY_ID if leg.employee_id is None else leg.employee_id for _, leg in legs]
                ),
                start_ms=_ints([leg.start_ms for _, leg in legs]),
                end_ms=_ints([leg.end_ms for _, leg in legs]),
                talked=np.array([leg.talked for _, leg in legs], np.bool_),
                heard=np.array([leg.heard for _, leg in legs], np.bool_),
                groups=[leg.group for _, leg in legs],
                employees=[leg.employee for _, leg in legs],
            ),
            recordings=RecordingColumns(
                contact=_ints([n for n, _ in heard]),
                recording_id=_ints([one.recording_id for _, one in heard]),
                offset_ms=_ints([one.offset_ms for _, one in heard]),
                duration_ms=_ints([one.duration_ms for _, one in heard]),
                audible=np.array([one.audible for _, one in heard], np.uint8),
                covers_begin=np.cumsum([0, *(len(one.legs) for _, one in heard)]),
                # A contact without legs has one place for all of them.
                covers=_ints(
                    [place if contacts[n].legs else 0 for n, one in heard for place in one.legs]
                ),
            ),
            tokens=TokenColumns(
                begin=np.cumsum([0, *(len(one.packed) for _, one in heard)]),
                ids=_joined([one.packed.token_ids for _, one in heard], np.uint32),
                word_index=_joined([one.packed.word_index for _, one in heard], np.uint32),
                speakers=_joined([one.packed.speakers for _, one in heard], np.uint8),
                start_ms=_joined([one.packed.start_ms for _, one in heard], np.uint32),
                end_ms=_joined([one.packed.end_ms for _, one in heard], np.uint32),
            ),
        )
    )


def _ints(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _joined(arrays: list[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(arrays, dtype=kind) if arrays else np.array([], kind)


def _places_within(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … for each of `counts` groups in turn."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
