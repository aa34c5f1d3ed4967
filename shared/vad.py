"""Voice activity: which stretches of one channel hold speech, by the Silero model inside
faster-whisper.

Two slices need it: recognition works on the speech, noise profiles come from the pauses.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.domain.transcript import SpeechRegion

RATE_HZ = 16_000
# Telephone sound gets lower probabilities than the wide-band sound Silero's 0.5 is meant for: on
# the samples 0.5 loses 2 of 673 words, 0.4 and less none, and none takes noise for speech.
THRESHOLD = 0.35
# Telephone turns: a shorter pause belongs to the phrase, a longer one ends it.
MIN_SILENCE_MS = 300
# Kept around speech so that unvoiced first and last sounds are not cut off.
PAD_MS = 200
# Below -60 dBFS peak a channel holds line noise at most; the model need not look.
SILENT_PEAK = 0.001
# The model takes its input as overlapping frames, so memory would grow with the whole recording.
_BLOCK_SAMPLES = 600 * RATE_HZ


def speech_regions(
    pcm: npt.NDArray[np.float32],
    *,
    min_silence_ms: int = MIN_SILENCE_MS,
    pad_ms: int = PAD_MS,
) -> tuple[SpeechRegion, ...]:
    """Find speech in one channel: mono float32 in -1..1 at 16 kHz.

    Regions are in time order, do not overlap, lie inside the sound, and carry `pad_ms` of padding
    on each side where the pause leaves room for it. A silent channel gives none.
    """
    if pcm.ndim != 1:
        raise ValueError(f"one channel is expected, got an array of shape {pcm.shape}")
    if pcm.size == 0 or max(float(pcm.max()), -float(pcm.min())) < SILENT_PEAK:
        return ()
    found: list[tuple[int, int]] = []
    for start in range(0, pcm.size, _BLOCK_SAMPLES):
        block = pcm[start : start + _BLOCK_SAMPLES]
        found += [
            (start + first, start + last) for first, last in _block_regions(block, min_silence_ms)
        ]
    return _padded(found, pcm.size, min_silence_ms=min_silence_ms, pad_ms=pad_ms)


def _block_regions(block: npt.NDArray[np.float32], min_silence_ms: int) -> list[tuple[int, int]]:
    # Imported here: the gateway may import what imports this module, and must not load onnxruntime.
    from faster_whisper.vad import (
        VadOptions,
        get_speech_timestamps,
    )

    options = VadOptions(
        threshold=THRESHOLD, min_silence_duration_ms=min_silence_ms, speech_pad_ms=0
    )
    stamps: list[dict[str, Any]] = get_speech_timestamps(block, options)
    return [(int(stamp["start"]), int(stamp["end"])) for stamp in stamps]


def _padded(
    found: list[tuple[int, int]], samples: int, *, min_silence_ms: int, pad_ms: int
) -> tuple[SpeechRegion, ...]:
    joined: list[list[int]] = []
    for start, end in found:
        # Speech that runs over a block's edge comes back in two pieces.
        if joined and start - joined[-1][1] < min_silence_ms * RATE_HZ // 1000:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    regions: list[SpeechRegion] = []
    for index, (start, end) in enumerate(joined):
        before = joined[index - 1][1] if index else 0
        after = joined[index + 1][0] if index + 1 < len(joined) else samples
        left = (start - before) // 2 if index else start
        right = (after - end) // 2 if index + 1 < len(joined) else samples - end
        pad = pad_ms * RATE_HZ // 1000
        regions.append(
            SpeechRegion(
                (start - min(pad, left)) * 1000 // RATE_HZ,
                (end + min(pad, right)) * 1000 // RATE_HZ,
            )
        )
    return tuple(regions)
