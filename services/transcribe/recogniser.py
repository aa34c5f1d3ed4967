"""The recogniser port: one channel of sound goes in, words with times come out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from shared.domain.transcript import SpeechRegion, Word

Pcm = npt.NDArray[np.float32]
Progress = Callable[[float], None]
"""Called with the finished share, 0..1, never falling."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model wrote a transcript; `languages` are the ones it claims to understand (empty:
    any).
    """

    name: str
    version: str
    demo: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecognisedSegment:
    """A stretch of words decoded together, with the figures by which filters judge it.

    `no_speech_prob` is 0..1, `avg_logprob` the natural logarithm per token, `compression_ratio`
    the zlib ratio of the decoded window's text. Word times are ms on the channel's clock.
    """

    words: tuple[Word, ...]
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float


@dataclass(frozen=True, slots=True)
class DroppedText:
    """Words a filter took out of one channel; `reason` as in shared.domain.transcript.Dropped."""

    text: str
    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChannelRecognition:
    """What was said on one channel; words are in time order, each inside one speech region."""

    language: str
    words: tuple[Word, ...]
    speech: tuple[SpeechRegion, ...]
    dropped: tuple[DroppedText, ...] = field(default=())


class Recogniser(Protocol):
    """What any speech recogniser must do for us; it gets arrays, never files.

    `pcm` is one channel, mono float32 in -1..1 at 16 kHz.
    """

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""

    def recognise(
        self,
        pcm: Pcm,
        language: str,
        on_progress: Progress,
        speech: tuple[SpeechRegion, ...] | None = None,
    ) -> ChannelRecognition:
        """Recognise one channel in `language`; `speech` spares a second VAD pass."""

    def language_probabilities(self, pcm: Pcm) -> dict[str, float]:
        """Probability of each language code for one clip of speech; {} if the model cannot tell."""
