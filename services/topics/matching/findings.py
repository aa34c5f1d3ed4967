"""Where phrases are found: patterns as arrays, and one compiled pass over the words of a batch.

A found phrase is a chain of places, one per element of its pattern, each within its gap of the one
before, on one stretch, with no negation between that the pattern does not ask for, nor right before
the first. Of the chains that end at a place the one counts whose places are the latest; of those
that begin at a place, the one that ends first.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.phrase import Phrase
from services.topics.language.ruleset import NEGATION_TERMS, RuleSet, begins_with_negation
from services.topics.matching.batch import Batch
from shared.text.expansion import Matches
from shared.text.terms import Term

_ROOM = 1024

AROUND = 3
"""Places around an anchor that are looked at before anything else: gaps are two words as a rule."""

ANYTHING = 1 << 63
"""Bit of what may stand anywhere; see `bit_of`."""

# Where more recordings than this share may hold something, to read them twice takes longer.
_SPARSE = 0.25


class Spans(NamedTuple):
    """Findings: the phrase's number in the rule set, places of first and last word, weakest score."""

    phrase: NDArray[np.int32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    score: NDArray[np.uint8]


class Words(NamedTuple):
    """Which slots each word stands for, as compressed rows; a slot is what one element asks for.

    Only words that stand for something have a row: `row[w]` of word number w, 0 for all others, so
    that what a million words share fits the processor's cache. Row r stands for
    `slots[begin[r]:begin[r + 1]]` with `scores` beside them; the `bit_of` a slot in `bits[r]` says
    that it may.
    """

    row: NDArray[np.int32]
    begin: NDArray[np.int64]
    slots: NDArray[np.int32]
    scores: NDArray[np.uint8]
    bits: NDArray[np.uint64]
    is_negation: NDArray[np.bool_]
    slot_count: int

    def occurrences(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each slot occurs, of how often each row does."""
        owner = np.repeat(np.arange(len(self.bits)), np.diff(self.begin))
        each = np.bincount(self.slots, weights=counts[owner], minlength=self.slot_count)
        return each.astype(np.int64)


class Patterns(NamedTuple):
    """Every pattern of every phrase: elements of pattern p from `begin[p]` on."""

    begin: NDArray[np.int64]
    slots: NDArray[np.int32]
    gaps: NDArray[np.int32]
    negates: NDArray[np.bool_]
    phrase: NDArray[np.int32]

    def anchors(self, words: Words, counts: NDArray[np.int64]) -> "Anchors":
        """Where to look for each pattern: at the element that is rarest by the rows' counts."""
        rarity = words.occurrences(counts)[self.slots]
        owner = np.repeat(np.arange(len(self.phrase)), np.diff(self.begin))
        rarest = np.lexsort((rarity, owner))[self.begin[:-1]]
        order = np.argsort(self.slots[rarest], kind="stable")
        at = rarest[order]
        alone = np.diff(self.begin)[order] == 1
        is_last = at + 1 == self.begin[1:][order]
        beside = np.where(alone, at, np.where(is_last, at - 1, at + 1))
        reach = np.where(is_last, -(self.gaps[at] + 1), self.gaps[beside] + 1)
        # Of each word and slot that it stands for, the patterns whose anchor asks for the slot.
        of_slot = np.searchsorted(self.slots[at], np.arange(words.slot_count + 1))
        repeats = np.diff(of_slot)[words.slots]
        first = np.cumsum(repeats) - repeats
        chosen = np.repeat(of_slot[words.slots] - first, repeats) + np.arange(repeats.sum())
        begin = np.append(first, repeats.sum())[words.begin]
        slots, reaches = self.slots[beside][chosen], np.where(alone, 0, reach)[chosen]
        close = (reaches != 0) & (np.abs(reaches) <= AROUND)
        near = np.zeros((len(begin) - 1, 2), np.uint64)
        owner = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
        wanted = np.where(close, bit_of(slots), np.uint64(ANYTHING))
        np.bitwise_or.at(near, (owner, (reaches < 0).astype(np.int64)), wanted)
        return Anchors(
            element=(rarest - self.begin[:-1]).astype(np.int32),
            is_anchor=np.diff(begin) > 0,
            near=near,
            begin=begin,
            patterns=order[chosen].astype(np.int32),
            scores=np.repeat(words.scores, repeats),
            beside=slots,
            reach=reaches.astype(np.int32),
        )


class Anchors(NamedTuple):
    """The element of each pattern to look for, and patterns by the row of a word it may be.

    `is_anchor` tells rows that have a pattern, `near` the bits of what any of them asks for close
    ahead and behind. Beside each pattern of the rows the word's score, the slot next to the anchor
    and how far that may be: ahead, behind where negative, 0 for a pattern of one element.
    """

    element: NDArray[np.int32]
    is_anchor: NDArray[np.bool_]
    near: NDArray[np.uint64]
    begin: NDArray[np.int64]
    patterns: NDArray[np.int32]
    scores: NDArray[np.uint8]
    beside: NDArray[np.int32]
    reach: NDArray[np.int32]


class LookUp:
    """The phrases of a rule set over the part of a lexicon that the expansions cover."""

    def __init__(self, rules: RuleSet, expansions: Mapping[Term, Matches]) -> None:
        slots: dict[tuple[Term, ...], int] = {}
        self._patterns = _patterns(rules.phrases, slots)
        self._words = _words(list(slots), expansions)
        self._anchors: Anchors | None = None
        self._sampled = 0
        self.is_sparse = True
        """Whether few recordings hold anything, as far as is known."""

    def sift(
        self, begin: NDArray[np.int64], ids: NDArray[np.uint32], speakers: NDArray[np.uint8]
    ) -> NDArray[np.bool_]:
        """Recordings, one from each `begin` to the next, in which there may be a finding."""
        from services.topics.matching.compiled import words

        if len(self._patterns.phrase) == 0:
            return np.zeros(len(begin) - 1, np.bool_)
        possible = np.asarray(words.sift(begin, ids, speakers, self._words, self._anchored(ids)))
        self.is_sparse = bool(np.count_nonzero(possible) <= _SPARSE * len(possible))
        return possible

    def find(self, batch: Batch) -> Spans:
        """Every finding in the batch, by phrase and then by first word."""
        from services.topics.matching.compiled import words

        patterns, ids = self._patterns, batch.speech.tokens.ids
        if len(patterns.phrase) == 0 or len(ids) == 0:
            return _no_spans()
        room = _ROOM + len(ids) // 8
        while True:
            count, pattern, first, last, score = words.find(
                batch.tracks, ids, self._words, patterns, self._anchored(ids), room
            )
            if count <= room:
                break
            room = count
        phrase = patterns.phrase[pattern[:count]]
        order = np.lexsort((first[:count], phrase))
        return Spans(phrase[order], first[:count][order], last[:count][order], score[:count][order])

    def _anchored(self, ids: NDArray[np.uint32]) -> Anchors:
        """Where to look: which words are rare is a guess that more words make better."""
        if self._anchors is None or len(ids) > 2 * self._sampled:
            self._sampled = len(ids)
            known = ids[ids < len(self._words.row)]
            counts = np.bincount(self._words.row[known], minlength=len(self._words.bits))
            self._anchors = self._patterns.anchors(self._words, counts)
        return self._anchors


def bit_of(slots: NDArray[np.int32]) -> NDArray[np.uint64]:
    """One of 63 bits for each slot: where it is not set, no word stands for the slot."""
    return np.uint64(1) << (slots % 63).astype(np.uint64)


def _patterns(phrases: Sequence[Phrase], slots: dict[tuple[Term, ...], int]) -> Patterns:
    begin = [0]
    of_slot: list[int] = []
    gaps: list[int] = []
    negates: list[bool] = []
    owner: list[int] = []
    for number, phrase in enumerate(phrases):
        for pattern in phrase.patterns:
            for element in pattern:
                of_slot.append(slots.setdefault(element.terms, len(slots)))
                gaps.append(element.gap)
            begin.append(len(of_slot))
            negates.append(begins_with_negation(pattern))
            owner.append(number)
    return Patterns(
        np.array(begin, np.int64),
        np.array(of_slot, np.int32),
        np.array(gaps, np.int32),
        np.array(negates, np.bool_),
        np.array(owner, np.int32),
    )


def _words(slots: Sequence[tuple[Term, ...]], expansions: Mapping[Term, Matches]) -> Words:
    """Turn slot → words into word → slots."""
    matches = [_any_of([expansions[term] for term in terms]) for terms in slots]
    negations = _any_of([expansions[term] for term in NEGATION_TERMS])
    size = max([negations.up_to, *(found.up_to for found in matches)])
    words = np.concatenate([np.array([], np.uint32), *(found.word_nos for found in matches)])
    scores = np.concatenate([np.array([], np.uint8), *(found.scores for found in matches)])
    owners = np.repeat(
        np.arange(len(matches), dtype=np.int32), [len(found.word_nos) for found in matches]
    )
    asked = np.union1d(words, negations.word_nos)
    row = np.zeros(size, np.int32)
    row[asked] = np.arange(1, len(asked) + 1)
    rows = row[words]
    order = np.argsort(rows, kind="stable")
    bits = np.zeros(len(asked) + 1, np.uint64)
    np.bitwise_or.at(bits, rows, bit_of(owners))
    is_negation = np.zeros(len(asked) + 1, np.bool_)
    is_negation[row[negations.word_nos]] = True
    return Words(
        row=row,
        begin=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(bits)))]),
        slots=owners[order],
        scores=scores[order],
        bits=bits,
        is_negation=is_negation,
        slot_count=len(slots),
    )


def _any_of(matches: Sequence[Matches]) -> Matches:
    """Words of any of the terms with their best scores."""
    if len(matches) == 1:
        return matches[0]
    words = np.concatenate([found.word_nos for found in matches])
    scores = np.concatenate([found.scores for found in matches])
    # By word, the best score first, which is the one that stays.
    order = np.lexsort((-scores.astype(np.int64), words))
    unique, best = np.unique(words[order], return_index=True)
    return Matches(unique, scores[order][best], max(found.up_to for found in matches))


def _no_spans() -> Spans:
    none = np.array([], np.int64)
    return Spans(none.astype(np.int32), none, none, none.astype(np.uint8))
