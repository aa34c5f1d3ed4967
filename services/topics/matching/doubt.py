"""Where absence proves nothing: talk without a transcript, or words whose speaker is not known."""

import numpy as np
from numpy.typing import NDArray

from services.topics.language.measure import PERSONAL, Measure, MeasureKind
from services.topics.language.said import By
from services.topics.matching.batch import Batch
from services.topics.matching.speech import Sides

_SIDE = {By.OPERATOR: Sides.OPERATOR, By.CLIENT: Sides.CLIENT}
_EVERYBODY = Sides.OPERATOR | Sides.CLIENT | Sides.UNKNOWN

TOGETHER = frozenset(
    {
        MeasureKind.OVERTALK_S,
        MeasureKind.OVERTALK_PERCENT,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)
"""Measures of two people who talk at once: only channels of their own tell them apart."""


def sides_that_count(by: By, *, unknown_is_anyone: bool) -> Sides:
    """Whose words answer a condition about `by`."""
    if by is By.ANYONE:
        return _EVERYBODY
    return _SIDE[by] | (Sides.UNKNOWN if unknown_is_anyone else Sides.NOBODY)


def absent_legs(batch: Batch, by: By) -> NDArray[np.bool_]:
    """Legs of calls in which `by` takes no part, such as the client of an internal one."""
    asked = Sides.OPERATOR | Sides.CLIENT if by is By.ANYONE else _SIDE[by]
    absent: NDArray[np.bool_] = (batch.legs.talkers & np.uint8(asked)) == 0
    return absent


def doubtful_legs(batch: Batch, by: By, *, unknown_is_anyone: bool) -> NDArray[np.bool_]:
    """Legs on which words of `by` may have been said without our knowing that they were theirs.

    A side that takes no part in the call raises no doubt. A side of which not one word was
    recognised does: a dead channel is likelier than a dumb person.
    """
    legs = batch.legs
    asked = legs.talkers if by is By.ANYONE else legs.talkers & np.uint8(_SIDE[by])
    unknown = (legs.audible & np.uint8(Sides.UNKNOWN)) > 0
    inaudible = (asked & ~legs.audible) > 0
    if by is By.ANYONE:
        missing = (inaudible & ~unknown) | (legs.spoke == 0)
    elif unknown_is_anyone:
        missing = (inaudible & ~unknown) | ((legs.spoke & (asked | np.uint8(Sides.UNKNOWN))) == 0)
    else:
        missing = inaudible | unknown | ((legs.spoke & asked) == 0)
    doubtful: NDArray[np.bool_] = legs.talked & (asked > 0) & (missing | ~legs.heard)
    return doubtful


def doubtful_contacts(batch: Batch, by: By, *, unknown_is_anyone: bool) -> NDArray[np.bool_]:
    """Contacts with a doubtful leg, or with talk of no leg that has no transcript."""
    if not len(batch):
        return np.array([], np.bool_)
    legs = doubtful_legs(batch, by, unknown_is_anyone=unknown_is_anyone)
    return np.logical_or.reduceat(legs, batch.first_leg[:-1]) | ~batch.speech.heard


def asked_of(leaf: Measure) -> tuple[By, ...]:
    """Of whom nothing may be in doubt for a measure to be known; of nobody for the duration."""
    if leaf.what is MeasureKind.DURATION_S:
        return ()
    if leaf.what in TOGETHER:
        return (By.OPERATOR, By.CLIENT)
    return (leaf.by,) if leaf.what in PERSONAL else (By.ANYONE,)
