"""Voice activity detection on the samples' sound, against where their words are."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from shared.decode import decode_channels
from shared.vad import RATE_HZ, speech_regions
from tests.integration.transcribe.world import CALLS, PLAIN_CALL


@pytest.fixture(scope="module")
def channels() -> list[np.ndarray]:
    return decode_channels(PLAIN_CALL)


def sample_channels() -> Iterator[tuple[str, np.ndarray, list[dict[str, Any]]]]:
    """Each channel of each sample with its true utterances."""
    for folder in sorted(CALLS.iterdir()):
        truth_file = folder / "truth.json"
        if not truth_file.exists():
            continue
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        call = json.loads((folder / "call.json").read_text(encoding="utf-8"))
        files = {item["external_id"]: item["file"] for item in call.get("recordings", ())}
        for recording in truth["recordings"]:
            sound = decode_channels(folder / files[recording["external_id"]])
            for index, channel in enumerate(recording["channels"]):
                yield f"{folder.name} channel {index}", sound[index], channel["utterances"]


def test_no_word_of_the_samples_is_lost_and_no_noise_is_speech() -> None:
    lost, invented = [], []
    for name, pcm, said in sample_channels():
        regions = speech_regions(pcm)
        for word in (word for utterance in said for word in utterance["words"]):
            start, end = word["start_ms"], word["end_ms"]
            covered = sum(max(0, min(end, r.end_ms) - max(start, r.start_ms)) for r in regions)
            if covered < 0.6 * (end - start):
                lost.append(f"{name}: {word['text']} at {start} ms")
        invented += [
            f"{name}: {region}"
            for region in regions
            if not any(
                item["start_ms"] < region.end_ms and item["end_ms"] > region.start_ms
                for item in said
            )
        ]
    assert lost == []
    assert invented == []


def test_regions_are_in_order_and_inside_the_sound(channels) -> None:
    for pcm in channels:
        edges = [edge for r in speech_regions(pcm) for edge in (r.start_ms, r.end_ms)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= pcm.size * 1000 // RATE_HZ


@pytest.mark.parametrize(
    "pcm",
    [
        pytest.param(np.zeros(0, np.float32), id="nothing"),
        pytest.param(np.zeros(RATE_HZ, np.float32), id="digital-silence"),
        pytest.param(np.full(RATE_HZ, 0.0005, np.float32), id="below-60-dB"),
        pytest.param(
            np.random.default_rng(1).normal(0, 0.003, 5 * RATE_HZ).astype(np.float32), id="noise"
        ),
    ],
)
def test_silence_has_no_speech(pcm) -> None:
    assert speech_regions(pcm) == ()


def test_speech_over_the_edge_of_a_block_is_one_region(channels, monkeypatch) -> None:
    pcm = channels[0]
    first = speech_regions(pcm)[0]
    middle = (first.start_ms + first.end_ms) // 2 * RATE_HZ // 1000
    monkeypatch.setattr("shared.vad._BLOCK_SAMPLES", middle)
    found = speech_regions(pcm)[0]
    assert abs(found.start_ms - first.start_ms) < 100
    assert abs(found.end_ms - first.end_ms) < 300


def test_two_channels_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="one channel is expected"):
        speech_regions(np.zeros((2, 100), np.float32))
