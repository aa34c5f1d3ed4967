"""Noise suppression on sound whose clean version is known; regions are given, not detected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.player.rendering.denoise import (
    MOST_SPREAD_DB,
    RATE_HZ,
    STEADY_SPREAD_DB,
    NoiseProfile,
    Sound,
    Treatment,
    noise_profile,
    suppress_noise,
)
from services.player.rendering.strength import Strength
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
    elif kind == "voices":
        sound = sum(band * loudness(samples, rng) for band in bands(samples, rng))
    elif kind == "tone":
        sound = np.sin(2 * np.pi * 425 * t)
    elif kind == "beats":
        sound = rng.standard_normal(samples) * np.exp(-12 * (t % 0.25))
    elif kind == "tunes":
        notes = rng.choice([262, 330, 392, 523], samples // 2000 + 1).repeat(2000)[:samples]
        sound = np.sin(2 * np.pi * np.cumsum(notes) / RATE_HZ) * np.exp(-4 * (t % 0.125))
    else:
        raise ValueError(kind)
    return (sound / np.sqrt(np.mean(np.square(sound)))).astype(np.float32)


def bands(samples: int, rng: np.random.Generator) -> list[Sound]:
    """White noise in bands of 250 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    number = (np.fft.rfftfreq(samples, 1 / RATE_HZ) // 250).astype(int)
    return [np.fft.irfft(spectrum * (number == n), samples) for n in range(2, 14)]


def loudness(samples: int, rng: np.random.Generator) -> Sound:
    """A gain that wanders by some dB eight times a second."""
    knots = np.arange(0, samples + RATE_HZ, RATE_HZ // 8)
    return 10 ** (np.interp(np.arange(samples), knots, rng.normal(0, 8, knots.size)) / 20)


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


@pytest.mark.parametrize("strength", [Strength.MEDIUM, Strength.STRONG])
@pytest.mark.parametrize(
    ("kind", "snr_db", "least_gain_db"),
    [
        ("white", 0, 5),
        ("white", 5, 5),
        ("white", 10, 5),
        ("white", 20, 2),
        ("hum", 0, 5),
        ("hum", 10, 4),
        ("hum", 20, 2),
    ],
)
def test_steady_noise_gets_weaker_and_speech_stays(
    strength: Strength, kind: str, snr_db: float, least_gain_db: float
) -> None:
    clean, sound = noisy(kind, snr_db)
    filtered, treatment, profile = suppress_noise(sound, SPEECH, strength=strength)
    assert treatment is Treatment.DENOISED
    assert profile is not None
    assert profile.snr_db == pytest.approx(snr_db, abs=2)
    assert filtered.shape == sound.shape
    assert filtered.dtype == np.float32
    assert si_sdr_db(clean, filtered) - si_sdr_db(clean, sound) > least_gain_db


def test_each_strength_takes_more_than_the_one_before() -> None:
    clean, sound = noisy("white", 5)
    gains, left = [], []
    for strength in (Strength.LIGHT, Strength.MEDIUM, Strength.STRONG):
        filtered, _, _ = suppress_noise(sound, SPEECH, strength=strength)
        gains.append(si_sdr_db(clean, filtered) - si_sdr_db(clean, sound))
        left.append(20 * np.log10(level(filtered[:RATE_HZ]) / level(sound[:RATE_HZ])))
    assert gains[0] > 3
    assert gains[0] + 1 < gains[1]
    assert gains[1] < gains[2]
    # Of noise alone the floor of the strength remains, and of a few loud frames more.
    assert left == pytest.approx([-6, -12, -15.5], abs=0.7)


def test_voices_behind_the_speech_are_lowered_gently_at_every_strength() -> None:
    clean, sound = noisy("voices", 5)
    light, treatment, profile = suppress_noise(sound, SPEECH, strength=Strength.LIGHT)
    assert treatment is Treatment.DENOISED
    assert profile is not None
    assert STEADY_SPREAD_DB < profile.spread_db < MOST_SPREAD_DB
    assert si_sdr_db(clean, light) > si_sdr_db(clean, sound) + 1
    strong, _, _ = suppress_noise(sound, SPEECH, strength=Strength.STRONG)
    assert np.array_equal(strong, light)


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
        pytest.param(noise("tunes", SECONDS * RATE_HZ), (), Treatment.NO_SPEECH, id="music"),
        pytest.param(noise("tone", SECONDS * RATE_HZ), (), Treatment.NO_SPEECH, id="a dial tone"),
        pytest.param(noise("beats", SECONDS * RATE_HZ), (), Treatment.NO_SPEECH, id="drums"),
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


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize(("sound", "speech", "treatment"), left_as_it_is())
def test_left_as_it_is_and_said_so(
    sound: Sound, speech: tuple[SpeechRegion, ...], treatment: Treatment, strength: Strength
) -> None:
    before = sound.copy()
    filtered, said, _ = suppress_noise(sound, speech, strength=strength)
    assert said is treatment
    assert filtered is sound
    assert np.array_equal(sound, before)


def test_a_stretch_without_pauses_uses_the_profile_before_it() -> None:
    clean, sound = noisy("white", 5)
    _, _, known = suppress_noise(sound, SPEECH, strength=Strength.MEDIUM)
    filtered, treatment, kept = suppress_noise(
        sound, (SpeechRegion(0, SECONDS * 1000),), strength=Strength.MEDIUM, known=known
    )
    assert treatment is Treatment.DENOISED
    assert kept is known
    assert si_sdr_db(clean, filtered) > si_sdr_db(clean, sound) + 5


def test_hiss_is_noise_also_where_nobody_is_heard() -> None:
    _, sound = noisy("white", 10)
    _, _, known = suppress_noise(sound, SPEECH, strength=Strength.MEDIUM)
    hiss = noise("white", SECONDS * RATE_HZ, seed=2) * np.float32(0.01)
    filtered, treatment, kept = suppress_noise(hiss, (), strength=Strength.MEDIUM, known=known)
    assert treatment is Treatment.DENOISED
    assert kept is known
    assert 20 * np.log10(level(filtered) / level(hiss)) == pytest.approx(-12, abs=0.7)


def test_hiss_far_below_the_speech_before_it_stays() -> None:
    _, sound = noisy("white", 40)
    _, _, known = suppress_noise(sound, SPEECH, strength=Strength.MEDIUM)
    hiss = noise("white", SECONDS * RATE_HZ, seed=2) * np.float32(0.002)
    filtered, treatment, _ = suppress_noise(hiss, (), strength=Strength.MEDIUM, known=known)
    assert treatment is Treatment.NEAR_CLEAN
    assert filtered is hiss


def test_clicks_go_from_clean_speech_and_nothing_else_changes() -> None:
    clean = voice()
    clicked = clean.copy()
    clicked[[8_000, 40_000, 72_000]] += 0.5
    mended, treatment, _ = suppress_noise(clicked, SPEECH, strength=Strength.LIGHT)
    assert treatment is Treatment.DECLICKED
    assert np.abs(mended - clean).max() < 0.05
    assert np.flatnonzero(mended != clean).size < 3 * 8 * RATE_HZ // 1000


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


@pytest.mark.parametrize("strength", Strength)
@settings(max_examples=20, deadline=None)
@given(
    samples=st.integers(0, 3 * RATE_HZ),
    peak=st.sampled_from([0.0, 1e-8, 1e-3, 0.5, 1.0]),
    edges=st.lists(st.integers(0, 4_000), max_size=6),
    seed=st.integers(0, 9),
)
def test_any_sound_keeps_its_length_its_range_and_makes_sense(
    strength: Strength, samples: int, peak: float, edges: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sound = rng.uniform(-peak, peak, samples).astype(np.float32)
    sound[rng.random(samples) < 0.0001] = 1.0
    ordered = sorted(set(edges))
    speech = [SpeechRegion(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    before = sound.copy()
    after, treatment, known = suppress_noise(sound, speech, strength=strength)
    assert np.array_equal(sound, before)
    assert after.shape == sound.shape
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert np.abs(after).max(initial=0) <= max(np.abs(sound).max(initial=0) * 1.05, 1e-6)
    assert (after is not sound) == treatment.changes
    assert known is None or isinstance(known, NoiseProfile)
