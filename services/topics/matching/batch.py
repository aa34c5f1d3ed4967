"""Contacts laid out for matching: the words of many calls as one row of arrays."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.matching.speech import Sides, Speech
from shared.text.packed import SPEAKER_BITS

LONGEST_PAUSE_MS = 2000
"""A longer silence of the speaker between two words ends whatever phrase was begun."""

SIDE_OF_CODE = np.array([Sides.OPERATOR, Sides.CLIENT, Sides.UNKNOWN], np.uint8)
"""Side of each speaker code of the packed form."""

NOBODY_ID = -1
"""An employee's id where there is none."""


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


class Tracks(NamedTuple):
    """Recordings as the compiled loops see them: when their words were said, and on which legs.

    Recording r has the tokens from `begin[r]` on and begins at `offset_ms[r]`. It is heard on
    `leg[r]` and, where it covers more than one, on each of `covers[covers_begin[r]:…]` from
    `covers_start_ms` on; both are places in the batch's legs.
    """

    begin: NDArray[np.int64]
    speakers: NDArray[np.uint8]
    start_ms: NDArray[np.uint32]
    end_ms: NDArray[np.uint32]
    offset_ms: NDArray[np.int64]
    leg: NDArray[np.int64]
    covers_begin: NDArray[np.int64]
    covers: NDArray[np.int64]
    covers_start_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Words of many contacts in packed order, with where each lies.

    Contact n has its entries of `legs` from `first_leg[n]` to `first_leg[n + 1]`; its tokens begin
    at `contact_begin[n]`. `length_ms` has one entry per contact.
    """

    speech: Speech
    length_ms: NDArray[np.int64]
    first_leg: NDArray[np.int64]
    contact_begin: NDArray[np.int64]
    legs: Legs
    tracks: Tracks

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

    def legs_of(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Place in `legs` of the leg that each token was said on."""
        from services.topics.matching.compiled import words

        return np.asarray(words.legs_of(self.tracks, tokens))

    def is_broken(self, first: int, last: int) -> bool:
        """Whether no phrase goes on from one token to another of the same recording.

        Another lane or leg breaks it, and a long pause.
        """
        from services.topics.matching.compiled import words

        return bool(words.is_broken(self.tracks, first, last))

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
    from services.topics.matching.compiled.words import speakers_of_legs

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
    first_covered = first_legs.copy()
    covering_some = np.diff(recordings.covers_begin) > 0
    first_covered[covering_some] = covered[recordings.covers_begin[:-1][covering_some]]
    tracks = Tracks(
        tokens.begin,
        tokens.speakers,
        tokens.start_ms,
        tokens.end_ms,
        recordings.offset_ms,
        first_covered,
        recordings.covers_begin,
        covered,
        leg_starts_ms[covered],
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
            spoke=speakers_of_legs(tracks, recordings.spoke, int(first_leg[-1])),
        ),
        tracks=tracks,
    )


def _places_within(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … for each of `counts` groups in turn."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
