"""Noise suppression on sound whose clean version is known; regions are given, not detected."""

import numpy as np
import pytest

from services.player.denoise import (
    FLOOR_GAIN,
    RATE_HZ,
    Sound,
    Treatment,
    filter_noise,
    noise_profile,
    suppress_noise,
)
from shared.domain.transcript import SpeechRegion

SECONDS = 12
# One second of voice, one of pause.
SPEECH = tuple(SpeechRegion(start, start + 1000) for start in range(1000, SECONDS * 1000, 2000))


def voice(seconds: int = SECONDS) -> Sound:
    """Gliding harmonics with syllables inside SPEECH, digital silence in the pauses."""
    t = np.arange(seconds * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / RATE_HZ
    tone = sum(np.sin(k * phase) / k for k in range(2, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, None)
    return (0.1 * tone * syllables * (t % 2 >= 1)).astype(np.float32)


def noise(kind: str, samples: int, seed: int = 1) -> Sound:
    rng = np.random.default_rng(seed)
    t = np.arange(samples) / RATE_HZ
    if kind == "white":
        sound = rng.standard_normal(samples)
    elif kind == "hum":
        sound = sum(np.sin(2 * np.pi * 50 * k * t + k) for k in range(2, 9))
        sound = sound + 0.1 * rng.standard_normal(samples)
    elif kind == "tunes":
        notes = rng.choice([262, 330, 392, 523], samples // 2000 + 1).repeat(2000)[:samples]
        sound = np.sin(2 * np.pi * np.cumsum(notes) / RATE_HZ) * np.exp(-4 * (t % 0.125))
    else:
        raise ValueError(kind)
    return (sound / np.sqrt(np.mean(np.square(sound)))).astype(np.float32)


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def noisy(kind: str, snr_db: float) -> tuple[Sound, Sound]:
    clean = voice()
    spoken = np.concatenate([clean[r.start_ms * 16 : r.end_ms * 16] for r in SPEECH])
    scale = level(spoken) * 10 ** (-snr_db / 20)
    return clean, clean + np.float32(scale) * noise(kind, clean.size)


def si_sdr_db(clean: Sound, sound: Sound) -> float:
    target = (sound @ clean) / (clean @ clean) * clean
    return float(10 * np.log10((target @ target) / ((sound - target) @ (sound - target))))


@pytest.mark.parametrize(
    ("kind", "snr_db", "least_gain_db"),
    [
        ("white", 0, 6),
        ("white", 5, 6),
        ("white", 10, 5),
        ("white", 20, 2),
        ("hum", 0, 6),
        ("hum", 10, 4),
        ("hum", 20, 2),
    ],
)
def test_steady_noise_gets_weaker_and_speech_stays(
    kind: str, snr_db: float, least_gain_db: float
) -> None:
    clean, sound = noisy(kind, snr_db)
    filtered, treatment, profile = suppress_noise(sound, SPEECH)
    assert treatment is Treatment.DENOISED
    assert profile is not None
    assert profile.snr_db == pytest.approx(snr_db, abs=2)
    assert filtered.shape == sound.shape
    assert filtered.dtype == np.float32
    assert si_sdr_db(clean, filtered) - si_sdr_db(clean, sound) > least_gain_db


def left_as_it_is() -> list[object]:
    clean = voice()
    return [
        pytest.param(clean, SPEECH, Treatment.TOO_FEW_PAUSES, id="pauses are digital silence"),
        pytest.param(noisy("white", 40)[1], SPEECH, Treatment.NEAR_CLEAN, id="40 dB"),
        pytest.param(
            (0.002 * noisy("white", 20)[1]).astype(np.float32),
            SPEECH,
            Treatment.NEAR_CLEAN,
            id="noise far below hearing",
        ),
        pytest.param(noisy("tunes", 5)[1], SPEECH, Treatment.UNSTEADY, id="music in the pauses"),
        pytest.param(noisy("white", 5)[1], (), Treatment.NO_SPEECH, id="nobody speaks"),
        pytest.param(
            noisy("white", 5)[1],
            (SpeechRegion(0, SECONDS * 1000 - 500),),
            Treatment.TOO_FEW_PAUSES,
            id="half a second of pause",
        ),
        pytest.param(
            noisy("white", 5)[1],
            (SpeechRegion(0, SECONDS * 1000 + 500),),
            Treatment.TOO_FEW_PAUSES,
            id="a region beyond the end",
        ),
        pytest.param(np.zeros(0, np.float32), (), Treatment.NO_SPEECH, id="no sound at all"),
        pytest.param(
            np.zeros(100, np.float32),
            (SpeechRegion(0, 6),),
            Treatment.TOO_FEW_PAUSES,
            id="shorter than a window",
        ),
    ]


@pytest.mark.parametrize(("sound", "speech", "treatment"), left_as_it_is())
def test_left_as_it_is_and_said_so(
    sound: Sound, speech: tuple[SpeechRegion, ...], treatment: Treatment
) -> None:
    before = sound.copy()
    filtered, said, _ = suppress_noise(sound, speech)
    assert said is treatment
    assert filtered is sound
    assert np.array_equal(sound, before)


def test_a_stretch_without_pauses_uses_the_profile_before_it() -> None:
    clean, sound = noisy("white", 5)
    _, _, known = suppress_noise(sound, SPEECH)
    filtered, treatment, kept = suppress_noise(
        sound, (SpeechRegion(0, SECONDS * 1000),), known=known
    )
    assert treatment is Treatment.DENOISED
    assert kept is known
    assert si_sdr_db(clean, filtered) > si_sdr_db(clean, sound) + 5


def test_clicks_and_breath_in_the_pauses_do_not_count_as_noise() -> None:
    _, sound = noisy("white", 10)
    quiet = noise_profile(sound, SPEECH)
    loud = sound.copy()
    loud[500:700] += 0.5
    loud[2 * RATE_HZ + 500 : 2 * RATE_HZ + 3000] += 0.3
    clicked = noise_profile(loud, SPEECH)
    assert quiet is not None
    assert clicked is not None
    assert clicked.level_dbfs == pytest.approx(quiet.level_dbfs, abs=0.5)


@pytest.mark.parametrize("samples", [1, 999, 1024, 81_920, 81_921, 12 * 81_920 + 5])
def test_any_length_keeps_its_length_and_place(samples: int) -> None:
    sound = noise("white", 12 * 81_920 + 5)[:samples]
    no_noise = np.full(513, 1e-20, np.float32)
    assert filter_noise(sound, no_noise) == pytest.approx(sound, abs=1e-4)


def test_noise_is_never_reduced_below_the_floor() -> None:
    sound = noise("white", 10 * RATE_HZ)
    overestimated = np.full(513, 1e6, np.float32)
    assert filter_noise(sound, overestimated) == pytest.approx(FLOOR_GAIN * sound, abs=1e-4)
