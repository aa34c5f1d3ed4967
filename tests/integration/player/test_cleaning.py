"""Noise suppression of long sound in stretches."""

from collections.abc import Iterator

import numpy as np
import pytest

from services.player.rendering.cleaning import STRETCH_S, Cleaner, _stretches
from services.player.rendering.denoise import RATE_HZ, Sound, Treatment
from services.player.rendering.strength import Strength


def blocks(sound: Sound, size: int) -> Iterator[Sound]:
    for start in range(0, sound.shape[1], size):
        yield sound[:, start : start + size]


@pytest.mark.parametrize(
    ("frames", "lengths"),
    [
        pytest.param(0, [], id="nothing"),
        pytest.param(5, [5], id="shorter than a stretch"),
        pytest.param(149, [149], id="almost one and a half"),
        pytest.param(150, [100, 50], id="one and a half"),
        pytest.param(249, [100, 149], id="the rest is never shorter than half"),
        pytest.param(1000, [100] * 9 + [100], id="ten"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 33])
def test_stretches(frames: int, lengths: list[int], size: int) -> None:
    sound = np.arange(2 * frames, dtype=np.float32).reshape(2, frames)
    got = [stretch.copy() for stretch in _stretches(blocks(sound, size), 2, 100)]
    assert [stretch.shape[1] for stretch in got] == lengths
    if got:
        assert np.array_equal(np.concatenate(got, axis=1), sound)


@pytest.mark.parametrize("strength", Strength)
def test_every_ms_of_every_channel_is_accounted_for(strength: Strength) -> None:
    frames = int(1.7 * STRETCH_S * RATE_HZ)
    sound = np.zeros((3, frames), np.float32)
    cleaner = Cleaner(3, strength)
    cleaned = [stretch.copy() for stretch in cleaner.clean(blocks(sound, 50_000))]
    assert np.array_equal(np.concatenate(cleaned, axis=1), sound)
    for report in cleaner.reports:
        assert report.ms == {Treatment.NO_SPEECH: frames * 1000 // RATE_HZ}
        assert not report.denoised
        assert report.note()["result"] == "left-as-is"


def test_what_is_cleaned_of_one_stretch_is_not_cleaned_again_in_the_next() -> None:
    """The stretches share a buffer: what lies beyond the first must come to the second as it was."""
    frames = 2 * STRETCH_S * RATE_HZ
    noise = 0.1 * np.random.default_rng(4).standard_normal((1, frames), np.float32)
    seen = [stretch.copy() for stretch in _stretches(overwritten(noise), 1, STRETCH_S * RATE_HZ)]
    assert np.array_equal(np.concatenate(seen, axis=1), noise)


def overwritten(sound: Sound) -> Iterator[Sound]:
    """Blocks that are reused as soon as the next is asked for, as a decoder may."""
    for block in blocks(sound, 40_000):
        kept = block.copy()
        yield kept
        kept[:] = 9
