"""Contacts laid out for matching: the words of many calls as one row of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.text.packed import LANE_BITS, SPEAKER_BITS, Packed

LONGEST_PAUSE_MS = 2000
"""A longer silence of the speaker between two words ends whatever phrase was begun."""


class Sides(IntFlag):
    """A set of speakers; the bits are those of `contacts.audible`."""

    NOBODY = 0
    OPERATOR = 1
    CLIENT = 2
    UNKNOWN = 4


BOTH_SIDES = Sides.OPERATOR | Sides.CLIENT

SIDE_OF_CODE = np.array([Sides.OPERATOR, Sides.CLIENT, Sides.UNKNOWN], np.uint8)
"""Side of each speaker code of the packed form."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg on the contact's clock.

    `talked` tells whether anybody can have spoken on it, `heard` whether all that has a transcript.
    """

    leg_id: int
    employee_id: int | None
    start_ms: int
    end_ms: int
    talked: bool
    heard: bool


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
    """What is stored of the speech of one contact.

    `talkers` are the sides that take part at all; `heard` is False where talk that belongs to no
    leg has no transcript.
    """

    contact_id: int
    talkers: Sides
    heard: bool
    legs: tuple[Leg, ...]
    recordings: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Legs:
    """Every leg of a batch, in the order of the contacts; one entry per leg.

    A contact without legs has one entry for its whole length. `talkers` take part, `audible` have a
    recognised channel, `spoke` said a word: sets of sides as bits.
    """

    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    talked: NDArray[np.bool_]
    heard: NDArray[np.bool_]
    audible: NDArray[np.uint8]
    talkers: NDArray[np.uint8]
    spoke: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Words of many contacts in packed order, one entry per token, on their contacts' clocks.

    `stretch` rises where a phrase cannot go on: another lane, leg or recording, or a long pause.
    `leg` is a place in `legs`, where contact n has its entries from `first_leg[n]` on. `length_ms`
    and `heard` have one entry per contact.
    """

    contacts: tuple[ContactSpeech, ...]
    recordings: tuple[Heard, ...]
    length_ms: NDArray[np.int64]
    heard: NDArray[np.bool_]
    first_leg: NDArray[np.int64]
    legs: Legs
    ids: NDArray[np.uint32]
    recording: NDArray[np.int64]
    contact: NDArray[np.int64]
    leg: NDArray[np.int64]
    side: NDArray[np.uint8]
    stretch: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]


def make_batch(contacts: Sequence[ContactSpeech]) -> Batch:
    """Lay out the contacts side by side."""
    recordings = tuple(one for contact in contacts for one in contact.recordings)
    owners = [n for n, contact in enumerate(contacts) for _ in contact.recordings]
    sizes = [len(one.packed) for one in recordings]
    recording = np.repeat(np.arange(len(recordings), dtype=np.int64), sizes)
    offsets = np.array([one.offset_ms for one in recordings], np.int64)[recording]
    lanes: NDArray[np.uint8] = _joined([one.packed.speakers for one in recordings], np.uint8)
    start_ms = _joined([one.packed.start_ms for one in recordings], np.int64) + offsets
    end_ms = _joined([one.packed.end_ms for one in recordings], np.int64) + offsets
    counts = [max(1, len(contact.legs)) for contact in contacts]
    first_leg = np.cumsum([0, *counts])[:-1].astype(np.int64)
    leg = _leg_of_tokens(contacts, recordings, owners, first_leg, start_ms)
    side = SIDE_OF_CODE[lanes & np.uint8(SPEAKER_BITS)]
    spoke = np.zeros(sum(counts), np.uint8)
    np.bitwise_or.at(spoke, leg, side)
    lengths = [_length_ms(contact) for contact in contacts]
    return Batch(
        contacts=tuple(contacts),
        recordings=recordings,
        length_ms=np.array(lengths, np.int64),
        heard=np.array([contact.heard for contact in contacts], np.bool_),
        first_leg=first_leg,
        legs=_legs(contacts, lengths, spoke),
        ids=_joined([one.packed.token_ids for one in recordings], np.uint32),
        recording=recording,
        contact=np.array(owners, np.int64)[recording],
        leg=leg,
        side=side,
        stretch=_stretches(recording, lanes & np.uint8(LANE_BITS), leg, start_ms, end_ms),
        start_ms=start_ms,
        end_ms=end_ms,
    )


def _length_ms(contact: ContactSpeech) -> int:
    ends = [leg.end_ms for leg in contact.legs]
    ends += [one.offset_ms + one.duration_ms for one in contact.recordings]
    return max(ends, default=0)


def _joined(arrays: list[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(arrays).astype(kind) if arrays else np.array([], kind)


def _leg_of_tokens(
    contacts: Sequence[ContactSpeech],
    recordings: Sequence[Heard],
    owners: Sequence[int],
    first_leg: NDArray[np.int64],
    start_ms: NDArray[np.int64],
) -> NDArray[np.int64]:
    legs = np.empty(len(start_ms), np.int64)
    at = 0
    for one, owner in zip(recordings, owners, strict=True):
        end = at + len(one.packed)
        base = int(first_leg[owner])
        if len(one.legs) > 1:
            starts = np.array([contacts[owner].legs[leg].start_ms for leg in one.legs])
            place = np.searchsorted(starts, start_ms[at:end], side="right") - 1
            legs[at:end] = base + np.array(one.legs)[np.maximum(place, 0)]
        else:
            legs[at:end] = base + (one.legs[0] if one.legs else 0)
        at = end
    return legs


def _stretches(
    recording: NDArray[np.int64],
    lanes: NDArray[np.uint8],
    leg: NDArray[np.int64],
    start_ms: NDArray[np.int64],
    end_ms: NDArray[np.int64],
) -> NDArray[np.int64]:
    if len(recording) == 0:
        return np.array([], np.int64)
    breaks = (
        (recording[1:] != recording[:-1])
        | (lanes[1:] != lanes[:-1])
        | (leg[1:] != leg[:-1])
        | (start_ms[1:] - end_ms[:-1] > LONGEST_PAUSE_MS)
    )
    return np.concatenate([[0], np.cumsum(breaks)])


def _legs(
    contacts: Sequence[ContactSpeech], lengths: Sequence[int], spoke: NDArray[np.uint8]
) -> Legs:
    rows: list[tuple[int, int, bool, bool, int, int]] = []
    for contact, length_ms in zip(contacts, lengths, strict=True):
        legs = contact.legs or (Leg(0, None, 0, length_ms, talked=True, heard=contact.heard),)
        for place, leg in enumerate(legs):
            audible = Sides.NOBODY
            for one in contact.recordings:
                if place in one.legs or len(legs) == 1:
                    audible |= one.audible
            rows.append((leg.start_ms, leg.end_ms, leg.talked, leg.heard, audible, contact.talkers))
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Legs(
        start_ms=np.array(columns[0], np.int64),
        end_ms=np.array(columns[1], np.int64),
        talked=np.array(columns[2], np.bool_),
        heard=np.array(columns[3], np.bool_),
        audible=np.array(columns[4], np.uint8),
        talkers=np.array(columns[5], np.uint8),
        spoke=spoke,
    )
