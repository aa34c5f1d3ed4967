"""The filter itself: its place, its length and its floor."""

import numpy as np
import pytest

from services.player.rendering.wiener import HOP, WINDOW, Sound, filter_noise

BINS = WINDOW // 2 + 1
LONGEST = 600 * HOP + 5


def white(samples: int) -> Sound:
    sound = np.random.default_rng(1).standard_normal(LONGEST)[:samples]
    return sound.astype(np.float32)


@pytest.mark.parametrize("samples", [0, 1, 255, 999, 1024, 256 * HOP, 256 * HOP + 1, LONGEST])
def test_any_length_keeps_its_length_and_place(samples: int) -> None:
    sound = white(samples)
    no_noise = np.full(BINS, 1e-20, np.float32)
    assert filter_noise(sound, no_noise, 0.1) == pytest.approx(sound, abs=1e-4)


@pytest.mark.parametrize("floor_gain", [0.5, 0.25, 0.125])
def test_noise_is_never_reduced_below_the_floor(floor_gain: float) -> None:
    sound = white(LONGEST)
    overestimated = np.full(BINS, 1e6, np.float32)
    filtered = filter_noise(sound, overestimated, floor_gain)
    assert filtered == pytest.approx(floor_gain * sound, abs=1e-4)


def test_what_comes_later_changes_nothing_before_it() -> None:
    sound = white(LONGEST)
    noise = np.full(BINS, 400, np.float32)
    whole = filter_noise(sound, noise, 0.1)
    begun = filter_noise(sound[: 300 * HOP], noise, 0.1)
    settled = 300 * HOP - WINDOW
    assert np.abs(whole).max() > 0.1
    assert begun[:settled] == pytest.approx(whole[:settled], abs=1e-5)
