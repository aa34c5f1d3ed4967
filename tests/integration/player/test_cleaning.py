"""Noise suppression of long sound in stretches."""

from collections.abc import Iterator

import numpy as np
import pytest

from services.player.cleaning import STRETCH_S, Cleaner, _stretches
from services.player.denoise import RATE_HZ, Sound, Treatment


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
    got = list(_stretches(blocks(sound, size), 100))
    assert [stretch.shape[1] for stretch in got] == lengths
    if got:
        assert np.array_equal(np.concatenate(got, axis=1), sound)


def test_every_ms_of_every_channel_is_accounted_for() -> None:
    frames = int(1.7 * STRETCH_S * RATE_HZ)
    sound = np.zeros((3, frames), np.float32)
    cleaner = Cleaner(3)
    cleaned = np.concatenate(list(cleaner.clean(blocks(sound, 50_000))), axis=1)
    assert np.array_equal(cleaned, sound)
    for report in cleaner.reports:
        assert report.ms == {Treatment.NO_SPEECH: frames * 1000 // RATE_HZ}
        assert not report.denoised
        assert report.note()["result"] == "left-as-is"
