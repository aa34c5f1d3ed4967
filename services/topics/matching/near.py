"""Findings near something else: after it, before it, or in the same utterance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.topics.language.said import Near, Window
from services.topics.matching.batch import SIDE_OF_CODE, Batch
from services.topics.matching.leaves import Units
from shared.text.packed import SPEAKER_BITS, UTTERANCE_START

# Units and times in one number, so that one search finds the neighbour in the same unit.
_UNIT = np.int64(1) << 40


class Events(NamedTuple):
    """Things that happened: in which unit, from when to when."""

    unit: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]


class Placed(NamedTuple):
    """Findings that are asked about: when, and the utterances of their first and last word.

    `from_ms` is when the first one's utterance begins, `to_ms` when the last one's ends.
    """

    unit: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    from_ms: NDArray[np.int64]
    to_ms: NDArray[np.int64]


class Conversation:
    """Words and utterances of a batch on their contacts' clocks, laid out when first asked for."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        speakers = batch.speech.tokens.speakers
        starts = (speakers & np.uint8(UTTERANCE_START)) > 0
        self._first = np.flatnonzero(starts)
        self._last = np.append(self._first[1:], len(speakers)) - 1
        self._side = SIDE_OF_CODE[speakers & np.uint8(SPEAKER_BITS)]
        self._start_ms, self._end_ms = batch.clock()

    def utterance(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of each token's utterance."""
        return np.searchsorted(self._first, tokens, side="right") - 1

    def placed(
        self, unit: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> Placed:
        """Findings from and to these tokens."""
        return Placed(
            unit,
            self._start_ms[first],
            self._end_ms[last],
            self._start_ms[self._first[self.utterance(first)]],
            self._end_ms[self._last[self.utterance(last)]],
        )

    def words(self, units: Units, unit: int, sides: int) -> Events:
        """Words of these sides in a unit."""
        tokens = np.arange(len(self._side))[self._tokens(units, unit)]
        tokens = tokens[self._is_in(units, unit, tokens) & ((self._side[tokens] & sides) > 0)]
        return Events(tokens, self._start_ms[tokens], self._end_ms[tokens])

    def utterances(self, units: Units, unit: int, sides: int, *, ending: bool) -> Events:
        """Utterances of these sides that begin, or end, in a unit."""
        tokens = self._tokens(units, unit)
        low, high = np.searchsorted(self._first, [tokens.start, tokens.stop])
        first, last = self._first[low:high], self._last[low:high]
        held = self._is_in(units, unit, last if ending else first)
        held &= (self._side[first] & sides) > 0
        first, last = first[held], last[held]
        return Events(first, self._start_ms[first], self._end_ms[last])

    def _tokens(self, units: Units, unit: int) -> slice:
        """Tokens of the unit's contact: they lie together."""
        contact = int(units.contact[unit])
        begin, end = self._batch.contact_begin[contact : contact + 2].tolist()
        return slice(begin, end)

    def _is_in(self, units: Units, unit: int, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not units.by_legs:
            return np.ones(len(tokens), np.bool_)
        return np.asarray(self._batch.legs_of(tokens) == unit)


def is_after(
    near: Near,
    anchors: Events,
    found: Placed,
    conversation: Conversation,
    units: Units,
    sides: int,
) -> NDArray[np.bool_]:
    """Which findings come after an anchor, as close as `near` asks."""
    whole = near.within_utterances is not None
    moment = found.from_ms if whole else found.start_ms
    order = np.lexsort((anchors.end_ms, anchors.unit))
    keys = anchors.unit[order] * _UNIT + anchors.end_ms[order]
    at = np.searchsorted(keys, found.unit * _UNIT + moment, side="right") - 1
    ends_ms = _neighbour(at, order, anchors.unit, anchors.end_ms, found.unit)
    kept: NDArray[np.bool_] = ends_ms >= 0
    if near.within_s is not None:
        kept &= found.start_ms - ends_ms <= near.within_s * 1000
    most = near.within_words or near.within_utterances or 0
    for n in np.flatnonzero(kept) if most else ():
        unit = int(found.unit[n])
        if whole:
            others = conversation.utterances(units, unit, sides, ending=False)
        else:
            others = conversation.words(units, unit, sides)
        between = (others.start_ms >= ends_ms[n]) & (others.start_ms < moment[n])
        kept[n] = np.count_nonzero(between) < most
    return kept


def is_before(
    near: Near,
    anchors: Events,
    found: Placed,
    conversation: Conversation,
    units: Units,
    sides: int,
) -> NDArray[np.bool_]:
    """Which findings come before an anchor, as close as `near` asks."""
    whole = near.within_utterances is not None
    moment = found.to_ms if whole else found.end_ms
    order = np.lexsort((anchors.start_ms, anchors.unit))
    keys = anchors.unit[order] * _UNIT + anchors.start_ms[order]
    at = np.searchsorted(keys, found.unit * _UNIT + moment, side="left")
    starts_ms = _neighbour(at, order, anchors.unit, anchors.start_ms, found.unit)
    kept: NDArray[np.bool_] = starts_ms >= 0
    if near.within_s is not None:
        kept &= starts_ms - found.end_ms <= near.within_s * 1000
    most = near.within_words or near.within_utterances or 0
    for n in np.flatnonzero(kept) if most else ():
        unit = int(found.unit[n])
        if whole:
            others = conversation.utterances(units, unit, sides, ending=True)
        else:
            others = conversation.words(units, unit, sides)
        between = (others.end_ms > moment[n]) & (others.end_ms <= starts_ms[n])
        kept[n] = np.count_nonzero(between) < most
    return kept


def among_utterances(
    window: Window, found: Placed, conversation: Conversation, units: Units, sides: int
) -> NDArray[np.bool_]:
    """Which findings lie in the first, or the last, utterances of these sides in their unit."""
    kept = np.ones(len(found.unit), np.bool_)
    for n, unit in enumerate(found.unit.tolist()):
        if window.first_utterances is not None:
            begun = conversation.utterances(units, unit, sides, ending=False).start_ms
            kept[n] &= np.count_nonzero(begun < found.from_ms[n]) < window.first_utterances
        if window.last_utterances is not None:
            ended = conversation.utterances(units, unit, sides, ending=True).end_ms
            kept[n] &= np.count_nonzero(ended > found.to_ms[n]) < window.last_utterances
    return kept


def _neighbour(
    at: NDArray[np.int64],
    order: NDArray[np.int64],
    unit: NDArray[np.int64],
    time_ms: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Time of the anchor at each place of the order, -1 where it is none of the wanted unit."""
    times_ms = np.full(len(at), -1, np.int64)
    there = (at >= 0) & (at < len(order))
    anchor = order[at[there]]
    times_ms[there] = np.where(unit[anchor] == wanted[there], time_ms[anchor], -1)
    return times_ms
