"""Folding channels for two ears, and the encoder's blocks."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.player.mpeg import layer3
from services.player.rendering.playback import PlaybackEncoder, fold_to_stereo
from tests.integration.player.recorded import decoded


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


def encoded(sound: np.ndarray, cuts: list[int]) -> bytes:
    file = io.BytesIO()
    with PlaybackEncoder(file, channels=len(sound)) as encoder:
        for block in np.split(sound, cuts, axis=1):
            encoder.add(block)
    return file.getvalue()


@settings(max_examples=25, deadline=None)
@given(channels=st.integers(1, 2), cuts=st.lists(st.integers(0, 20_000), max_size=6).map(sorted))
def test_how_sound_comes_in_blocks_changes_nothing(channels: int, cuts: list[int]) -> None:
    sound = np.random.default_rng(2).uniform(-0.5, 0.5, (channels, 20_000)).astype(np.float32)
    whole = encoded(sound, [])
    assert encoded(sound, cuts) == whole
    assert decoded(whole)[0].shape == sound.shape


def test_what_is_too_loud_is_clipped_and_no_more() -> None:
    sound = 3 * np.sin(np.arange(20_000) / 30, dtype=np.float32)[None]
    assert encoded(sound, []) == encoded(np.clip(sound, -1, 1), [])


def test_the_file_is_the_first_frame_and_whole_frames() -> None:
    for channels in (1, 2):
        file = encoded(np.zeros((channels, 5000), np.float32), [])
        frames, over = divmod(len(file) - layer3.info_bytes(channels), layer3.frame_bytes(channels))
        assert over == 0
        first = layer3.info_frame(channels=channels, frames=frames, samples=5000)
        assert file.startswith(first)


def test_an_error_leaves_a_file_that_no_player_takes_for_whole() -> None:
    file = io.BytesIO()

    def break_off() -> None:
        with PlaybackEncoder(file, channels=1) as encoder:
            encoder.add(np.zeros((1, 50_000), np.float32))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert not any(file.getvalue()[: layer3.info_bytes(1)])
