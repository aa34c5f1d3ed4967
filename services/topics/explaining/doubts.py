"""Why absence proves nothing on a leg or a contact: the reasons behind what the matcher doubts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.topics.explaining.schemas import DoubtCode, DoubtOut
from services.topics.language.measure import Measure
from services.topics.language.rule import Condition
from services.topics.language.said import By, Near, Said, Window
from services.topics.matching.batch import Batch
from services.topics.matching.doubt import TOGETHER, asked_of, doubtful_legs
from services.topics.matching.speech import Sides
from shared.domain.recording import Speaker

_SIDES = {Speaker.OPERATOR: Sides.OPERATOR, Speaker.CLIENT: Sides.CLIENT}
_BY = {By.OPERATOR: Speaker.OPERATOR, By.CLIENT: Speaker.CLIENT}

_TEXTS = {
    DoubtCode.LEG_WITHOUT_TRANSCRIPT: "a leg on which people can have talked has no transcript",
    DoubtCode.TALK_WITHOUT_TRANSCRIPT: "talk of the call has no transcript",
    DoubtCode.SPEAKER_UNKNOWN: "one channel holds both sides: whose words they are is not known",
    DoubtCode.SIDE_WITHOUT_CHANNEL: "no recorded channel holds the {who}",
    DoubtCode.SIDE_SILENT: "not one word of the {who} was recognised",
    DoubtCode.TOPIC_UNDECIDABLE: "the topic «{who}» could not be decided",
}
_ANYBODY = "sides"


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is doubtful of one contact, the only one of the batch.

    `undecided` are the keys of other topics that could not be decided on it.
    """

    batch: Batch
    unknown_is_anyone: bool
    undecided: frozenset[str]

    def of_leaf(self, condition: Condition, leg: int | None) -> list[DoubtOut]:
        """The doubts about a leaf on a leg, a place in the batch; None: on the whole contact."""
        found: Iterator[DoubtOut] = iter(())
        if condition.said is not None or condition.not_said is not None:
            found = self._of_said(condition.said or condition.not_said, leg)
        elif condition.measure is not None:
            found = self._of_measure(condition.measure, leg)
        elif condition.topic is not None:
            found = self._of_topic(condition.topic)
        return list(dict.fromkeys(found))

    def _of_said(self, leaf: Said | None, leg: int | None) -> Iterator[DoubtOut]:
        if leaf is not None:
            yield from self._of_side(leaf.by, leg, anyone=self.unknown_is_anyone)
            yield from self._of_window(leaf.window, leg)

    def _of_measure(self, leaf: Measure, leg: int | None) -> Iterator[DoubtOut]:
        anyone = self.unknown_is_anyone and leaf.what not in TOGETHER
        for by in asked_of(leaf):
            yield from self._of_side(by, leg, anyone=anyone)
        yield from self._of_window(leaf.window, leg)

    def _of_topic(self, key: str | None) -> Iterator[DoubtOut]:
        if key is not None and key in self.undecided:
            yield _doubt(DoubtCode.TOPIC_UNDECIDABLE, key, topic=key)

    def _of_window(self, window: Window | None, leg: int | None) -> Iterator[DoubtOut]:
        if window is None:
            return
        for near in (window.after, window.before):
            if near is not None:
                yield from self._of_near(near, leg)
        yield from self._of_said(window.same_utterance, leg)

    def _of_near(self, near: Near, leg: int | None) -> Iterator[DoubtOut]:
        yield from self._of_said(near.said, leg)
        yield from self._of_topic(near.topic)
        if near.silence_s is not None:
            yield from self._of_side(By.ANYONE, leg, anyone=self.unknown_is_anyone)
        if near.interruption_by is not None:
            for by in (By.OPERATOR, By.CLIENT):
                yield from self._of_side(by, leg, anyone=False)

    def _of_side(self, by: By, leg: int | None, *, anyone: bool) -> Iterator[DoubtOut]:
        doubtful = doubtful_legs(self.batch, by, unknown_is_anyone=anyone)
        for place in np.flatnonzero(doubtful).tolist() if leg is None else [leg]:
            if doubtful[place]:
                yield from self._on_leg(by, place, anyone=anyone)
        if leg is None and not self.batch.speech.heard[0] and not doubtful.any():
            yield _doubt(DoubtCode.TALK_WITHOUT_TRANSCRIPT)

    def _on_leg(self, by: By, place: int, *, anyone: bool) -> Iterator[DoubtOut]:
        legs = self.batch.legs
        row = int(legs.row[place])
        leg_id = int(self.batch.speech.legs.leg_id[row]) if row >= 0 else None
        if not legs.heard[place]:
            code = DoubtCode.LEG_WITHOUT_TRANSCRIPT if leg_id else DoubtCode.TALK_WITHOUT_TRANSCRIPT
            yield _doubt(code, leg_id=leg_id)
            return
        audible = Sides(int(legs.audible[place]))
        if by is not By.ANYONE and not anyone and Sides.UNKNOWN in audible:
            yield _doubt(DoubtCode.SPEAKER_UNKNOWN, leg_id=leg_id)
            return
        talkers = Sides(int(legs.talkers[place]))
        asked = [speaker for speaker, side in _SIDES.items() if side in talkers]
        if by is not By.ANYONE:
            asked = [_BY[by]]
        without = [speaker for speaker in asked if _SIDES[speaker] not in audible]
        if without and Sides.UNKNOWN not in audible:
            for speaker in without:
                yield _doubt(
                    DoubtCode.SIDE_WITHOUT_CHANNEL, speaker.value, speaker=speaker, leg_id=leg_id
                )
            return
        yield _doubt(
            DoubtCode.SIDE_SILENT,
            _ANYBODY if by is By.ANYONE else _BY[by].value,
            speaker=None if by is By.ANYONE else _BY[by],
            leg_id=leg_id,
        )


def _doubt(
    code: DoubtCode,
    who: str = "",
    *,
    speaker: Speaker | None = None,
    leg_id: int | None = None,
    topic: str | None = None,
) -> DoubtOut:
    text = _TEXTS[code].format(who=who)
    return DoubtOut(code=code, speaker=speaker, leg_id=leg_id, topic=topic, text=text)
