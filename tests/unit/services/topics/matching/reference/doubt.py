"""Where absence proves nothing: talk without a transcript, or words whose speaker is not known."""

from services.topics.language.rule import By
from services.topics.matching.speech import Sides
from tests.unit.services.topics.matching.speech import Talk

from .speech import SIDES, Lane, Unit


def doubtful(talk: Talk, lanes: list[Lane], by: By, unit: Unit, *, unknown_is_anyone: bool) -> bool:
    """Words of `by` may have been said in the unit without our knowing that they were theirs."""
    if unit.leg is None:
        legs = [Unit(n, 0, 0) for n in range(max(1, len(talk.legs)))]
        return not talk.heard or any(
            doubtful(talk, lanes, by, leg, unknown_is_anyone=unknown_is_anyone) for leg in legs
        )
    talked = talk.legs[unit.leg].talked if talk.legs else True
    heard = talk.legs[unit.leg].heard if talk.legs else talk.heard
    asked = talk.talkers
    if by is not By.ANYONE:
        asked &= Sides.OPERATOR if by is By.OPERATOR else Sides.CLIENT
    if not talked or not asked:
        return False
    return not heard or _is_deaf(talk, lanes, by, asked, unit, unknown_is_anyone=unknown_is_anyone)


def _is_deaf(
    talk: Talk, lanes: list[Lane], by: By, asked: Sides, leg: Unit, *, unknown_is_anyone: bool
) -> bool:
    """What was recognised of a leg cannot tell what these sides said on it."""
    audible = Sides.NOBODY
    for sound in talk.sounds:
        if leg.leg in sound.legs or len(talk.legs) <= 1:
            audible |= sound.audible
    spoke = Sides.NOBODY
    for lane in lanes:
        if any(leg.holds(token) for token in lane):
            spoke |= SIDES[lane[0].speaker]
    every_side_has_a_channel = not asked & ~audible
    if by is By.ANYONE:
        return not (every_side_has_a_channel or audible & Sides.UNKNOWN) or not spoke
    if unknown_is_anyone:
        known = every_side_has_a_channel or audible & Sides.UNKNOWN
        return not known or not spoke & (asked | Sides.UNKNOWN)
    return not every_side_has_a_channel or bool(audible & Sides.UNKNOWN) or not spoke & asked
