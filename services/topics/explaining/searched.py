"""Where a condition looks for what it asks about: its window as stretches of time."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.said import By, Near, Window
from services.topics.matching.batch import Batch
from services.topics.matching.judging import RuleJudging
from services.topics.matching.leaves import Units
from services.topics.matching.near import Conversation, Events

Ranges = list[tuple[int, int]]
"""Stretches from one ms of the contact's clock to another, rising and apart."""


class Searched(NamedTuple):
    """The window of a condition in one unit, and the words in it of the people it asks about.

    `tokens` are rising places in the batch; `anchors` is what the window is measured from, by the
    path below the window: when each begins and ends.
    """

    ranges: Ranges
    tokens: NDArray[np.int64]
    anchors: dict[str, Ranges]


class Searching:
    """Windows over one batch that holds one contact."""

    def __init__(self, batch: Batch, *, by_legs: bool, sides_of: Callable[[By], int]) -> None:
        self.units = Units(batch, by_legs=by_legs)
        self._batch = batch
        self._conversation = Conversation(batch)
        self.sides_of = sides_of

    def search(self, rule: RuleJudging, window: Window | None, by: By, unit: int) -> Searched:
        """What a condition of the rule searched of a unit."""
        start_ms, end_ms = int(self.units.start_ms[unit]), int(self.units.end_ms[unit])
        sides = self.sides_of(by)
        words = self._conversation.words(self.units, unit, sides)
        if window is None:
            return Searched([(start_ms, end_ms)], words.unit, {})
        anchors = self._anchors(rule, window, unit)
        ranges = _within([clock_range(window, start_ms, end_ms)], [(start_ms, end_ms)])
        ranges = _within(ranges, self._utterances_range(window, sides, unit))
        for name, near in (("after", window.after), ("before", window.before)):
            if near is not None:
                ranges = _within(ranges, self._near(name, near, anchors, sides, unit, words))
        if window.same_utterance is not None:
            ranges = _within(ranges, self._same_utterance(window.same_utterance.by, anchors, unit))
        return Searched(ranges, words.unit[_inside(ranges, words.start_ms)], anchors)

    def _anchors(self, rule: RuleJudging, window: Window, unit: int) -> dict[str, Ranges]:
        names = [
            f"after.{_what(window.after)}" if window.after else "",
            f"before.{_what(window.before)}" if window.before else "",
            "same_utterance" if window.same_utterance else "",
        ]
        given = [name for name in names if name]
        return {
            name: _times(events, unit)
            for name, (events, _) in zip(given, rule.anchors(window), strict=True)
        }

    def _near(
        self,
        name: str,
        near: Near,
        anchors: dict[str, Ranges],
        sides: int,
        unit: int,
        words: Events,
    ) -> Ranges:
        at = anchors[f"{name}.{_what(near)}"]
        start_ms, end_ms = int(self.units.start_ms[unit]), int(self.units.end_ms[unit])
        within_ms = None if near.within_s is None else int(near.within_s * 1000)
        if near.within_utterances is not None:
            words = self._conversation.utterances(self.units, unit, sides, ending=name == "before")
        most = near.within_words or near.within_utterances
        if name == "after":
            begins = np.sort(words.start_ms)
            return _joined((end, _after(end, within_ms, most, begins, end_ms)) for _, end in at)
        ends = np.sort(words.end_ms)
        return _joined((_before(begin, within_ms, most, ends, start_ms), begin) for begin, _ in at)

    def _same_utterance(self, by: By, anchors: dict[str, Ranges], unit: int) -> Ranges:
        utterances = self._conversation.utterances(
            self.units, unit, self.sides_of(by), ending=False
        )
        spans = [
            (int(begin), int(end))
            for begin, end in zip(utterances.start_ms, utterances.end_ms, strict=True)
            if any(begin <= start <= end for start, _ in anchors["same_utterance"])
        ]
        return _joined(spans)

    def _utterances_range(self, window: Window, sides: int, unit: int) -> Ranges:
        start_ms, end_ms = int(self.units.start_ms[unit]), int(self.units.end_ms[unit])
        first, last = window.first_utterances, window.last_utterances
        if first is not None:
            begins = np.sort(
                self._conversation.utterances(self.units, unit, sides, ending=False).start_ms
            )
            end_ms = int(begins[first]) if first < len(begins) else end_ms
        if last is not None:
            ends = np.sort(
                self._conversation.utterances(self.units, unit, sides, ending=True).end_ms
            )
            start_ms = int(ends[-last - 1]) if last < len(ends) else start_ms
        return [(start_ms, end_ms)]


def clock_range(window: Window, start_ms: int, end_ms: int) -> tuple[int, int]:
    """The part of a stretch of time that a window names by the clock."""
    length_ms = end_ms - start_ms

    def passed(seconds: float | None, percent: float | None) -> list[int]:
        found = [] if seconds is None else [int(seconds * 1000)]
        return found if percent is None else [*found, int(percent * length_ms / 100)]

    lows = [start_ms]
    lows += [start_ms + ms for ms in passed(window.skip_first_s, window.skip_first_percent)]
    lows += [end_ms - ms for ms in passed(window.last_s, window.last_percent)]
    highs = [end_ms]
    highs += [start_ms + ms for ms in passed(window.first_s, window.first_percent)]
    highs += [end_ms - ms for ms in passed(window.skip_last_s, window.skip_last_percent)]
    return max(lows), min(highs)


def away_ms(ranges: Sequence[tuple[int, int]], start_ms: int, end_ms: int) -> int:
    """How far from the nearest range something lies; 0 inside of one, or where there is none."""
    return min((max(0, low - start_ms, end_ms - high) for low, high in ranges), default=0)


def length_ms(start_ms: NDArray[np.int64], end_ms: NDArray[np.int64]) -> int:
    """How long the union of stretches of time lasts."""
    spans = zip(start_ms.tolist(), end_ms.tolist(), strict=True)
    return sum(high - low for low, high in _joined(spans))


def _inside(ranges: Ranges, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not ranges:
        return np.zeros(len(at_ms), np.bool_)
    lows, highs = np.array(ranges).T
    place = np.searchsorted(lows, at_ms, "right") - 1
    return np.asarray((place >= 0) & (at_ms < highs[np.maximum(place, 0)]))


def _after(
    anchor_ms: int, within_ms: int | None, most: int | None, begins: NDArray[np.int64], end_ms: int
) -> int:
    """Until when something may begin after an anchor, `begins` being what is counted between."""
    if within_ms is not None:
        return anchor_ms + within_ms
    if most is None:
        return end_ms
    place = int(np.searchsorted(begins, anchor_ms)) + most
    return int(begins[place]) if place < len(begins) else end_ms


def _before(
    anchor_ms: int, within_ms: int | None, most: int | None, ends: NDArray[np.int64], start_ms: int
) -> int:
    """From when something may end before an anchor, `ends` being what is counted between."""
    if within_ms is not None:
        return anchor_ms - within_ms
    if most is None:
        return start_ms
    place = int(np.searchsorted(ends, anchor_ms, "right")) - most - 1
    return int(ends[place]) if place >= 0 else start_ms


def _what(near: Near) -> str:
    fields = ("said", "topic", "silence_s", "interruption_by")
    return next(name for name in fields if getattr(near, name) is not None)


def _times(events: Events, unit: int) -> Ranges:
    own = events.unit == unit
    return sorted(zip(events.start_ms[own].tolist(), events.end_ms[own].tolist(), strict=True))


def _joined(spans: Iterable[tuple[int, int]]) -> Ranges:
    joined: Ranges = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        elif low < high:
            joined.append((low, high))
    return joined


def _within(ranges: Iterable[tuple[int, int]], others: Ranges) -> Ranges:
    return _joined(
        (max(low, other_low), min(high, other_high))
        for low, high in ranges
        for other_low, other_high in others
        if max(low, other_low) < min(high, other_high)
    )
