"""Rates and channels of the playback rendition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.playback import bit_rate, fold_to_stereo, rendition_rate_hz


@pytest.mark.parametrize(
    ("source_hz", "codec", "rate_hz"),
    [
        (6000, "pcm_u8", 16_000),
        (8000, "pcm_alaw", 16_000),
        (16_000, "pcm_s16le", 16_000),
        (16_001, "pcm_s16le", 22_050),
        (24_000, "aac", 24_000),
        (44_100, "mp3", 44_100),
        (48_000, "pcm_s16le", 48_000),
        (192_000, "flac", 48_000),
        (48_000, "opus", 24_000),
        (8000, "opus", 16_000),
    ],
)
def test_the_rate_keeps_the_band(source_hz: int, codec: str, rate_hz: int) -> None:
    assert rendition_rate_hz(source_hz, codec) == rate_hz


@pytest.mark.parametrize(
    ("rate_hz", "channels", "expected"),
    [(16_000, 1, 32_000), (16_000, 2, 64_000), (16_000, 5, 64_000), (48_000, 2, 128_000)],
)
def test_bit_rate(rate_hz: int, channels: int, expected: int) -> None:
    assert bit_rate(rate_hz, channels) == expected


@pytest.mark.parametrize("channels", [1, 2])
def test_one_and_two_channels_stay_as_they_are(channels: int) -> None:
    block = np.ones((channels, 3), np.float32)
    assert fold_to_stereo(block) is block


@given(st.integers(3, 8), st.integers(0, 99))
def test_folding_never_clips(channels: int, seed: int) -> None:
    block = np.random.default_rng(seed).choice([-1.0, 1.0], (channels, 50)).astype(np.float32)
    folded = fold_to_stereo(block)
    assert folded.shape == (2, 50)
    assert np.abs(folded).max() <= 1 + 1e-6
