"""Noise suppression for listening: a decision-directed Wiener filter, its profile from pauses.

Pure numpy on one channel at a time; docs/denoise.md holds the measurements that chose every figure
here and the comparison with noisereduce. Recognition never sees this sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shared.domain.transcript import SpeechRegion

RATE_HZ = 16_000
"""The rate that voice activity detection works at; telephone bands fit in it."""

WINDOW = 1024
HOP = WINDOW // 4
# How much of the a-priori SNR comes from the frame before: alpha of equation 51 in Ephraim and
# Malah, Speech enhancement using a minimum mean-square error STSA estimator, 1984.
SMOOTHING = 0.92
FLOOR_GAIN = 10 ** (-18 / 20)
_LEAST_PRIOR_SNR = 10 ** (-25 / 10)

# Pauses of at least this much sound give a profile; with less, chance decides.
LEAST_PAUSE_MS = 800
# Frames of a pause this close to its quiet ones are noise; louder ones are clicks, breath or music.
_QUIET_QUANTILE = 0.2
_QUIET_SPREAD_DB = 6.0
# A steady Gaussian noise varies by 5.6 dB in each bin; music and voices by much more.
MOST_SPREAD_DB = 7.5
# Beyond this nobody hears the noise, and a filter can only harm.
CLEAN_SNR_DB = 30.0
CLEAN_LEVEL_DBFS = -65.0

# A block is filtered with the sound before it, so that the recursion has settled when it counts.
_BLOCK = 320 * HOP
_CONTEXT = 64 * HOP
_BLOCKS_AT_ONCE = 12

Sound = npt.NDArray[np.float32]
Power = npt.NDArray[np.float32]


class Treatment(StrEnum):
    """What was done with a stretch of one channel, and why when it was left as it is."""

    DENOISED = "denoised"
    NEAR_CLEAN = "near-clean"
    NO_SPEECH = "no-speech"
    TOO_FEW_PAUSES = "too-few-pauses"
    UNSTEADY = "unsteady-noise"


@dataclass(frozen=True, slots=True)
class NoiseProfile:
    """Mean power of the noise per frequency bin, and how it stands to the speech.

    `spread_db` is the mean standard deviation of a bin over time, `level_dbfs` the noise's level.
    """

    power: Power
    level_dbfs: float
    snr_db: float
    spread_db: float


def suppress_noise(
    pcm: Sound, speech: Sequence[SpeechRegion], *, known: NoiseProfile | None = None
) -> tuple[Sound, Treatment, NoiseProfile | None]:
    """Suppress the noise of a stretch of one channel (float32 at RATE_HZ), or return `pcm` itself.

    `speech` are the stretch's VAD regions, padding included. `known` is the profile of the stretch
    before, for one with too few pauses of its own. Returns the sound, what was done, and the
    profile for the next stretch.
    """
    if not speech:
        return pcm, Treatment.NO_SPEECH, known
    profile = noise_profile(pcm, speech) or known
    if profile is None:
        return pcm, Treatment.TOO_FEW_PAUSES, None
    if profile.snr_db > CLEAN_SNR_DB or profile.level_dbfs < CLEAN_LEVEL_DBFS:
        return pcm, Treatment.NEAR_CLEAN, profile
    if profile.spread_db > MOST_SPREAD_DB:
        return pcm, Treatment.UNSTEADY, known
    return filter_noise(pcm, profile.power), Treatment.DENOISED, profile


def noise_profile(pcm: Sound, speech: Sequence[SpeechRegion]) -> NoiseProfile | None:
    """Measure the noise between `speech` regions; None when the pauses are too short to tell."""
    pauses = [_frame_power(pcm[start:end]) for start, end in _pauses(pcm.size, speech)]
    powers = np.concatenate(pauses) if pauses else np.zeros((0, WINDOW // 2 + 1), np.float32)
    totals = powers.sum(axis=1)
    # Digital silence (a switch that sends nothing in pauses) tells nothing of the noise in speech.
    sounding = totals > 0
    powers, totals = powers[sounding], totals[sounding]
    if totals.size * HOP * 1000 < LEAST_PAUSE_MS * RATE_HZ:
        return None
    limit = np.quantile(totals, _QUIET_QUANTILE) * 10 ** (_QUIET_SPREAD_DB / 10)
    quiet = powers[totals <= limit]
    power = quiet.mean(axis=0)
    level = float(power.sum()) / _WINDOW_POWER
    voiced = np.concatenate([pcm[start:end] for start, end in _spans(pcm.size, speech)])
    speech_level = float(np.mean(np.square(voiced), dtype=np.float64)) - level
    return NoiseProfile(
        power=power.astype(np.float32),
        level_dbfs=_decibels(level),
        snr_db=_decibels(speech_level) - _decibels(level),
        spread_db=_spread_db(quiet, power),
    )


def filter_noise(pcm: Sound, noise: Power) -> Sound:
    """`pcm` with noise of the given power per bin reduced by up to 18 dB; same length, no delay."""
    padded = np.concatenate(
        [np.zeros(_CONTEXT, np.float32), pcm, np.zeros(_BLOCK + WINDOW, np.float32)]
    )
    out = np.empty_like(pcm)
    starts = list(range(0, pcm.size, _BLOCK))
    for first in range(0, len(starts), _BLOCKS_AT_ONCE):
        group = starts[first : first + _BLOCKS_AT_ONCE]
        pieces = np.stack([padded[s : s + _CONTEXT + _BLOCK + WINDOW] for s in group])
        for start, filtered in zip(group, _filter_blocks(pieces, noise), strict=True):
            kept = min(_BLOCK, pcm.size - start)
            out[start : start + kept] = filtered[_CONTEXT : _CONTEXT + kept]
    return out


def _filter_blocks(pieces: Sound, noise: Power) -> Sound:
    """Filter rows of equal length side by side: the recursion runs over time, not over blocks."""
    spectra = np.fft.rfft(_frames(pieces) * _ROOT_HANN, axis=-1)
    gains = _wiener_gains(np.square(np.abs(spectra)), np.maximum(noise, _TINY_POWER))
    frames = (np.fft.irfft(spectra * gains, WINDOW, axis=-1) * _ROOT_HANN).astype(np.float32)
    out = np.zeros(pieces.shape, np.float32)
    for lag in range(WINDOW // HOP):
        part = frames[:, lag :: WINDOW // HOP].reshape(len(pieces), -1)
        out[:, lag * HOP : lag * HOP + part.shape[1]] += part
    return out / _OVERLAP


def _wiener_gains(power: npt.NDArray[np.floating], noise: Power) -> npt.NDArray[np.float32]:
    """Gains (rows, frames, bins) of the decision-directed Wiener filter for power of that shape."""
    gains = np.empty(power.shape, np.float32)
    carried = np.zeros((power.shape[0], power.shape[2]), np.float32)
    for frame in range(power.shape[1]):
        posterior = power[:, frame] / noise
        prior = SMOOTHING * carried + (1 - SMOOTHING) * np.maximum(posterior - 1, 0)
        np.maximum(prior, _LEAST_PRIOR_SNR, out=prior)
        gain = prior / (1 + prior)
        carried = gain * gain * posterior
        np.maximum(gain, FLOOR_GAIN, out=gains[:, frame])
    return gains


def _frame_power(pcm: Sound) -> Power:
    """Power per (frame, bin) of the whole windows inside `pcm`."""
    if pcm.size < WINDOW:
        return np.zeros((0, WINDOW // 2 + 1), np.float32)
    spectra = np.fft.rfft(_frames(pcm) * _ROOT_HANN, axis=-1)
    return np.square(np.abs(spectra)).astype(np.float32)


def _frames(pcm: Sound) -> Sound:
    return np.lib.stride_tricks.sliding_window_view(pcm, WINDOW, axis=-1)[..., ::HOP, :]


def _spread_db(powers: Power, mean: Power) -> float:
    """How much a bin's power varies over time, over the bins that carry the noise."""
    audible = mean > mean.max() * 1e-4
    levels = 10 * np.log10(powers[:, audible] + _TINY_POWER)
    return float(levels.std(axis=0).mean())


def _spans(samples: int, speech: Sequence[SpeechRegion]) -> Iterator[tuple[int, int]]:
    for region in speech:
        start, end = (ms * RATE_HZ // 1000 for ms in (region.start_ms, region.end_ms))
        yield min(start, samples), min(end, samples)


def _pauses(samples: int, speech: Sequence[SpeechRegion]) -> list[tuple[int, int]]:
    edges = [(0, 0), *_spans(samples, speech), (samples, samples)]
    return [(before[1], after[0]) for before, after in pairwise(edges)]


def _decibels(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))


_ROOT_HANN = np.sqrt(np.hanning(WINDOW + 1)[:WINDOW]).astype(np.float32)
# Overlapped squares of the window add up to this, whatever the sample.
_OVERLAP = np.float32(WINDOW / HOP / 2)
# Power over the bins 0..WINDOW/2 of a signal with a mean square of 1.
_WINDOW_POWER = float(np.square(_ROOT_HANN).sum()) * WINDOW / 2
# About -120 dBFS per bin: keeps quotients finite in bands that hold nothing.
_TINY_POWER = np.float32(1e-12 * _WINDOW_POWER)
