"""A figure of the conversation between bounds: silence, talk, interruptions, pace, duration."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from services.topics.language.model import Model
from services.topics.language.said import By, Window


class MeasureKind(StrEnum):
    """What can be measured of a conversation; `…_s` are seconds, `…_percent` parts of its length.

    Kinds of PERSONAL are measured of the side that `by` names, the others of the conversation.
    """

    DURATION_S = "duration_s"
    WORDS = "words"
    WORDS_PER_S = "words_per_s"
    TALK_S = "talk_s"
    TALK_PERCENT = "talk_percent"
    SILENCE_S = "silence_s"
    SILENCE_PERCENT = "silence_percent"
    LONGEST_SILENCE_S = "longest_silence_s"
    OVERTALK_S = "overtalk_s"
    OVERTALK_PERCENT = "overtalk_percent"
    INTERRUPTIONS = "interruptions"
    LONGEST_INTERRUPTION_S = "longest_interruption_s"


PERSONAL = frozenset(
    {
        MeasureKind.WORDS,
        MeasureKind.WORDS_PER_S,
        MeasureKind.TALK_S,
        MeasureKind.TALK_PERCENT,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)
PLACED = frozenset(
    {
        MeasureKind.LONGEST_SILENCE_S,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)
"""Kinds that are made of events with a time, so that a window can choose among them."""


class Measure(Model):
    """A figure of the conversation between bounds."""

    what: MeasureKind
    by: By = By.ANYONE
    at_least: float | None = Field(default=None, ge=0, le=1_000_000, strict=True)
    at_most: float | None = Field(default=None, ge=0, le=1_000_000, strict=True)
    window: Window | None = None

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a measure has at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is greater than at_most")
        if self.what.endswith("_percent") and (self.at_least or 0) > 100:
            raise ValueError("no part is greater than 100 %")
        if self.by is not By.ANYONE and self.what not in PERSONAL:
            raise ValueError(f"{self.what} is of the whole conversation: leave `by` out")
        if self.window is not None and self.what not in PLACED:
            raise ValueError(f"only {', '.join(sorted(PLACED))} can have a window")
        if self.window is not None and self.window.same_utterance is not None:
            raise ValueError("a silence or an interruption is in no utterance: no same_utterance")
        return self
