"""What was said that resembles a phrase most: the letters of its words aligned with people's speech."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from services.topics.language.said import Said
from services.topics.matching.batch import Batch
from services.topics.matching.match import hit_at
from services.topics.matching.nearest import Miss, Reason
from shared.text.expansion import Matches
from shared.text.packed import LANE_BITS
from shared.text.terms import Term

FLOOR = 60
"""What resembles a phrase less is something else that was said."""

MOST_LETTERS = 10_000_000
"""Letters that phrases are laid along in one search, about a second's work: a call of six hours has
400,000, and phrases beyond those that fit are left out."""


class _Found(NamedTuple):
    score: float
    first: int
    last: int
    phrase: str


class _Lane:
    """Words of one person that follow each other, as one text."""

    def __init__(self, tokens: NDArray[np.int64], words: Sequence[str]) -> None:
        self.tokens = tokens
        self.words = words
        self.text = " ".join(words)
        self._ends = np.cumsum([len(word) + 1 for word in words])

    def resembling(self, phrase: str) -> tuple[float, int, int]:
        """Score 0..100 of the words that resemble the phrase most, with the first and the last."""
        found = fuzz.partial_ratio_alignment(phrase, self.text, score_cutoff=FLOOR)
        if found is None or found.dest_start == found.dest_end:
            return 0, 0, 0
        low, high = np.searchsorted(self._ends, [found.dest_start, found.dest_end - 1], "right")
        # The best stretch of letters may begin or end in the middle of a word.
        options = [
            (fuzz.ratio(phrase, " ".join(self.words[first : last + 1])), first, last)
            for first in range(int(low), min(int(low) + 2, int(high) + 1))
            for last in range(max(first, int(high) - 1), int(high) + 1)
        ]
        return max(options, key=lambda option: option[0])


class Resembling:
    """The phrases of a condition, to be laid along the words of the contacts of a batch.

    `forms` are by word number. Words that stand for those of a phrase count as them in whatever
    form they were said.
    """

    def __init__(
        self,
        leaf: Said,
        batch: Batch,
        forms: Sequence[str],
        expansions: Mapping[Term, Matches],
    ) -> None:
        self.wordings = list(_wordings(leaf))
        self._batch = batch
        self._forms = forms
        self._stand_for = _stand_for(leaf, np.unique(batch.speech.tokens.ids), expansions)

    def best(self, tokens: NDArray[np.int64]) -> Miss | None:
        """What resembles a phrase most among the words at these rising places; None below FLOOR."""
        batch = self._batch
        lanes = [_Lane(run, self._words(run)) for run in _runs(batch, tokens)]
        letters = sum(len(lane.text) for lane in lanes)
        best: _Found | None = None
        for number, (phrase, wording) in enumerate(self.wordings):
            if number * letters > MOST_LETTERS:
                break
            for lane in lanes:
                score, first, last = lane.resembling(wording)
                if score >= FLOOR and (best is None or score > best.score):
                    best = _Found(score, int(lane.tokens[first]), int(lane.tokens[last]), phrase)
        if best is None:
            return None
        whole = best.score == 100 and batch.is_broken(best.first, best.last)
        reason = Reason.PAUSE_BETWEEN if whole else Reason.RESEMBLES
        hit = hit_at(batch, best.first, best.last, phrase=best.phrase, score=int(best.score))
        return Miss((reason,), hit)

    def _words(self, run: NDArray[np.int64]) -> list[str]:
        numbers = self._batch.speech.tokens.ids[run].tolist()
        return [self._stand_for.get(number) or self._forms[number] for number in numbers]


def _wordings(leaf: Said) -> Iterator[tuple[str, str]]:
    """Each phrase as written with each text that it stands for, of alternatives the first."""
    for phrase in leaf.parsed:
        for pattern in phrase.patterns:
            yield phrase.text, " ".join(element.terms[0].form for element in pattern)


def _stand_for(
    leaf: Said, present: NDArray[np.uint32], expansions: Mapping[Term, Matches]
) -> Mapping[int, str]:
    """The form that each word present counts as, if it answers to a term."""
    found: dict[int, str] = {}
    elements = {
        element.terms: None
        for phrase in leaf.parsed
        for pattern in phrase.patterns
        for element in pattern
    }
    for terms in elements:
        for term in terms:
            numbers = expansions[term].word_nos
            at = np.minimum(np.searchsorted(present, numbers), len(present) - 1)
            for number in numbers[present[at] == numbers].tolist() if len(present) else ():
                found.setdefault(number, terms[0].form)
    return found


def _runs(batch: Batch, tokens: NDArray[np.int64]) -> Collection[NDArray[np.int64]]:
    """The tokens cut where another person, another recording or something left out lies between."""
    if len(tokens) == 0:
        return []
    lanes = batch.speech.tokens.speakers[tokens] & np.uint8(LANE_BITS)
    recording = batch.recording_of(tokens)
    cuts = (np.diff(tokens) != 1) | (np.diff(lanes) != 0) | (np.diff(recording) != 0)
    return np.split(tokens, np.flatnonzero(cuts) + 1)
