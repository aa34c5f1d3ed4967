"""Frames taken apart and put together, and what a real decoder hears of them."""

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.mpeg.layer3 import (
    DELAY_SAMPLES,
    FRAME_SAMPLES,
    MONO_BYTES,
    SILENCE,
    STEREO_BYTES,
    frame_bytes,
    info_bytes,
    info_frame,
    interleave,
    is_mono_frame,
    side_of,
)
from tests.unit.services.player.mpeg.frames import mono_sound, seeds


@given(left=seeds, right=seeds, frames=st.integers(0, 5))
def test_the_sides_of_a_pair_are_what_it_was_made_of(left: int, right: int, frames: int) -> None:
    sides = mono_sound(left, frames), mono_sound(right, frames)
    pair = interleave(*sides)
    assert len(pair) == frames * STEREO_BYTES
    assert (side_of(pair, 0), side_of(pair, 1)) == sides


def test_every_frame_is_known_for_one() -> None:
    sound = mono_sound(7, 3)
    assert all(
        is_mono_frame(sound[at : at + MONO_BYTES]) for at in range(0, len(sound), MONO_BYTES)
    )
    assert is_mono_frame(SILENCE)
    assert not is_mono_frame(SILENCE[:-1])
    assert not is_mono_frame(b"\0" + SILENCE[1:])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", [1000, 5000, 100 * FRAME_SAMPLES - DELAY_SAMPLES])
def test_a_decoder_hears_as_many_samples_as_the_first_frame_tells(
    channels: int, samples: int
) -> None:
    frames = -(-(samples + DELAY_SAMPLES) // FRAME_SAMPLES)
    silence = SILENCE if channels == 1 else interleave(SILENCE, SILENCE)
    first = info_frame(channels=channels, frames=frames, samples=samples)
    assert len(first) == info_bytes(channels)
    assert len(silence) == frame_bytes(channels)
    with av.open(io.BytesIO(first + silence * frames)) as container:
        assert container.format.name == "mp3"
        stream = container.streams.audio[0]
        heard = [frame.to_ndarray() for frame in container.decode(stream)]
    assert stream.codec_context.layout.nb_channels == channels
    assert sum(block.shape[1] for block in heard) == samples
    assert all(not np.any(block) for block in heard)
