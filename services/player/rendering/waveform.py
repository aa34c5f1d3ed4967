"""Peaks for drawing a recording, per channel, as audiowaveform data version 2; pure numpy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# One pixel of the fine level: short enough to see a syllable, 2 to 4 MB of JSON an hour of stereo.
FINE_PIXEL_MS = 20
# The coarse level covers the whole recording in about the width of a screen.
MOST_COARSE_PIXELS = 2000
_PIXELS_PER_PIECE = 8192

Peaks = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Waveform:
    """Peaks of one level of detail: `peaks` is (pixels, channels, 2), minimum before maximum."""

    rate_hz: int
    samples_per_pixel: int
    peaks: Peaks

    def coarser(self, most_pixels: int = MOST_COARSE_PIXELS) -> "Waveform":
        """The same waveform with pixels joined until there are at most `most_pixels`."""
        factor = max(1, -(-len(self.peaks) // most_pixels))
        starts = np.arange(0, len(self.peaks), factor)
        if not starts.size:
            return self
        lows = np.minimum.reduceat(self.peaks[..., 0], starts, axis=0)
        highs = np.maximum.reduceat(self.peaks[..., 1], starts, axis=0)
        joined = np.stack([lows, highs], axis=-1)
        return Waveform(self.rate_hz, self.samples_per_pixel * factor, joined)

    def json_pieces(self) -> Iterator[bytes]:
        """The JSON document in pieces of bounded size.

        Format: audiowaveform, doc/DataFormat.md, version 2: `data` holds min, max of channel 0,
        then of channel 1, and so on for each pixel; `bits` 8 means values of -128..127.
        """
        pixels, channels, _ = self.peaks.shape
        yield (
            f'{{"version":2,"channels":{channels},"sample_rate":{self.rate_hz},'
            f'"samples_per_pixel":{self.samples_per_pixel},"bits":8,"length":{pixels},"data":['
        ).encode()
        for start in range(0, pixels, _PIXELS_PER_PIECE):
            values = self.peaks[start : start + _PIXELS_PER_PIECE].ravel().tolist()
            yield (("," if start else "") + ",".join(map(str, values))).encode()
        yield b"]}"


class WaveformBuilder:
    """Gathers the fine level from blocks of sound of any length.

    Memory grows by 100 B a second and channel: 17 MB for six hours of eight channels.
    """

    def __init__(self, *, channels: int, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._samples_per_pixel = max(1, rate_hz * FINE_PIXEL_MS // 1000)
        self._rest = np.zeros((channels, 0), np.float32)
        self._parts: list[Peaks] = []

    def add(self, block: npt.NDArray[np.float32]) -> None:
        """Take the next samples: (channels, frames), float32 in -1..1."""
        joined = np.concatenate([self._rest, block], axis=1)
        whole = joined.shape[1] - joined.shape[1] % self._samples_per_pixel
        self._rest = joined[:, whole:]
        if whole:
            self._parts.append(_peaks(joined[:, :whole], self._samples_per_pixel))

    def build(self) -> Waveform:
        """The fine level of all samples so far; the last pixel may cover fewer samples."""
        parts = list(self._parts)
        if self._rest.shape[1]:
            parts.append(_peaks(self._rest, self._rest.shape[1]))
        empty = np.zeros((0, len(self._rest), 2), np.int8)
        return Waveform(self._rate_hz, self._samples_per_pixel, np.concatenate([empty, *parts]))


def _peaks(samples: npt.NDArray[np.float32], samples_per_pixel: int) -> Peaks:
    pixels = samples.reshape(len(samples), -1, samples_per_pixel)
    extremes = np.stack([pixels.min(axis=-1), pixels.max(axis=-1)], axis=-1)
    scaled = np.clip(np.floor(extremes * 128), -128, 127).astype(np.int8)
    return np.ascontiguousarray(scaled.transpose(1, 0, 2))
