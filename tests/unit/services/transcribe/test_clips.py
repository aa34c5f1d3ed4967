from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcribe.clips import LOUDNESS_FRAME_MS, Clip, loudness, plan_clips
from shared.domain.transcript import SpeechRegion

QUIET = np.zeros(0, dtype=np.float32)


@st.composite
def regions(draw: st.DrawFn) -> list[SpeechRegion]:
    found, clock = [], 0
    for gap, length in draw(
        st.lists(st.tuples(st.integers(1, 6000), st.integers(32, 70_000)), max_size=12)
    ):
        found.append(SpeechRegion(clock + gap, clock + gap + length))
        clock += gap + length
    return found


@given(regions(), st.sampled_from([5_000, 10_000, 30_000]), st.integers(0, 1000))
def test_no_speech_is_skipped_and_no_clip_outgrows_the_window(speech, window_ms, seed) -> None:
    end_ms = speech[-1].end_ms if speech else 0
    frames = np.random.default_rng(seed).random(end_ms // LOUDNESS_FRAME_MS, dtype=np.float32)
    clips = plan_clips(speech, window_ms, frames)
    for region in speech:
        inside = sum(
            max(0, min(clip.end_ms, region.end_ms) - max(clip.start_ms, region.start_ms))
            for clip in clips
        )
        assert inside == region.end_ms - region.start_ms
    assert all(0 < clip.end_ms - clip.start_ms <= window_ms for clip in clips)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(clips))


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        pytest.param([], [], id="silence"),
        pytest.param([(0, 900), (1500, 4000)], [(0, 4000)], id="short-pause-joins"),
        pytest.param([(0, 900), (3500, 4000)], [(0, 900), (3500, 4000)], id="long-pause-parts"),
        pytest.param([(0, 6000), (6500, 9000)], [(0, 9000)], id="fills-the-window"),
        pytest.param(
            [(0, 6000), (6500, 11_000)], [(0, 6000), (6500, 11_000)], id="ends-in-the-pause"
        ),
    ],
)
def test_clips_follow_the_pauses(speech, expected) -> None:
    planned = plan_clips([SpeechRegion(*pair) for pair in speech], 10_000, QUIET)
    assert planned == [Clip(*pair) for pair in expected]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    rate_hz = 16_000
    pcm = np.full(rate_hz * 16, 0.3, dtype=np.float32)
    pcm[int(8.20 * rate_hz) : int(8.30 * rate_hz)] = 0.01
    first, second = plan_clips([SpeechRegion(0, 16_000)], 10_000, loudness(pcm, rate_hz))
    assert 8200 <= first.end_ms <= 8300
    assert (second.start_ms, second.end_ms) == (first.end_ms, 16_000)


def test_a_window_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no speech"):
        plan_clips([SpeechRegion(0, 100)], 0, QUIET)
