"""Contacts that are at hand one by one, and not in the columns of a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.topics.matching.batch import NOBODY_ID, Batch, lay_out
from services.topics.matching.speech import (
    ContactFacts,
    LegColumns,
    RecordingColumns,
    Sides,
    Speech,
    TokenColumns,
)
from shared.text.packed import Packed

NO_FACTS = ContactFacts()


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


def make_batch(contacts: Sequence[ContactSpeech]) -> Batch:
    """Lay out contacts that are at hand one by one."""
    from services.topics.matching.compiled.words import speakers_of_recordings

    legs = [(n, leg) for n, contact in enumerate(contacts) for leg in contact.legs]
    heard = [(n, one) for n, contact in enumerate(contacts) for one in contact.recordings]
    begin = np.cumsum([0, *(len(one.packed) for _, one in heard)])
    speakers = _joined([one.packed.speakers for _, one in heard], np.uint8)
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
                spoke=speakers_of_recordings(begin, speakers),
                covers_begin=np.cumsum([0, *(len(one.legs) for _, one in heard)]),
                # A contact without legs has one place for all of them.
                covers=_ints(
                    [place if contacts[n].legs else 0 for n, one in heard for place in one.legs]
                ),
            ),
            tokens=TokenColumns(
                begin=begin,
                ids=_joined([one.packed.token_ids for _, one in heard], np.uint32),
                word_index=_joined([one.packed.word_index for _, one in heard], np.uint32),
                speakers=speakers,
                start_ms=_joined([one.packed.start_ms for _, one in heard], np.uint32),
                end_ms=_joined([one.packed.end_ms for _, one in heard], np.uint32),
            ),
        )
    )


def _ints(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _joined(arrays: list[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(arrays, dtype=kind) if arrays else np.array([], kind)
