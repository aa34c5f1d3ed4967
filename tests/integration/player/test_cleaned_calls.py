"""Noise suppression of real voices with the speech that VAD hears, as the worker does it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from samples.speech.telephone import LINE_RATE, line_noise, resample
from services.player.rendering.cleaning import Cleaner
from services.player.rendering.denoise import RATE_HZ, Sound, Treatment
from services.player.rendering.strength import Strength

SOUND = Path(__file__).parents[3] / "samples" / "heldout" / "sound"
SIDES = ("ru-03-operator", "en-02-client")


def clean_side(name: str) -> Sound:
    pcm, rate_hz = soundfile.read(SOUND / f"{name}.ogg", dtype="float32")
    return resample(pcm, rate_hz, LINE_RATE)


def heard(line: Sound) -> Sound:
    return resample(line, LINE_RATE, RATE_HZ)


def cleaned(sound: Sound, strength: Strength) -> tuple[Sound, set[Treatment]]:
    cleaner = Cleaner(1, strength)
    blocks = (sound[None, at : at + RATE_HZ] for at in range(0, sound.size, RATE_HZ))
    out = np.concatenate([part[0].copy() for part in cleaner.clean(blocks)])
    return out, set(cleaner.reports[0].ms)


def si_sdr_db(clean: Sound, sound: Sound) -> float:
    target = (sound @ clean) / (clean @ clean) * clean
    return float(10 * np.log10((target @ target) / ((sound - target) @ (sound - target))))


@pytest.mark.parametrize("side", SIDES)
def test_clean_speech_comes_back_to_the_bit(side: str) -> None:
    sound = heard(clean_side(side))
    out, treatments = cleaned(sound, Strength.STRONG)
    assert treatments == {Treatment.NEAR_CLEAN}
    assert np.array_equal(out, sound)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", ["white", "hum"])
@pytest.mark.parametrize(
    ("strength", "least_gain_db"), [("light", 2.5), ("medium", 4), ("strong", 5)]
)
def test_a_noisy_line_gets_clearer(
    side: str, kind: str, strength: str, least_gain_db: float
) -> None:
    clean = clean_side(side)
    level = 10 ** (-5 / 20) * np.sqrt(np.square(clean[np.abs(clean) > 0.01]).mean())
    noise = line_noise(kind, clean.size, np.random.default_rng(1))
    noisy = heard(clean + np.float32(level) * noise)
    out, treatments = cleaned(noisy, Strength(strength))
    assert treatments == {Treatment.DENOISED}
    assert si_sdr_db(heard(clean), out) - si_sdr_db(heard(clean), noisy) > least_gain_db
