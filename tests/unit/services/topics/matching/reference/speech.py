"""Who said which word when, on the contact's clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.topics.language.rule import By
from services.topics.matching.speech import Sides
from shared.domain.recording import Speaker
from shared.text.normalise import normalise
from tests.unit.services.topics.matching.speech import Talk

SIDES = {
    Speaker.OPERATOR: Sides.OPERATOR,
    Speaker.CLIENT: Sides.CLIENT,
    Speaker.UNKNOWN: Sides.UNKNOWN,
}


@dataclass(frozen=True)
class Token:
    """One word; `utterance` numbers the utterances of the contact."""

    form: str
    recording: int
    speaker: Speaker
    leg: int
    utterance: int
    start_ms: int
    end_ms: int
    words: tuple[int, ...]


Lane = list[Token]
"""What one speaker said on one channel of one recording, in packed order."""


@dataclass(frozen=True)
class Unit:
    """What a verdict is about: the contact, `leg` None, or one leg of it."""

    leg: int | None
    start_ms: int
    end_ms: int

    def holds(self, token: Token) -> bool:
        return self.leg is None or token.leg == self.leg


def lanes_of(talk: Talk) -> list[Lane]:
    """Every lane of the contact that has a word."""
    found: list[Lane] = []
    for recording, sound in enumerate(talk.sounds):
        lanes: dict[tuple[int, int], Lane] = {}
        word_no = 0
        numbered = []
        for utterance in sound.said:
            numbered.append((word_no, utterance))
            word_no += len(utterance.words)
        for first, utterance in sorted(numbered, key=lambda one: one[1].start_ms):
            lane = (utterance.channel, list(Speaker).index(utterance.speaker))
            for token in normalise([word.text for word in utterance.words]):
                start_ms = utterance.words[token.first].start_ms + sound.offset_ms
                lanes.setdefault(lane, []).append(
                    Token(
                        token.form,
                        recording,
                        utterance.speaker,
                        leg_at(talk, sound.legs, start_ms),
                        recording * 1_000_000 + first,
                        start_ms,
                        utterance.words[token.last].end_ms + sound.offset_ms,
                        tuple(range(first + token.first, first + token.last + 1)),
                    )
                )
        found.extend(lanes[lane] for lane in sorted(lanes))
    return found


def leg_at(talk: Talk, legs: Sequence[int], at_ms: int) -> int:
    """The last of these legs that has begun, or the first of them."""
    found = legs[0] if legs else 0
    for leg in legs if talk.legs else ():
        if talk.legs[leg].start_ms <= at_ms:
            found = leg
    return found


def units_of_contact(talk: Talk) -> list[Unit]:
    ends = [one.end_ms for one in talk.legs]
    ends += [one.offset_ms + one.duration_ms for one in talk.sounds]
    return [Unit(None, 0, max(ends, default=0))]


def units_of_legs(talk: Talk) -> list[Unit]:
    """The legs; a contact without any is one leg by itself."""
    if not talk.legs:
        (contact,) = units_of_contact(talk)
        return [Unit(0, contact.start_ms, contact.end_ms)]
    return [Unit(n, leg.start_ms, leg.end_ms) for n, leg in enumerate(talk.legs)]


def sides_of(by: By, *, unknown_is_anyone: bool) -> Sides:
    """Whose words count when a condition asks about `by`."""
    if by is By.ANYONE:
        return Sides.OPERATOR | Sides.CLIENT | Sides.UNKNOWN
    own = Sides.OPERATOR if by is By.OPERATOR else Sides.CLIENT
    return own | Sides.UNKNOWN if unknown_is_anyone else own


def takes_part(talk: Talk, by: By) -> bool:
    """An internal call has no client."""
    return bool(talk.talkers & sides_of(by, unknown_is_anyone=False))
