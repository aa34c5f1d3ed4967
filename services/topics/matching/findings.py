"""Where phrases are found: one look-up pass over the words, then arithmetic on the places found.

A found phrase is a chain of places, one per element of its pattern, each within its gap of the one
before, on one stretch, with no negation between that the pattern does not ask for, nor right before
the first. Of the chains that end at a place the one counts whose places are the latest; of those
that begin at a place, the one that ends first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.phrase import Pattern, Phrase
from services.topics.language.ruleset import NEGATION_TERMS, RuleSet, begins_with_negation
from services.topics.matching.batch import Batch
from shared.text.expansion import Matches
from shared.text.terms import Term


class Places(NamedTuple):
    """Rising places of a batch's tokens and the score 0..100 of each."""

    at: NDArray[np.int64]
    scores: NDArray[np.uint8]


class Spans(NamedTuple):
    """Places of the first and the last word of each finding of a phrase, and its weakest score."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    scores: NDArray[np.uint8]


NO_PLACES = Places(np.array([], np.int64), np.array([], np.uint8))
NO_SPANS = Spans(NO_PLACES.at, NO_PLACES.at, NO_PLACES.scores)


@dataclass(frozen=True)
class LookUp:
    """Which terms each word number stands for, as compressed rows.

    Word n stands for `terms[starts[n]:starts[n + 1]]` with `scores` beside them.
    """

    interesting: NDArray[np.bool_]
    starts: NDArray[np.int64]
    terms: NDArray[np.int64]
    scores: NDArray[np.uint8]
    numbers: Mapping[Term, int]


def make_look_up(rules: RuleSet, expansions: Mapping[Term, Matches]) -> LookUp:
    """Turn term → words into word → terms."""
    matches = [expansions[term] for term in rules.terms]
    words = np.concatenate([found.word_nos for found in matches])
    terms = np.repeat(np.arange(len(matches), dtype=np.int64), [len(m.word_nos) for m in matches])
    scores = np.concatenate([found.scores for found in matches])
    order = np.argsort(words, kind="stable")
    size = max((found.up_to for found in matches), default=0)
    counts = np.bincount(words, minlength=size)
    return LookUp(
        interesting=counts > 0,
        starts=np.concatenate([[0], np.cumsum(counts)]),
        terms=terms[order],
        scores=scores[order],
        numbers={term: n for n, term in enumerate(rules.terms)},
    )


class Finder:
    """Finds phrases in one batch; what phrases share is looked up once."""

    def __init__(self, batch: Batch, look_up: LookUp) -> None:
        self._batch = batch
        self._look_up = look_up
        self._elements: dict[tuple[Term, ...], Places] = {}
        self._phrases: dict[Phrase, Spans] = {}
        at = np.flatnonzero(look_up.interesting[batch.ids])
        begin = look_up.starts[batch.ids[at]]
        count = look_up.starts[batch.ids[at] + 1] - begin
        # One entry per place and term it stands for.
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        entry = np.repeat(begin, count) + within
        terms = look_up.terms[entry]
        order = np.argsort(terms, kind="stable")
        self._at = np.repeat(at, count)[order]
        self._scores = look_up.scores[entry][order]
        self._bounds = np.searchsorted(terms[order], np.arange(len(look_up.numbers) + 1))
        self._negations = np.append(-1, self._places(NEGATION_TERMS).at)
        # The first token of each token's stretch.
        if len(batch.stretch):
            firsts = np.flatnonzero(np.diff(batch.stretch, prepend=-1))
            self._stretch_first = firsts[batch.stretch]
        else:
            self._stretch_first = NO_PLACES.at

    def find(self, phrase: Phrase) -> Spans:
        """Every finding of the phrase, in the order of its first word."""
        known = self._phrases.get(phrase)
        if known is None:
            known = self._phrases[phrase] = self._find_any(phrase)
        return known

    def _find_any(self, phrase: Phrase) -> Spans:
        found = [self._find(pattern) for pattern in phrase.patterns]
        if len(found) == 1:
            return found[0]
        first = np.concatenate([one.first for one in found])
        last = np.concatenate([one.last for one in found])
        scores = np.concatenate([one.scores for one in found])
        order = np.lexsort((last, first))
        return Spans(first[order], last[order], scores[order])

    def _find(self, pattern: Pattern) -> Spans:
        at, scores = self._places(pattern[0].terms)
        if not begins_with_negation(pattern) and len(at):
            negated = np.isin(at - 1, self._negations) & (self._stretch_first[at] < at)
            at, scores = at[~negated], scores[~negated]
        first = at
        for element in pattern[1:]:
            if len(at) == 0:
                return NO_SPANS
            after, own_scores = self._places(element.terms)
            # The latest place of the chain so far before each place of this element.
            before = np.searchsorted(at, after) - 1
            reached = (before >= 0) & (at[before] >= self._earliest(after, element.gap))
            before = before[reached]
            first = first[before]
            scores = np.minimum(scores[before], own_scores[reached])
            at = after[reached]
        first, ends_first = np.unique(first, return_index=True)
        return Spans(first, at[ends_first], scores[ends_first])

    def _earliest(self, after: NDArray[np.int64], gap: int) -> NDArray[np.int64]:
        """The earliest place that the word before each of these places may have."""
        # Place −1 stands for no negation at all.
        last_negation = self._negations[np.searchsorted(self._negations, after) - 1]
        earliest = np.maximum(after - gap - 1, last_negation)
        return np.asarray(np.maximum(earliest, self._stretch_first[after]))

    def _places(self, terms: tuple[Term, ...]) -> Places:
        known = self._elements.get(terms)
        if known is None:
            known = self._elements[terms] = self._look_places_up(terms)
        return known

    def _look_places_up(self, terms: tuple[Term, ...]) -> Places:
        parts = []
        for term in terms:
            number = self._look_up.numbers[term]
            part = slice(self._bounds[number], self._bounds[number + 1])
            parts.append(Places(self._at[part], self._scores[part]))
        if len(parts) == 1:
            return parts[0]
        at = np.concatenate([part.at for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        # By place, the best score first, which is the one that stays.
        order = np.lexsort((-scores.astype(np.int64), at))
        at, best = np.unique(at[order], return_index=True)
        return Places(at, scores[order][best])
