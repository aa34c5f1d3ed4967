"""Noise suppression of a whole recording in stretches: memory bounded, profile near its speech.

Worker only: voice activity detection loads onnxruntime.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from services.player.rendering.denoise import (
    RATE_HZ,
    NoiseProfile,
    Sound,
    Treatment,
    suppress_noise,
)
from services.player.rendering.strength import Strength
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
        return any(treatment.changes for treatment in self.ms)

    def note(self) -> dict[str, object]:
        """What the rendition's notes say about the channel."""
        return {
            "result": "denoised" if self.denoised else "left-as-is",
            "ms": {str(treatment): ms for treatment, ms in self.ms.items()},
        }


class Cleaner:
    """Suppresses noise stretch by stretch; `reports` tell per channel what was done."""

    def __init__(self, channels: int, strength: Strength) -> None:
        self.reports = [ChannelReport() for _ in range(channels)]
        self._strength = strength
        self._known: list[NoiseProfile | None] = [None] * channels

    def clean(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """Cleaned sound of the same length: blocks of (channels, frames) at RATE_HZ.

        What comes out holds only until the next one is asked for.
        """
        for stretch in _stretches(blocks, len(self.reports), STRETCH_S * RATE_HZ):
            for index, pcm in enumerate(stretch):
                stretch[index], treatment, self._known[index] = suppress_noise(
                    pcm,
                    speech_regions(pcm),
                    strength=self._strength,
                    known=self._known[index],
                )
                ms = self.reports[index].ms
                ms[treatment] = ms.get(treatment, 0) + pcm.size * 1000 // RATE_HZ
            yield stretch


def _stretches(blocks: Iterable[Sound], channels: int, frames: int) -> Iterator[Sound]:
    """The same sound in stretches of `frames`; the last one has at least half of that if it can.

    A short rest would have too few pauses to know its noise. All are views of one buffer: several
    copies of a minute of eight channels would be what the worker needs most memory for.
    """
    buffer = np.empty((channels, frames + frames // 2), np.float32)
    held = 0
    for block in blocks:
        taken = 0
        while taken < block.shape[1]:
            more = min(block.shape[1] - taken, buffer.shape[1] - held)
            buffer[:, held : held + more] = block[:, taken : taken + more]
            held += more
            taken += more
            if held == buffer.shape[1]:
                yield buffer[:, :frames]
                held -= frames
                buffer[:, :held] = buffer[:, frames:]
    if held:
        yield buffer[:, :held]
