"""Random contacts with few words, whose pauses just break a phrase or just do not."""

from random import Random

from services.topics.matching.at_hand import Leg
from services.topics.matching.speech import BOTH_SIDES, ContactFacts, Sides
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word

from .random_rules import DIRECTIONS, KINDS, NAMES
from .speech import Sound, Talk

WORDS = ("вернуть", "верните", "вернуи", "деньги", "денег", "не", "ни", "да", "25", "хочу", "сто")
SPEAKERS = (Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN)


def random_talk(dice: Random) -> Talk:
    """A contact; most are clear: nothing about them is in doubt but what nobody said."""
    clear = dice.random() < 0.7
    legs = _legs(dice, clear=clear)
    everywhere = list(range(len(legs))) or [0]
    sounds = [
        Sound(
            _utterances(dice, clear=clear),
            offset_ms=dice.choice([0, 0, 700, 4000]),
            duration_ms=dice.choice([5000, 20_000]),
            audible=BOTH_SIDES if clear else Sides(dice.randint(0, 7)),
            legs=tuple(
                everywhere
                if clear
                else sorted(dice.sample(everywhere, dice.randint(0, len(everywhere))))
            ),
        )
        for _ in range(dice.choice([1, 1, 2] if clear else [0, 1, 2]))
    ]
    return Talk(
        sounds,
        legs,
        talkers=dice.choice([BOTH_SIDES, BOTH_SIDES, BOTH_SIDES, Sides.OPERATOR, Sides.CLIENT]),
        heard=clear or dice.random() < 0.5,
        facts=_facts(dice),
    )


def _utterances(dice: Random, *, clear: bool) -> list[Utterance]:
    """What is said on a recording; when it is clear, by both sides on channels of their own."""
    said = []
    for channel in range(2) if clear else dice.sample(range(3), dice.randint(0, 3)):
        speaker = SPEAKERS[channel] if clear else dice.choice(SPEAKERS)
        at_ms = dice.choice([0, 100, 300, 350, 600, 2000])
        for _ in range(dice.randint(1, 3)):
            pause_ms = dice.choice([0, 0, 0, 100, 500, 501, 2000, 2001])
            words = []
            for _ in range(dice.randint(1, 6)):
                words.append(Word(dice.choice(WORDS), at_ms, at_ms + 300, 1.0))
                at_ms += 300 + pause_ms
            said.append(Utterance(speaker, channel, tuple(words)))
            at_ms += dice.choice([0, 200, 600, 1000, 1999, 2500])
    return sorted(said, key=lambda one: one.start_ms)


def _legs(dice: Random, *, clear: bool) -> list[Leg]:
    legs: list[Leg] = []
    for number in range(dice.randint(0, 3)):
        start_ms = legs[-1].end_ms if legs else dice.choice([0, 0, 800])
        legs.append(
            Leg(
                number + 1,
                None,
                start_ms,
                start_ms + dice.choice([1000, 4000, 20_000]),
                talked=clear or dice.random() < 0.5,
                heard=clear or dice.random() < 0.5,
                group=dice.choice(["", *NAMES]),
                employee=dice.choice(["", *NAMES]),
            )
        )
    return legs


def _facts(dice: Random) -> ContactFacts:
    return ContactFacts(
        kind=dice.choice(KINDS),
        direction=dice.choice(DIRECTIONS),
        result=dice.choice(["", *NAMES]),
        source=dice.choice(NAMES),
        group=dice.choice(["", *NAMES]),
        employee=dice.choice(["", *NAMES]),
        company_numbers=tuple(dice.sample(NAMES, dice.randint(0, 2))),
    )
