"""What the said leaves of a rule set find in one batch, and which findings count."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.rule import Scope
from services.topics.language.ruleset import RuleSet
from services.topics.language.said import Said, Window
from services.topics.matching.batch import Batch
from services.topics.matching.doubt import sides_that_count
from services.topics.matching.findings import Spans


class Found(NamedTuple):
    """Findings of one leaf: unit, place of the phrase in the leaf, first and last word, score.

    `first` and `last` are places in the batch.
    """

    unit: NDArray[np.int64]
    phrase: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    scores: NDArray[np.uint8]

    def chosen(self, entries: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Found":
        """Only these entries."""
        return Found(
            self.unit[entries],
            self.phrase[entries],
            self.first[entries],
            self.last[entries],
            self.scores[entries],
        )


_NOTHING = (np.array([], np.int64), np.array([], np.int64))


class Units:
    """What verdicts are given on: whole contacts, or every leg by itself."""

    def __init__(self, batch: Batch, *, by_legs: bool) -> None:
        legs = batch.legs
        self.by_legs = by_legs
        self.of_leg = np.arange(len(legs.contact)) if by_legs else legs.contact
        self.contact = legs.contact if by_legs else np.arange(len(batch))
        self.start_ms = legs.start_ms if by_legs else np.zeros(len(batch), np.int64)
        self.end_ms = legs.end_ms if by_legs else batch.length_ms

    def __len__(self) -> int:
        """Count the units."""
        return len(self.contact)


class LeafTable:
    """The said leaves of a rule set with their phrases: compiled once, asked for every batch."""

    def __init__(self, rules: RuleSet, *, unknown_is_anyone: bool) -> None:
        phrases = {phrase: number for number, phrase in enumerate(rules.phrases)}
        self.number: dict[int, int] = {}
        self.excluding: dict[int, list[int]] = {}
        self._phrase_count = len(phrases)
        leaf: list[int] = []
        phrase: list[int] = []
        place: list[int] = []
        sides: list[int] = []
        by_legs: list[bool] = []
        for topic in rules.topics:
            for said in topic.rule.leaves():
                number = len(sides)
                if self.number.setdefault(id(said), number) != number:
                    continue
                sides.append(sides_that_count(said.by, unknown_is_anyone=unknown_is_anyone))
                by_legs.append(topic.rule.scope is not Scope.CONTACT)
                for n, one in enumerate(said.parsed):
                    leaf.append(number)
                    phrase.append(phrases[one])
                    place.append(n)
                if said.excluding:
                    self.excluding[id(said)] = [phrases[one] for one in said.parsed_excluding]
        self._leaf = np.array(leaf, np.int64)
        self._phrase = np.array(phrase, np.int64)
        self._place = np.array(place, np.int64)
        self._sides = np.array(sides, np.uint8)
        self._by_legs = np.array(by_legs, np.bool_)

    def findings(self, batch: Batch, spans: Spans) -> "LeafFindings":
        """Findings of every leaf by the people it asks about, wherever they are."""
        bounds = np.searchsorted(spans.phrase, np.arange(self._phrase_count + 1))
        begin, counts = bounds[self._phrase], np.diff(bounds)[self._phrase]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = np.repeat(begin, counts) + within
        leaf = np.repeat(self._leaf, counts)
        place = np.repeat(self._place, counts)
        first = spans.first[entry]
        heard = (batch.sides(first) & self._sides[leaf]) > 0
        entry, leaf, place, first = entry[heard], leaf[heard], place[heard], first[heard]
        leg = batch.legs_of(first)
        unit = np.where(self._by_legs[leaf], leg, batch.legs.contact[leg])
        found = Found(unit, place, first, spans.last[entry], spans.score[entry])
        excluded = {
            leaf_id: _joined(spans, bounds, numbers) for leaf_id, numbers in self.excluding.items()
        }
        at = np.searchsorted(leaf, np.arange(len(self._sides) + 1))
        return LeafFindings(self.number, found, at, excluded)


class LeafFindings:
    """Findings of each leaf of a batch, without those that share a word with what it excludes."""

    def __init__(
        self,
        number: Mapping[int, int],
        found: Found,
        bounds: NDArray[np.int64],
        excluded: Mapping[int, tuple[NDArray[np.int64], NDArray[np.int64]]],
    ) -> None:
        self._number = number
        self._found = found
        self._bounds = bounds
        self._excluded = excluded

    def of(self, leaf: Said) -> Found:
        """Findings of a leaf by phrase and first word; they may share words with each other."""
        number = self._number[id(leaf)]
        found = self._found.chosen(slice(self._bounds[number], self._bounds[number + 1]))
        first, reach = self._excluded.get(id(leaf), _NOTHING)
        if len(first) and len(found.first):
            # Of those that begin no later than ours ends, the one that reaches furthest.
            before = np.searchsorted(first, found.last, side="right") - 1
            shares = (before >= 0) & (reach[np.maximum(before, 0)] >= found.first)
            found = found.chosen(~shares)
        return found


def inside(
    window: Window,
    units: Units,
    unit: NDArray[np.int64],
    start_ms: NDArray[np.int64],
    end_ms: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which findings lie in the part of their unit that the window names by time."""
    kept = np.ones(len(unit), np.bool_)
    begins_ms, ends_ms = units.start_ms[unit], units.end_ms[unit]
    length_ms = ends_ms - begins_ms
    for from_ms, seconds, percent, skipped_s, skipped_percent in (
        (
            start_ms - begins_ms,
            window.first_s,
            window.first_percent,
            window.skip_first_s,
            window.skip_first_percent,
        ),
        (
            ends_ms - end_ms,
            window.last_s,
            window.last_percent,
            window.skip_last_s,
            window.skip_last_percent,
        ),
    ):
        if seconds is not None:
            kept &= from_ms < seconds * 1000
        if percent is not None:
            kept &= from_ms * 100 < percent * length_ms
        if skipped_s is not None:
            kept &= from_ms >= skipped_s * 1000
        if skipped_percent is not None:
            kept &= from_ms * 100 >= skipped_percent * length_ms
    return kept


def thinned(found: Found) -> Found:
    """Keep findings that share no word.

    The one that ends first stays; of those that end together the shorter, then the better, then the
    one whose phrase is written first.
    """
    from services.topics.matching.compiled.measure import without_overlaps

    order = np.lexsort((found.phrase, -found.scores.astype(np.int64), -found.first, found.last))
    found = found.chosen(order)
    return found.chosen(without_overlaps(found.first, found.last))


def _joined(
    spans: Spans, bounds: NDArray[np.int64], phrases: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First words of the findings of some phrases, rising, and how far any until there reaches."""
    entries = np.concatenate([np.arange(bounds[n], bounds[n + 1]) for n in phrases])
    entries = entries[np.argsort(spans.first[entries], kind="stable")]
    return spans.first[entries], np.maximum.accumulate(spans.last[entries])
