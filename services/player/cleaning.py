"""Noise suppression of a whole recording in stretches: memory bounded, profile near its speech.

Worker only: voice activity detection loads onnxruntime.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from services.player.denoise import RATE_HZ, NoiseProfile, Sound, Treatment, suppress_noise
from shared.vad import speech_regions

# Long enough to hold pauses of both parties, short enough that noise which changes with a
# transfer gets a profile of its own.
STRETCH_S = 60


@dataclass
class ChannelReport:
    """How many ms of one channel got which treatment."""

    ms: dict[Treatment, int] = field(default_factory=dict)

    @property
    def denoised(self) -> bool:
        """Whether any of it was changed."""
        return Treatment.DENOISED in self.ms

    def note(self) -> dict[str, object]:
        """What the rendition's notes say about the channel."""
        return {
            "result": "denoised" if self.denoised else "left-as-is",
            "ms": {str(treatment): ms for treatment, ms in self.ms.items()},
        }


class Cleaner:
    """Suppresses noise stretch by stretch; `reports` tell per channel what was done."""

    def __init__(self, channels: int) -> None:
        self.reports = [ChannelReport() for _ in range(channels)]
        self._known: list[NoiseProfile | None] = [None] * channels

    def clean(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """Cleaned sound of the same length: blocks of (channels, frames) at RATE_HZ."""
        for stretch in _stretches(blocks, STRETCH_S * RATE_HZ):
            cleaned = np.empty_like(stretch)
            for index, pcm in enumerate(stretch):
                cleaned[index], treatment, self._known[index] = suppress_noise(
                    pcm, speech_regions(pcm), known=self._known[index]
                )
                ms = self.reports[index].ms
                ms[treatment] = ms.get(treatment, 0) + pcm.size * 1000 // RATE_HZ
            yield cleaned


def _stretches(blocks: Iterable[Sound], frames: int) -> Iterator[Sound]:
    """The same sound in stretches of `frames`; the last one has at least half of that if it can.

    A short rest would have too few pauses to know its noise.
    """
    waiting: list[Sound] = []
    held = 0
    for block in blocks:
        waiting.append(block)
        held += block.shape[1]
        if held >= frames + frames // 2:
            joined = np.concatenate(waiting, axis=1)
            yield np.ascontiguousarray(joined[:, :frames])
            waiting = [joined[:, frames:].copy()]
            held -= frames
    if held:
        yield np.concatenate(waiting, axis=1)
