"""One rule over one batch: verdicts per unit, a whole contact or a leg, and what proves them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.rule import By, Condition, Rule, Said, Scope, Window
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import Batch
from services.topics.matching.doubt import (
    absent_legs,
    doubtful_contacts,
    doubtful_legs,
    sides_that_count,
)
from services.topics.matching.findings import Finder

Verdicts = NDArray[np.int8]
"""A `Verdict` per unit."""


class Found(NamedTuple):
    """Findings of one leaf that count, in the order of their last word.

    `phrase` is a place in the leaf's phrases; `first` and `last` are places in the batch.
    """

    unit: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    scores: NDArray[np.uint8]
    phrase: NDArray[np.int64]

    def chosen(self, entries: NDArray[np.bool_] | list[int]) -> "Found":
        """Only these entries."""
        return Found(
            self.unit[entries],
            self.first[entries],
            self.last[entries],
            self.scores[entries],
            self.phrase[entries],
        )


class RuleJudging:
    """Verdicts and evidence of one rule; each leaf is counted once."""

    def __init__(
        self, rule: Rule, batch: Batch, finder: Finder, *, unknown_is_anyone: bool
    ) -> None:
        self._rule = rule
        self._batch = batch
        self._finder = finder
        self._unknown_is_anyone = unknown_is_anyone
        self._by_legs = rule.scope is not Scope.CONTACT
        if self._by_legs:
            self._unit_of_token = batch.leg
            self._start_ms, self._end_ms = batch.legs.start_ms, batch.legs.end_ms
        else:
            self._unit_of_token = batch.contact
            self._start_ms = np.zeros(len(batch.contacts), np.int64)
            self._end_ms = batch.length_ms
        self._leaves: dict[int, tuple[Verdicts, Found]] = {}
        self._units = self._verdicts(rule)

    def of_contacts(self) -> Verdicts:
        """The rule's verdict on each contact; over legs one yes is enough."""
        begin = self._batch.first_leg
        if not self._by_legs or len(begin) == 0:
            return self._units
        if self._rule.scope is Scope.FIRST_LEG:
            return np.asarray(self._units[begin])
        if self._rule.scope is Scope.LAST_LEG:
            return np.asarray(self._units[np.append(begin[1:], len(self._units)) - 1])
        return np.asarray(np.maximum.reduceat(self._units, begin), np.int8)

    def evidence(self, contact: int) -> list[tuple[Said, Found]]:
        """What was said that makes the rule true on a contact; absence has no findings."""
        units = self._units_of(contact)
        true = units[self._units[units] == Verdict.YES]
        return self._true_leaves(self._rule, true)

    def _units_of(self, contact: int) -> NDArray[np.int64]:
        if not self._by_legs:
            return np.array([contact])
        begin = int(self._batch.first_leg[contact])
        end = begin + max(1, len(self._batch.contacts[contact].legs))
        if self._rule.scope is Scope.FIRST_LEG:
            end = begin + 1
        elif self._rule.scope is Scope.LAST_LEG:
            begin = end - 1
        return np.arange(begin, end)

    def _true_leaves(
        self, condition: Condition, units: NDArray[np.int64]
    ) -> list[tuple[Said, Found]]:
        true = units[self._verdicts(condition)[units] == Verdict.YES]
        if len(true) == 0:
            return []
        if condition.said is not None:
            found = self._leaf(condition.said)[1]
            return [(condition.said, found.chosen(np.isin(found.unit, true)))]
        if condition.all is None and condition.any is None:
            return []
        return [leaf for child in condition.children for leaf in self._true_leaves(child, true)]

    def _verdicts(self, condition: Condition) -> Verdicts:
        if condition.said is not None:
            return self._leaf(condition.said)[0]
        if condition.not_said is not None:
            unsaid = _opposite(self._leaf(condition.not_said)[0])
            # Nobody is blamed for silence in a call without them (M-05).
            return np.where(self._absent(condition.not_said.by), np.int8(Verdict.NO), unsaid)
        children = np.stack([self._verdicts(child) for child in condition.children])
        if condition.all is not None:
            return np.asarray(children.min(axis=0))
        greatest = np.asarray(children.max(axis=0))
        return greatest if condition.any is not None else _opposite(greatest)

    def _absent(self, by: By) -> NDArray[np.bool_]:
        absent = absent_legs(self._batch, by)
        return absent if self._by_legs else absent[self._batch.first_leg]

    def _leaf(self, leaf: Said) -> tuple[Verdicts, Found]:
        known = self._leaves.get(id(leaf))
        if known is None:
            found = self._counting(leaf)
            counts = np.bincount(found.unit, minlength=len(self._end_ms))
            doubtful = doubtful_legs if self._by_legs else doubtful_contacts
            doubts = doubtful(self._batch, leaf.by, unknown_is_anyone=self._unknown_is_anyone)
            unsaid = np.where(doubts, Verdict.UNDECIDABLE, Verdict.NO)
            verdicts = np.where(counts >= leaf.at_least, Verdict.YES, unsaid).astype(np.int8)
            known = self._leaves[id(leaf)] = (verdicts, found)
        return known

    def _counting(self, leaf: Said) -> Found:
        spans = [self._finder.find(phrase) for phrase in leaf.parsed]
        first = np.concatenate([one.first for one in spans])
        found = Found(
            unit=self._unit_of_token[first],
            first=first,
            last=np.concatenate([one.last for one in spans]),
            scores=np.concatenate([one.scores for one in spans]),
            phrase=np.repeat(np.arange(len(spans)), [len(one.first) for one in spans]),
        )
        sides = sides_that_count(leaf.by, unknown_is_anyone=self._unknown_is_anyone)
        counts = (self._batch.side[first] & np.uint8(sides)) > 0
        if leaf.window is not None:
            counts &= self._inside(leaf.window, found)
        return _without_overlaps(found.chosen(counts))

    def _inside(self, window: Window, found: Found) -> NDArray[np.bool_]:
        start_ms, end_ms = self._start_ms[found.unit], self._end_ms[found.unit]
        passed_ms = self._batch.start_ms[found.first] - start_ms
        left_ms = end_ms - self._batch.end_ms[found.last]
        inside = np.ones(len(found.unit), np.bool_)
        if window.first_s is not None:
            inside &= passed_ms < window.first_s * 1000
        if window.first_percent is not None:
            inside &= passed_ms * 100 < window.first_percent * (end_ms - start_ms)
        if window.last_s is not None:
            inside &= left_ms < window.last_s * 1000
        if window.last_percent is not None:
            inside &= left_ms * 100 < window.last_percent * (end_ms - start_ms)
        return inside


def _opposite(verdicts: Verdicts) -> Verdicts:
    return np.asarray(Verdict.YES - verdicts, np.int8)


def _without_overlaps(found: Found) -> Found:
    """Keep findings that share no word.

    The one that ends first stays; of those that end together the shorter, then the better, then the
    one whose phrase is written first.
    """
    order = np.lexsort((found.phrase, -found.scores.astype(np.int64), -found.first, found.last))
    found = found.chosen(order.tolist())
    kept = np.zeros(len(order), np.bool_)
    left = np.arange(len(order))
    # Each round keeps whatever nothing left before it overlaps, and drops what overlaps those.
    while len(left):
        first, last = found.first[left], found.last[left]
        free = np.append(True, first[1:] > last[:-1])
        kept[left[free]] = True
        latest = np.maximum.accumulate(np.where(free, last, -1))
        left = left[~free & (first > latest)]
    return found.chosen(kept)
