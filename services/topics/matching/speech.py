"""What is stored of the speech of many contacts, as columns: how it comes out of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Sides(IntFlag):
    """A set of speakers; the bits are those of `contacts.audible`."""

    NOBODY = 0
    OPERATOR = 1
    CLIENT = 2
    UNKNOWN = 4


BOTH_SIDES = Sides.OPERATOR | Sides.CLIENT


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What the telephone system told of a contact, as rules may ask it.

    `source`, `group` and `employee` are external ids; the numbers are the company's as normalised
    and as sent.
    """

    kind: str = ""
    direction: str = ""
    result: str = ""
    source: str = ""
    group: str = ""
    employee: str = ""
    company_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegColumns:
    """Legs in the order of their contacts and, within one, of time; on the contact's clock.

    `contact` is the place of the leg's contact. `talked` tells whether anybody can have spoken on
    it, `heard` whether all that has a transcript. An `employee_id` of -1 is none. `groups` and
    `employees` are external ids, and empty lists where nobody asked for them.
    """

    contact: Ints
    leg_id: Ints
    employee_id: Ints
    start_ms: Ints
    end_ms: Ints
    talked: Flags
    heard: Flags
    groups: Sequence[str] = ()
    employees: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RecordingColumns:
    """Recordings that have a transcript, in the order of their contacts.

    `contact` is the place of the recording's contact. Recording r covers the legs
    `covers[covers_begin[r]:covers_begin[r + 1]]`, places within its contact in their order.
    `spoke` are the sides that said a word on it.
    """

    contact: Ints
    recording_id: Ints
    offset_ms: Ints
    duration_ms: Ints
    audible: NDArray[np.uint8]
    spoke: NDArray[np.uint8]
    covers_begin: Ints
    covers: Ints


@dataclass(frozen=True, slots=True)
class TokenColumns:
    """Packed words of all recordings one after the other, as packed; recording r from `begin[r]`.

    Words of contacts in which no rule can find anything may be left out. `word_index` is None
    where only verdicts are asked for and no hits.
    """

    begin: Ints
    ids: NDArray[np.uint32]
    speakers: NDArray[np.uint8]
    start_ms: NDArray[np.uint32]
    end_ms: NDArray[np.uint32]
    word_index: NDArray[np.uint32] | None

    @property
    def max_word_no(self) -> int:
        """Greatest word number, -1 when nothing was said."""
        return int(self.ids.max()) if len(self.ids) else -1


@dataclass(frozen=True, slots=True)
class Speech:
    """The speech of many contacts.

    `talkers` are the sides that take part at all; `heard` is False where talk that belongs to no
    leg has no transcript. `facts` are empty where no rule asks for them.
    """

    contact_id: Ints
    talkers: NDArray[np.uint8]
    heard: Flags
    facts: Sequence[ContactFacts]
    legs: LegColumns
    recordings: RecordingColumns
    tokens: TokenColumns

    def __len__(self) -> int:
        """Count the contacts."""
        return len(self.contact_id)
