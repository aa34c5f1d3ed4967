"""Silence and overlap on the contact's clock, from transcript documents."""

import json
import zlib
from typing import Any

from services.player.timeline.spoken import Speech, overlaps, read_speech, silences
from shared.domain.recording import Speaker

Words = list[tuple[int, int]]


def utterance(channel: int, speaker: str, words: Words) -> dict[str, Any]:
    return {
        "channel": channel,
        "speaker": speaker,
        "words": [
            {"text": f"w{start}", "start_ms": start, "end_ms": end, "probability": 0.5}
            for start, end in words
        ],
    }


def speech(
    *utterances: dict[str, Any], duration_ms: int, recording_id: int = 1, offset_ms: int = 0
) -> Speech:
    document = {"duration_ms": duration_ms, "utterances": list(utterances)}
    return read_speech(
        zlib.compress(json.dumps(document).encode()),
        recording_id=recording_id,
        offset_ms=offset_ms,
    )


def test_words_are_moved_to_the_contacts_clock() -> None:
    read = speech(
        utterance(1, "client", [(100, 200), (300, 450)]),
        duration_ms=1000,
        recording_id=7,
        offset_ms=5000,
    )
    (said,) = read.utterances
    assert (said.recording_id, said.channel, said.speaker) == (7, 1, Speaker.CLIENT)
    assert list(said.words) == [("w100", 5100, 5200, 0.5), ("w300", 5300, 5450, 0.5)]
    assert (said.start_ms, said.end_ms) == (5100, 5450)
    assert (read.start_ms, read.end_ms) == (5000, 6000)


def test_silence_is_what_lasts_longer_than_a_breath() -> None:
    read = speech(
        utterance(0, "operator", [(0, 1000)]),
        utterance(1, "client", [(1500, 2000)]),
        utterance(0, "operator", [(2501, 3000)]),
        duration_ms=4000,
    )
    assert silences([read]) == [(2000, 2501), (3000, 4000)]


def test_nothing_recorded_is_not_silence() -> None:
    first = speech(utterance(0, "operator", [(0, 1000)]), duration_ms=2000)
    second = speech(utterance(0, "operator", [(600, 1000)]), duration_ms=1000, offset_ms=9000)
    assert silences([first, second]) == [(1000, 2000), (9000, 9600)]


def test_two_files_of_one_call_are_silent_together_and_talk_at_once() -> None:
    one = speech(utterance(0, "operator", [(0, 3000)]), duration_ms=5000)
    other = speech(utterance(0, "client", [(1000, 1500)]), duration_ms=4500, offset_ms=500)
    assert overlaps([one, other]) == [(1500, 2000)]
    assert silences([one, other]) == [(3000, 5000)]
    assert overlaps([one]) == []
