"""Cutting a channel into clips that one window of the model can hold, without losing speech."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.domain.transcript import SpeechRegion

# Whisper's word times drift over silence (faster-whisper issue 125: up to 10 s), so a clip holds
# little of it: speech after a longer pause starts a clip of its own.
JOIN_GAP_MS = 2000
LOUDNESS_FRAME_MS = 20
# Speech without a pause is cut at its quietest moment in the last part of the window.
_CUT_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Clip:
    """One stretch of a channel given to the model at once, in ms."""

    start_ms: int
    end_ms: int


def loudness(pcm: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float32]:
    """Root mean square of each LOUDNESS_FRAME_MS of one channel, 0..1."""
    frame = rate_hz * LOUDNESS_FRAME_MS // 1000
    whole = pcm[: pcm.size // frame * frame].reshape(-1, frame)
    # Not `whole**2`: an hour of sound would be in memory twice.
    power: npt.NDArray[np.float32] = np.einsum("ij,ij->i", whole, whole) / np.float32(frame)
    return np.sqrt(power)


def plan_clips(
    speech: Sequence[SpeechRegion],
    window_ms: int,
    frames: npt.NDArray[np.float32],
    *,
    join_gap_ms: int = JOIN_GAP_MS,
) -> list[Clip]:
    """Join speech regions into clips no longer than `window_ms`; `frames` is the channel's
    loudness().

    Every millisecond of `speech` lies in exactly one clip. Clips end in pauses; only a region that
    is itself longer than the window is cut, where it is quietest.
    """
    if window_ms < 2 * LOUDNESS_FRAME_MS:
        raise ValueError(f"a window of {window_ms} ms holds no speech")
    clips: list[Clip] = []
    for region in speech:
        for piece in _pieces(region, window_ms, frames):
            last = clips[-1] if clips else None
            if (
                last is not None
                and piece.start_ms - last.end_ms <= join_gap_ms
                and piece.end_ms - last.start_ms <= window_ms
            ):
                clips[-1] = Clip(last.start_ms, piece.end_ms)
            else:
                clips.append(piece)
    return clips


def _pieces(region: SpeechRegion, window_ms: int, frames: npt.NDArray[np.float32]) -> list[Clip]:
    pieces: list[Clip] = []
    start_ms = region.start_ms
    while region.end_ms - start_ms > window_ms:
        cut_ms = _quietest(start_ms + int(window_ms * _CUT_FROM), start_ms + window_ms, frames)
        pieces.append(Clip(start_ms, cut_ms))
        start_ms = cut_ms
    if region.end_ms > start_ms:
        pieces.append(Clip(start_ms, region.end_ms))
    return pieces


def _quietest(from_ms: int, to_ms: int, frames: npt.NDArray[np.float32]) -> int:
    """The middle of the quietest 60 ms between two times; `to_ms` where the sound does not say."""
    first = -(-from_ms // LOUDNESS_FRAME_MS)
    last = to_ms // LOUDNESS_FRAME_MS
    part = frames[first:last]
    if part.size < 3:
        return to_ms
    smooth = np.convolve(part, np.ones(3, dtype=np.float32), mode="valid")
    quietest = first + int(np.argmin(smooth)) + 1
    return quietest * LOUDNESS_FRAME_MS + LOUDNESS_FRAME_MS // 2
