"""Peaks of made-up sound whose extremes are known."""

import json
import tracemalloc
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.rendering.waveform import MOST_COARSE_PIXELS, Waveform, WaveformBuilder

RATE_HZ = 8000
PIXEL = RATE_HZ * 20 // 1000


def build(sound: np.ndarray, block: int) -> Waveform:
    builder = WaveformBuilder(channels=len(sound), rate_hz=RATE_HZ)
    for start in range(0, sound.shape[1], block):
        builder.add(sound[:, start : start + block])
    return builder.build()


def test_each_channel_has_its_own_extremes() -> None:
    sound = np.zeros((2, 3 * PIXEL), np.float32)
    sound[0, PIXEL] = 0.5
    sound[1, 2 * PIXEL + 7] = -0.25
    assert build(sound, 1000).peaks.tolist() == [
        [[0, 0], [0, 0]],
        [[0, 64], [0, 0]],
        [[0, 0], [-32, 0]],
    ]


def test_full_scale_is_clamped_to_eight_bits() -> None:
    sound = np.array([[1.5, -1.5] * PIXEL], np.float32)
    assert build(sound, PIXEL).peaks[0].tolist() == [[-128, 127]]


def test_the_last_pixel_may_be_shorter() -> None:
    sound = np.full((1, PIXEL + 1), 0.5, np.float32)
    assert build(sound, 64).peaks.shape == (2, 1, 2)


@pytest.mark.parametrize("channels", [1, 2, 3], ids=["mono", "stereo", "three"])
def test_json_is_audiowaveform_version_2(channels: int) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, (channels, 20_000 * PIXEL)).astype(np.float32)
    waveform = build(sound, 100_000)
    document = json.loads(b"".join(waveform.json_pieces()))
    data = document.pop("data")
    assert document == {
        "version": 2,
        "channels": channels,
        "sample_rate": RATE_HZ,
        "samples_per_pixel": PIXEL,
        "bits": 8,
        "length": 20_000,
    }
    assert np.array_equal(np.reshape(data, (20_000, channels, 2)), waveform.peaks)


def test_no_sound_gives_no_pixels() -> None:
    waveform = build(np.zeros((2, 0), np.float32), 1)
    document = json.loads(b"".join(waveform.coarser().json_pieces()))
    assert (document["length"], document["channels"], document["data"]) == (0, 2, [])


def test_the_coarse_level_covers_the_same_sound_with_the_same_extremes() -> None:
    sound = np.random.default_rng(2).uniform(-1, 1, (2, 5000 * PIXEL)).astype(np.float32)
    fine = build(sound, 9999)
    coarse = fine.coarser()
    assert len(coarse.peaks) <= MOST_COARSE_PIXELS
    assert coarse.samples_per_pixel * len(coarse.peaks) >= sound.shape[1]
    for channel in range(2):
        assert coarse.peaks[:, channel, 0].min() == fine.peaks[:, channel, 0].min()
        assert coarse.peaks[:, channel, 1].max() == fine.peaks[:, channel, 1].max()
    assert coarse.peaks[0].tolist() == [
        [fine.peaks[:3, c, 0].min(), fine.peaks[:3, c, 1].max()] for c in range(2)
    ]


@given(st.integers(1, 5000), st.integers(1, 1000))
def test_blocks_do_not_matter(frames: int, block: int) -> None:
    sound = np.random.default_rng(frames).uniform(-1, 1, (2, frames)).astype(np.float32)
    assert np.array_equal(build(sound, block).peaks, build(sound, frames).peaks)


def test_six_hours_of_eight_channels_take_little_memory() -> None:
    """At a low rate, which changes neither the number of pixels nor what they take."""
    rate_hz, hours, channels = 50, 6, 8
    block = np.full((channels, 600 * rate_hz), 0.5, np.float32)
    tracemalloc.start()
    try:
        builder = WaveformBuilder(channels=channels, rate_hz=rate_hz)
        for _ in range(hours * 6):
            builder.add(block)
        waveform = builder.build()
        pieces = list(islice(waveform.json_pieces(), 3))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert waveform.peaks.shape == (hours * 3600 * 50, channels, 2)
    assert most_bytes < 60_000_000
    assert max(map(len, pieces)) < 1_000_000
    assert len(b"".join(waveform.coarser().json_pieces())) < 200_000
