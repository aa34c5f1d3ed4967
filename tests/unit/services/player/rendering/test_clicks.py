"""Line clicks go; voices, tones and drums, whose pulses are never alone, stay to the bit."""

import numpy as np
import pytest

from services.player.rendering.clicks import Sound, without_clicks
from shared.vad import RATE_HZ

T = np.arange(4 * RATE_HZ) / RATE_HZ
RING = np.exp(-np.arange(64) / 12) * np.cos(np.arange(64))


def hiss(scale: float) -> Sound:
    noise = np.random.default_rng(3).standard_normal(T.size)
    return (scale * noise).astype(np.float32)


def with_rings(sound: Sound, places: list[int], peak: float) -> Sound:
    clicked = sound.copy()
    for place in places:
        clicked[place : place + RING.size] += (peak * RING).astype(np.float32)
    return clicked


@pytest.mark.parametrize("peak", [0.2, -0.9])
@pytest.mark.parametrize("scale", [0.0, 0.002])
def test_clicks_go_and_the_rest_stays(peak: float, scale: float) -> None:
    sound = hiss(scale)
    places = [5_000, 20_001, 43_210]
    clicked = with_rings(sound, places, peak)
    mended = without_clicks(clicked)
    assert np.abs(mended - sound).max() < 0.1 * abs(peak)
    near = np.zeros(sound.size, bool)
    for place in places:
        near[place - 64 : place + RING.size + 64] = True
    assert np.array_equal(mended[~near], clicked[~near])


def creaking() -> Sound:
    """Pulses of a vocal fry: 25 to 50 a second, each ringing in its formants."""
    rng = np.random.default_rng(5)
    sound = np.zeros(T.size, np.float32)
    place = 0
    while place + 800 < sound.size:
        t = T[:800]
        for hertz, width in ((600, 80), (1200, 100), (2500, 150)):
            pulse = np.exp(-np.pi * width * t) * np.sin(2 * np.pi * hertz * t)
            sound[place : place + 800] += (0.2 * pulse).astype(np.float32)
        place += int(rng.integers(320, 640))
    return sound


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(0, np.float32), id="nothing"),
        pytest.param(np.ones(1, np.float32), id="a sample"),
        pytest.param(np.zeros(RATE_HZ, np.float32), id="silence"),
        pytest.param(hiss(0.1), id="hiss"),
        pytest.param(creaking(), id="a creaking voice"),
        pytest.param((0.5 * np.sin(2 * np.pi * 425 * T) * (T % 1 < 0.3)).astype("f4"), id="tones"),
        pytest.param(hiss(0.3) * np.exp(-12 * (T % 0.25)).astype("f4"), id="drums"),
        pytest.param(with_rings(hiss(0), [5_000], 1e-3), id="a click nobody hears"),
        pytest.param(with_rings(hiss(0.1), [5_000], 0.3), id="a click under noise"),
    ],
)
def test_without_clicks_the_sound_itself_comes_back(sound: Sound) -> None:
    before = sound.copy()
    assert without_clicks(sound) is sound
    assert np.array_equal(sound, before)
