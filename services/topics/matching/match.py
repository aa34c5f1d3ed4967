"""Judges contacts by topics: the verdict of every rule on every contact of a batch, and hits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.topics.language.ruleset import RuleSet
from services.topics.language.said import Said
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import NOBODY_ID, SIDE_OF_CODE, Batch
from services.topics.matching.findings import LookUp
from services.topics.matching.ground import Ground
from services.topics.matching.judging import RuleJudging
from services.topics.matching.leaves import Found, LeafTable
from services.topics.matching.speech import Ints, Sides
from shared.domain.recording import Speaker
from shared.text.expansion import Matches
from shared.text.packed import MOST_WORDS, SPEAKER_BITS
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
        self._look_up = LookUp(rules, expansions)
        self._leaves = LeafTable(rules, unknown_is_anyone=unknown_is_anyone)
        self._unknown_is_anyone = unknown_is_anyone
        self._asks = {topic.key: topic.rule.topics() for topic in rules.topics}

    @property
    def sifts(self) -> bool:
        """Whether most recordings are likely to hold nothing that any rule asks for."""
        return self._look_up.is_sparse and not self._rules.asks_measures

    def sift(
        self, begin: Ints, ids: NDArray[np.uint32], speakers: NDArray[np.uint8]
    ) -> NDArray[np.bool_]:
        """Recordings, one from each `begin` to the next, in which a rule may find something.

        Of the others only who spoke on them says anything of their contacts. Words that came after
        the expansions may be anything.
        """
        return self._look_up.sift(begin, ids, speakers)

    def judge(self, batch: Batch) -> "Judged":
        """Judge every contact of the batch by every topic."""
        findings = self._leaves.findings(batch, self._look_up.find(batch))
        ground = Ground(batch, findings, unknown_is_anyone=self._unknown_is_anyone)
        judged: dict[str, RuleJudging] = {}
        for topic in self._rules.topics:
            # Not all that were judged: a circle of references would keep the batch in memory.
            others = {key: judged[key] for key in self._asks[topic.key] & judged.keys()}
            judged[topic.key] = RuleJudging(topic.rule, ground, others)
        return Judged(batch, list(judged.values()))


class Judged:
    """What the rules say of a batch."""

    def __init__(self, batch: Batch, rules: list[RuleJudging]) -> None:
        self._batch = batch
        self._rules = rules

    @property
    def verdicts(self) -> NDArray[np.int8]:
        """A `Verdict` for each (topic, contact), in the order of the rule set and of the batch."""
        if not self._rules:
            return np.zeros((0, len(self._batch)), np.int8)
        return np.stack([rule.of_contacts() for rule in self._rules])

    def rule(self, topic: int) -> RuleJudging:
        """What a topic's rule says of units smaller than a contact, and how it comes to it."""
        return self._rules[topic]

    def contacts_of(self, topic: int) -> list[int]:
        """Places of the contacts on which the topic's verdict is yes."""
        yes: list[int] = np.flatnonzero(self._rules[topic].of_contacts() == Verdict.YES).tolist()
        return yes

    def hits(self, topic: int, contact: int) -> list[Hit]:
        """Findings that make the topic true of the contact, in the order of recording and time."""
        hits = {
            _hit(self._batch, leaf, found, entry): None
            for leaf, found in self._rules[topic].evidence(contact)
            for entry in range(len(found.unit))
        }
        return sorted(hits, key=lambda hit: (hit.recording_id, hit.start_ms, hit.words, hit.phrase))


def hit_at(batch: Batch, first: int, last: int, *, phrase: str, score: int) -> Hit:
    """The hit from one token of the batch to another of the same person."""
    tokens = batch.speech.tokens
    if tokens.word_index is None:
        raise ValueError("hits are asked of speech that was read for verdicts alone")
    recording = int(tokens.begin.searchsorted(first, side="right")) - 1
    row = int(batch.legs.row[batch.legs_of(np.array([first]))[0]])
    legs = batch.speech.legs
    employee_id = int(legs.employee_id[row]) if row >= 0 else NOBODY_ID
    words = {
        word
        for index in tokens.word_index[first : last + 1].tolist()
        for word in range(index % MOST_WORDS, index % MOST_WORDS + index // MOST_WORDS + 1)
    }
    side = SIDE_OF_CODE[int(tokens.speakers[first]) & SPEAKER_BITS]
    return Hit(
        recording_id=int(batch.speech.recordings.recording_id[recording]),
        leg_id=int(legs.leg_id[row]) if row >= 0 else None,
        employee_id=None if employee_id == NOBODY_ID else employee_id,
        speaker=_SPEAKER[Sides(int(side))],
        start_ms=int(tokens.start_ms[first]),
        end_ms=int(tokens.end_ms[last]),
        words=tuple(sorted(words)),
        phrase=phrase,
        score=score,
    )


def _hit(batch: Batch, leaf: Said, found: Found, entry: int) -> Hit:
    return hit_at(
        batch,
        int(found.first[entry]),
        int(found.last[entry]),
        phrase=leaf.phrases[int(found.phrase[entry])],
        score=int(found.scores[entry]),
    )
