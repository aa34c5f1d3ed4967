"""Judges contacts by topics: the verdict of every rule on every contact of a batch, and hits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.topics.language.rule import Said
from services.topics.language.ruleset import RuleSet
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import Batch, Sides
from services.topics.matching.findings import Finder, make_look_up
from services.topics.matching.judging import Found, RuleJudging
from shared.domain.recording import Speaker
from shared.text.expansion import Matches
from shared.text.terms import Term

_SPEAKER = {
    Sides.OPERATOR: Speaker.OPERATOR,
    Sides.CLIENT: Speaker.CLIENT,
    Sides.UNKNOWN: Speaker.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding inside a mark; times are on the recording's clock.

    `words` are the displayed words from its first to its last, all of one speaker; `score` 0..100
    is the weakest word's.
    """

    recording_id: int
    leg_id: int | None
    employee_id: int | None
    speaker: Speaker
    start_ms: int
    end_ms: int
    words: tuple[int, ...]
    phrase: str
    score: int


class Matcher:
    """The rules of an account over the part of its lexicon that the expansions cover."""

    def __init__(
        self,
        rules: RuleSet,
        expansions: Mapping[Term, Matches],
        *,
        unknown_is_anyone: bool = False,
    ) -> None:
        self._rules = rules
        self._look_up = make_look_up(rules, expansions)
        self._unknown_is_anyone = unknown_is_anyone

    def judge(self, batch: Batch) -> "Judged":
        """Judge every contact of the batch by every topic."""
        finder = Finder(batch, self._look_up)
        return Judged(
            batch,
            [
                RuleJudging(topic.rule, batch, finder, unknown_is_anyone=self._unknown_is_anyone)
                for topic in self._rules.topics
            ],
        )


class Judged:
    """What the rules say of a batch."""

    def __init__(self, batch: Batch, rules: list[RuleJudging]) -> None:
        self._batch = batch
        self._rules = rules
        # Tokens of one recording lie together: where each recording begins.
        self._begin = np.searchsorted(batch.recording, np.arange(len(batch.recordings)))

    @property
    def verdicts(self) -> NDArray[np.int8]:
        """A `Verdict` for each (topic, contact), in the order of the rule set and of the batch."""
        if not self._rules:
            return np.zeros((0, len(self._batch.contacts)), np.int8)
        return np.stack([rule.of_contacts() for rule in self._rules])

    def contacts_of(self, topic: int) -> list[int]:
        """Places of the contacts on which the topic's verdict is yes."""
        yes: list[int] = np.flatnonzero(self._rules[topic].of_contacts() == Verdict.YES).tolist()
        return yes

    def hits(self, topic: int, contact: int) -> list[Hit]:
        """Findings that make the topic true of the contact, in the order of recording and time."""
        hits = {
            self._hit(leaf, found, entry): None
            for leaf, found in self._rules[topic].evidence(contact)
            for entry in range(len(found.unit))
        }
        return sorted(hits, key=lambda hit: (hit.recording_id, hit.start_ms, hit.words, hit.phrase))

    def _hit(self, leaf: Said, found: Found, entry: int) -> Hit:
        batch = self._batch
        first, last = int(found.first[entry]), int(found.last[entry])
        recording = int(batch.recording[first])
        heard = batch.recordings[recording]
        contact = int(batch.contact[first])
        legs = batch.contacts[contact].legs
        leg = legs[int(batch.leg[first] - batch.first_leg[contact])] if legs else None
        begin = int(self._begin[recording])
        packed = heard.packed
        words = {
            word
            for token in range(first - begin, last - begin + 1)
            for word in range(int(packed.first_word[token]), int(packed.last_word[token]) + 1)
        }
        return Hit(
            recording_id=heard.recording_id,
            leg_id=leg.leg_id if leg else None,
            employee_id=leg.employee_id if leg else None,
            speaker=_SPEAKER[Sides(int(batch.side[first]))],
            start_ms=int(batch.start_ms[first]) - heard.offset_ms,
            end_ms=int(batch.end_ms[last]) - heard.offset_ms,
            words=tuple(sorted(words)),
            phrase=leaf.phrases[int(found.phrase[entry])],
            score=int(found.scores[entry]),
        )
