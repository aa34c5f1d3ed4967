"""Noise suppression for listening: what is done with a stretch of sound, by the noise in its pauses.

Pure numpy on one channel at a time; docs/denoise.md holds the measurements that chose every figure
here and the comparison with noisereduce and RNNoise. Recognition never sees this sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from services.player.rendering.clicks import without_clicks
from services.player.rendering.strength import Strength
from services.player.rendering.wiener import (
    HOP,
    TINY_POWER,
    WINDOW,
    WINDOW_POWER,
    Power,
    filter_noise,
    power_of,
    spectra_of,
)
from shared.domain.transcript import SpeechRegion

RATE_HZ = 16_000
"""The rate that voice activity detection works at; telephone bands fit in it."""

FLOOR_GAINS: Mapping[Strength, float] = MappingProxyType(
    {
        Strength.LIGHT: 10 ** (-6 / 20),
        Strength.MEDIUM: 10 ** (-12 / 20),
        Strength.STRONG: 10 ** (-18 / 20),
    }
)
"""What is left at least of every band of the sound."""

# Pauses of at least this much sound give a profile; with less, chance decides.
LEAST_PAUSE_MS = 800
# Frames of a pause this close to its quiet ones are noise; louder ones are clicks, breath or music.
_QUIET_QUANTILE = 0.2
_QUIET_SPREAD_DB = 6.0
# A steady Gaussian noise varies by 5.6 dB in each bin, a room full of voices by 7 to 9.5, music by
# more. Voices are lowered gently at every strength: more costs the speech its clearness.
STEADY_SPREAD_DB = 7.5
MOST_SPREAD_DB = 9.5
# Where nobody is heard, music and signal tones must stay: only what is as steady and as flat over
# its band as hiss is noise.
HISS_SPREAD_DB = 6.5
HISS_FLATNESS_DB = -6.0
# Beyond this nobody hears the noise, and a filter can only harm.
CLEAN_SNR_DB = 30.0
CLEAN_LEVEL_DBFS = -65.0

Sound = npt.NDArray[np.float32]


class Treatment(StrEnum):
    """What was done with a stretch of one channel, and why when it was left as it is."""

    DENOISED = "denoised"
    DECLICKED = "declicked"
    NEAR_CLEAN = "near-clean"
    NO_SPEECH = "no-speech"
    TOO_FEW_PAUSES = "too-few-pauses"
    UNSTEADY = "unsteady-noise"

    @property
    def changes(self) -> bool:
        """Whether the sound is another one after it."""
        return self in {Treatment.DENOISED, Treatment.DECLICKED}


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
    pcm: Sound,
    speech: Sequence[SpeechRegion],
    *,
    strength: Strength,
    known: NoiseProfile | None = None,
) -> tuple[Sound, Treatment, NoiseProfile | None]:
    """Suppress the noise of a stretch of one channel (float32 at RATE_HZ), or return `pcm` itself.

    `speech` are the stretch's VAD regions, padding included. `known` is the profile of the stretch
    before, for one with too few pauses of its own. Returns the sound, what was done, and the
    profile for the next stretch.
    """
    sound = without_clicks(pcm)
    if speech:
        profile = noise_profile(sound, speech) or known
        treatment = _treatment(profile) if profile else Treatment.TOO_FEW_PAUSES
        known = known if treatment is Treatment.UNSTEADY else profile
    else:
        profile = _hiss(sound, known)
        treatment = _treatment(profile) if profile else Treatment.NO_SPEECH
    if profile and treatment is Treatment.DENOISED:
        sound = filter_noise(sound, profile.power, _floor_gain(profile, strength))
    elif sound is not pcm:
        treatment = Treatment.DECLICKED
    return sound, treatment, known


def noise_profile(pcm: Sound, speech: Sequence[SpeechRegion]) -> NoiseProfile | None:
    """Measure the noise between `speech` regions; None when the pauses are too short to tell."""
    voiced = [pcm[start:end] for start, end in _spans(pcm.size, speech)]
    samples = sum(part.size for part in voiced)
    energy = sum(float(np.dot(part, part)) for part in voiced)
    pauses = [pcm[start:end] for start, end in _pauses(pcm.size, speech)]
    return _profile(_frame_powers(pauses), energy / samples if samples else 0.0)


def _treatment(noise: NoiseProfile) -> Treatment:
    if noise.snr_db > CLEAN_SNR_DB or noise.level_dbfs < CLEAN_LEVEL_DBFS:
        return Treatment.NEAR_CLEAN
    return Treatment.DENOISED if noise.spread_db <= MOST_SPREAD_DB else Treatment.UNSTEADY


def _floor_gain(noise: NoiseProfile, strength: Strength) -> float:
    steady = noise.spread_db <= STEADY_SPREAD_DB
    return FLOOR_GAINS[strength if steady else Strength.LIGHT]


def _hiss(pcm: Sound, known: NoiseProfile | None) -> NoiseProfile | None:
    """The profile of a stretch in which nobody is heard, if a steady hiss is all it holds.

    How loud the speech is over it, `known` tells from the stretch before.
    """
    powers = _frame_powers([pcm])
    profile = _profile(powers, speech_power=0.0)
    if profile is None:
        return None
    audible = profile.power[_audible(profile.power)]
    flatness_db = float(10 * np.log10(audible).mean()) - _decibels(float(audible.mean()))
    if flatness_db < HISS_FLATNESS_DB or _spread_db(powers, profile.power) > HISS_SPREAD_DB:
        return None
    return replace(profile, snr_db=known.snr_db) if known else profile


def _profile(powers: Power, speech_power: float) -> NoiseProfile | None:
    """The profile of what sounds quietest in `powers` (frames, bins); None for too little of it.

    `speech_power` is the mean square of the speech with the noise under it.
    """
    if len(powers) * HOP * 1000 < LEAST_PAUSE_MS * RATE_HZ:
        return None
    totals = powers.sum(axis=1)
    limit = np.quantile(totals, _QUIET_QUANTILE) * 10 ** (_QUIET_SPREAD_DB / 10)
    quiet = powers[totals <= limit]
    power = quiet.mean(axis=0)
    level = float(power.sum()) / WINDOW_POWER
    return NoiseProfile(
        power=power,
        level_dbfs=_decibels(level),
        snr_db=_decibels(speech_power - level) - _decibels(level),
        spread_db=_spread_db(quiet, power),
    )


def _frame_powers(parts: Sequence[Sound]) -> Power:
    """Power per (frame, bin) of the whole windows inside each part, digital silence left out.

    A switch that sends nothing in pauses tells nothing of the noise in speech.
    """
    powers = [power_of(spectra) for part in parts for spectra in spectra_of(part)]
    if not powers:
        return np.zeros((0, WINDOW // 2 + 1), np.float32)
    joined = np.concatenate(powers)
    return joined[joined.any(axis=1)]


def _spread_db(powers: Power, mean: Power) -> float:
    """How much a bin's power varies over time, over the bins that carry the noise."""
    levels = 10 * np.log10(powers[:, _audible(mean)] + TINY_POWER)
    return float(levels.std(axis=0).mean())


def _audible(mean: Power) -> npt.NDArray[np.bool_]:
    """The bins within 40 dB of the strongest."""
    audible: npt.NDArray[np.bool_] = mean > mean.max() * 1e-4
    return audible


def _spans(samples: int, speech: Sequence[SpeechRegion]) -> Iterator[tuple[int, int]]:
    for region in speech:
        start, end = (ms * RATE_HZ // 1000 for ms in (region.start_ms, region.end_ms))
        yield min(start, samples), min(end, samples)


def _pauses(samples: int, speech: Sequence[SpeechRegion]) -> list[tuple[int, int]]:
    edges = [(0, 0), *_spans(samples, speech), (samples, samples)]
    return [(before[1], after[0]) for before, after in pairwise(edges)]


def _decibels(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))
