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
        sides = self.sides_of(by)
        words = self._conversation.words(self.units, unit, sides)
        whole = self._whole(unit, words)
        if window is None:
            return Searched(_joined([whole]), words.unit, {})
        anchors = self._anchors(rule, window, unit)
        start_ms, end_ms = int(self.units.start_ms[unit]), int(self.units.end_ms[unit])
        ranges = _within([clock_range(window, start_ms, end_ms, whole)], [whole])
        ranges = _within(ranges, self._among_utterances(window, sides, unit, whole))
        for name, near in (("after", window.after), ("before", window.before)):
            if near is not None:
                at = anchors[f"{name}.{_what(near)}"]
                if near.within_utterances is None:
                    counted = words
                else:
                    counted = self._conversation.utterances(
                        self.units, unit, sides, ending=name == "before"
                    )
                near_range = _after if name == "after" else _before
                ranges = _within(ranges, near_range(near, at, counted, whole))
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

    def _whole(self, unit: int, words: Events) -> tuple[int, int]:
        """A unit and the words that were said on it before it began or after it ended."""
        starts, ends = words.start_ms.tolist(), words.end_ms.tolist()
        return (
            min([int(self.units.start_ms[unit]), *starts]),
            max([int(self.units.end_ms[unit]), *ends]),
        )

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

    def _among_utterances(
        self, window: Window, sides: int, unit: int, whole: tuple[int, int]
    ) -> Ranges:
        """The first and the last utterances of these sides, as far as the window asks for them."""
        ranges = [whole]
        begun = self._conversation.utterances(self.units, unit, sides, ending=False)
        ended = self._conversation.utterances(self.units, unit, sides, ending=True)
        if window.first_utterances is not None:
            # One that began on the leg before comes before all others.
            first = _held(begun, _rank(begun.start_ms) < window.first_utterances)
            ranges = _within(ranges, _joined(first + _held(ended, ~_shared(ended, begun))))
        if window.last_utterances is not None:
            last = _held(ended, _rank(-ended.end_ms) < window.last_utterances)
            ranges = _within(ranges, _joined(last + _held(begun, ~_shared(begun, ended))))
        return ranges


def clock_range(
    window: Window, start_ms: int, end_ms: int, whole: tuple[int, int]
) -> tuple[int, int]:
    """The part of a unit that a window names by the clock; what it leaves open reaches to `whole`."""
    length_ms = end_ms - start_ms

    def passed(seconds: float | None, percent: float | None) -> list[int]:
        found = [] if seconds is None else [int(seconds * 1000)]
        return found if percent is None else [*found, int(percent * length_ms / 100)]

    lows = [whole[0]]
    lows += [start_ms + ms for ms in passed(window.skip_first_s, window.skip_first_percent)]
    lows += [end_ms - ms for ms in passed(window.last_s, window.last_percent)]
    highs = [whole[1]]
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


def _after(near: Near, at: Ranges, counted: Events, whole: tuple[int, int]) -> Ranges:
    """Where something may begin after an anchor, `counted` being what may stand between."""
    begins = np.sort(counted.start_ms)
    found: Ranges = []
    for _, anchor_ms in at:
        place = int(np.searchsorted(begins, anchor_ms))
        if near.within_utterances is not None:
            after = (counted.start_ms >= anchor_ms) & (
                np.searchsorted(begins, counted.start_ms) < place + near.within_utterances
            )
            found += _held(counted, after)
            continue
        end_ms = whole[1]
        if near.within_s is not None:
            end_ms = anchor_ms + int(near.within_s * 1000)
        elif near.within_words is not None and place + near.within_words < len(begins):
            end_ms = int(begins[place + near.within_words])
        found.append((anchor_ms, end_ms))
    return _joined(found)


def _before(near: Near, at: Ranges, counted: Events, whole: tuple[int, int]) -> Ranges:
    """Where something may end before an anchor, `counted` being what may stand between."""
    ends = np.sort(counted.end_ms)
    found: Ranges = []
    for anchor_ms, _ in at:
        place = int(np.searchsorted(ends, anchor_ms, "right"))
        if near.within_utterances is not None:
            before = (counted.end_ms <= anchor_ms) & (
                np.searchsorted(ends, counted.end_ms, "right") > place - near.within_utterances
            )
            found += _held(counted, before)
            continue
        start_ms = whole[0]
        if near.within_s is not None:
            start_ms = anchor_ms - int(near.within_s * 1000)
        elif near.within_words is not None and place > near.within_words:
            start_ms = int(ends[place - near.within_words - 1])
        found.append((start_ms, anchor_ms))
    return _joined(found)


def _rank(times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many come before each."""
    return np.searchsorted(np.sort(times_ms), times_ms)


def _shared(utterances: Events, others: Events) -> NDArray[np.bool_]:
    """Which utterances are among the others: events of both bear the same numbers."""
    return np.isin(utterances.unit, others.unit)


def _held(events: Events, held: NDArray[np.bool_]) -> Ranges:
    return list(zip(events.start_ms[held].tolist(), events.end_ms[held].tolist(), strict=True))


def _what(near: Near) -> str:
    fields = ("said", "topic", "silence_s", "interruption_by")
    return next(name for name in fields if getattr(near, name) is not None)


def _times(events: Events, unit: int) -> Ranges:
    return sorted(_held(events, events.unit == unit))


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
