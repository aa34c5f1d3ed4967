"""Measures of the conversation: talk, silence, overtalk, interruptions, pace, of each unit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.topics.language.measure import MeasureKind
from services.topics.matching.batch import SIDE_OF_CODE, Batch
from services.topics.matching.leaves import Units
from services.topics.matching.near import Events
from shared.text.packed import LANE_BITS, SPEAKER_BITS


@dataclass(frozen=True)
class Measures:
    """Figures of each unit, in ms where they are times; words and talk are those of some sides.

    `interruptions` are points in time by those sides, `overlap_ms` how long each lasted over the
    other's speech. The formulas are those of docs/transcript-format.md.
    """

    duration_ms: NDArray[np.int64]
    words: NDArray[np.int64]
    talk_ms: NDArray[np.int64]
    silence_ms: NDArray[np.int64]
    overtalk_ms: NDArray[np.int64]
    pauses: Events
    interruptions: Events
    overlap_ms: NDArray[np.int64]

    def value(
        self, kind: MeasureKind, pauses: NDArray[np.bool_], interruptions: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The figure of each unit in the kind's own measure, of these events only."""
        match kind:
            case MeasureKind.INTERRUPTIONS:
                own = self.interruptions.unit[interruptions]
                return np.bincount(own, minlength=len(self.duration_ms)).astype(np.float64)
            case MeasureKind.LONGEST_SILENCE_S:
                lengths_ms = self.pauses.end_ms - self.pauses.start_ms
                return self._longest_ms(self.pauses, lengths_ms, pauses) / 1000
            case MeasureKind.LONGEST_INTERRUPTION_S:
                return self._longest_ms(self.interruptions, self.overlap_ms, interruptions) / 1000
        return self._of_the_whole(kind)

    def _of_the_whole(self, kind: MeasureKind) -> NDArray[np.float64]:
        times_ms = {
            MeasureKind.DURATION_S: self.duration_ms,
            MeasureKind.TALK_S: self.talk_ms,
            MeasureKind.TALK_PERCENT: self.talk_ms,
            MeasureKind.SILENCE_S: self.silence_ms,
            MeasureKind.SILENCE_PERCENT: self.silence_ms,
            MeasureKind.OVERTALK_S: self.overtalk_ms,
            MeasureKind.OVERTALK_PERCENT: self.overtalk_ms,
        }
        if kind is MeasureKind.WORDS:
            return self.words.astype(np.float64)
        if kind is MeasureKind.WORDS_PER_S:
            return self.words * 1000 / np.maximum(self.talk_ms, 1) * (self.talk_ms > 0)
        if kind.endswith("_percent"):
            return times_ms[kind] * 100 / np.maximum(self.duration_ms, 1)
        return times_ms[kind] / 1000

    def _longest_ms(
        self, events: Events, lengths_ms: NDArray[np.int64], chosen: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        longest_ms = np.zeros(len(self.duration_ms), np.int64)
        np.maximum.at(longest_ms, events.unit[chosen], lengths_ms[chosen])
        return longest_ms


def measure(batch: Batch, units: Units, sides: int) -> Measures:
    """Measure every unit; words, talk and interruptions are those of the sides."""
    from services.topics.matching.compiled.measure import measure as measured

    speakers = batch.speech.tokens.speakers
    start_ms, end_ms = batch.clock()
    words, talk, silence, overtalk, pauses, interruptions = measured(
        batch.contact_begin[:-1][units.contact],
        batch.contact_begin[1:][units.contact],
        np.arange(len(units)) if units.by_legs else np.full(len(units), -1),
        units.start_ms,
        units.end_ms,
        batch.recording * 256 + (speakers & np.uint8(LANE_BITS)),
        SIDE_OF_CODE[speakers & np.uint8(SPEAKER_BITS)],
        batch.legs_of(np.arange(len(speakers))),
        start_ms,
        end_ms,
        np.uint8(sides),
    )
    paused = np.array(pauses, np.int64).reshape(-1, 3).T
    interrupted = np.array(interruptions, np.int64).reshape(-1, 3).T
    return Measures(
        units.end_ms - units.start_ms,
        words,
        talk,
        silence,
        overtalk,
        Events(paused[0], paused[1], paused[2]),
        Events(interrupted[0], interrupted[1], interrupted[1]),
        interrupted[2],
    )
