"""Line clicks: impulses of a few ms far above all that sounds near them, bridged with a line.

Pure numpy; docs/denoise.md holds what it gains and why it leaves voices alone.
"""

import numpy as np
import numpy.typing as npt

from shared.vad import RATE_HZ

Sound = npt.NDArray[np.float32]

_MS = RATE_HZ // 1000
# A click rings for so long in a telephone's band; what lasts longer is a sound of its own.
_REACH_MS = 4
# The pulses of a creaking voice are clicks too, but never alone for so long.
_ALONE_MS = 60
# 12 dB above everything else around it.
_LOUDER = 4.0
# Steps below -50 dBFS nobody hears.
_LEAST_STEP = 0.003


def without_clicks(pcm: Sound) -> Sound:
    """`pcm` (one channel at RATE_HZ) with its line clicks taken out; itself where there are none."""
    gaps = _gaps(pcm)
    if not gaps:
        return pcm
    bridged = pcm.copy()
    for start, end in gaps:
        # Both ends stay as they are, so the line sets no new step.
        bridged[start:end] = np.linspace(pcm[start], pcm[end - 1], end - start)
    return bridged


def _gaps(pcm: Sound) -> list[tuple[int, int]]:
    """The samples that clicks cover: (first, last + 1) in time order, apart from each other."""
    steps = _largest_steps(pcm)
    if steps.size <= 2 * _ALONE_MS:
        return []
    around = _largest_around(steps)
    clicks = np.flatnonzero((steps > _LOUDER * around) & (steps > _LEAST_STEP))
    gaps: list[tuple[int, int]] = []
    for click in clicks.tolist():
        first = max(click - _REACH_MS + 1, 0)
        rings = first + np.flatnonzero(steps[first : click + _REACH_MS] > around[click])
        start = max(int(rings[0]) * _MS - _MS // 2, 0)
        end = min((int(rings[-1]) + 1) * _MS + _MS // 2, pcm.size)
        if gaps and start < gaps[-1][1]:
            start = gaps.pop()[0]
        gaps.append((start, end))
    return gaps


def _largest_steps(pcm: Sound) -> Sound:
    """The largest step from sample to sample in each whole ms."""
    whole = pcm.size // _MS * _MS
    steps = np.abs(np.diff(pcm[:whole], prepend=pcm[:1]))
    largest: Sound = steps.reshape(-1, _MS).max(axis=1)
    return largest


def _largest_around(steps: Sound) -> Sound:
    """For each ms the largest step between `_REACH_MS` and `_ALONE_MS` before and after it."""
    padded = np.pad(steps, _ALONE_MS)
    length = _ALONE_MS - _REACH_MS + 1
    largest = np.lib.stride_tricks.sliding_window_view(padded, length).max(axis=-1)
    after = _ALONE_MS + _REACH_MS
    around: Sound = np.maximum(largest[: steps.size], largest[after : after + steps.size])
    return around
