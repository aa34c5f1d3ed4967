"""Pressing play always plays: before there is a playback rendition, the original or a stream of it."""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from services.player.delivery.transcoding import MOST_AT_ONCE, RATE_HZ
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.decode.sounds import amr, by_av, by_soundfile, loudest_hz, tones
from tests.integration.player.delivery.conversation import Conversation, Sound, tone

STEREO = np.concatenate([tone(440, 2), tone(700, 2)])
UNPLAYABLE = by_soundfile(tones(2, rate_hz=8000), 8000, "MS_ADPCM")


def pcm(body: bytes) -> Sound:
    """(channels, samples) of our WAV, whose header knows no length."""
    assert (body[:4], body[8:12], body[36:40]) == (b"RIFF", b"WAVE", b"data")
    channels, rate_hz = struct.unpack_from("<HI", body, 22)
    assert rate_hz == RATE_HZ
    assert struct.unpack_from("<I", body, 40) == (0xFFFFFFFF,)
    samples = np.frombuffer(body[44:], "<i2").reshape(-1, channels).T
    return (samples / 32767).astype(np.float32)


def hertz(channel: Sound) -> int:
    return loudest_hz(channel, RATE_HZ)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(by_soundfile(tones(1), 8000, "PCM_16"), "audio/wav", id="PCM"),
        pytest.param(by_soundfile(tones(2), 8000, "ALAW"), "audio/wav", id="A-law"),
        pytest.param(by_soundfile(tones(2), 8000, "PCM_16", "FLAC"), "audio/flac", id="FLAC"),
        pytest.param(by_av(tones(2), 8000, "ogg", "libopus"), "audio/ogg", id="Opus"),
        pytest.param(by_av(tones(1), 8000, "mp3", "libmp3lame"), "audio/mpeg", id="MP3"),
    ],
)
def test_what_browsers_play_is_sent_as_it_is(
    owner: Api, call: Conversation, body: bytes, media_type: str
) -> None:
    recording_id = call.record(None, original=body)
    for path in (f"recordings/{recording_id}", f"contacts/{call.contact_id}"):
        answer = owner.get(f"/api/v1/{path}/sound", headers={"Range": "bytes=0-99"})
        assert (answer.status_code, answer.data) == (206, body[:100])
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["X-Sound-Variant"] == "original"
    assert [row.variant for row in call.log()] == ["original"]


@pytest.mark.parametrize(
    ("body", "channels"),
    [
        pytest.param(UNPLAYABLE, 2, id="ADPCM"),
        pytest.param(amr(100), 1, id="AMR"),
        pytest.param(by_soundfile(tones(4), 8000, "PCM_16"), 2, id="four channels"),
    ],
)
def test_anything_else_is_transcoded_while_it_streams(
    owner: Api, call: Conversation, body: bytes, channels: int
) -> None:
    recording_id = call.record(None, original=body)
    path = f"/api/v1/recordings/{recording_id}/sound"
    answer = owner.get(path, headers={"Range": "bytes=0-99"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Accept-Ranges"] == "none"
    assert "Content-Length" not in answer.headers
    assert answer.headers["X-Sound-Variant"] == "transcoded"
    sound = pcm(answer.data)
    assert len(sound) == channels
    assert abs(sound.shape[1] - 2 * RATE_HZ) <= 200
    head = owner.head(path)
    assert (head.status_code, head.headers["Content-Type"]) == (200, "audio/wav")
    assert [row.variant for row in call.log()] == ["transcoded"]


def test_a_channel_before_it_was_measured(owner: Api, call: Conversation) -> None:
    recording_id = call.record(None, original=UNPLAYABLE)
    path = f"/api/v1/recordings/{recording_id}/sound?channel"
    sound = pcm(owner.get(f"{path}=client").data)
    assert (len(sound), hertz(sound[0])) == (1, 500)
    missing = owner.get(f"{path}=2")
    assert (missing.status_code, missing.json["code"]) == (404, "channel-not-separable")
    assert missing.json["channels"] == ["mix", "operator", "client", "0", "1"]


def test_a_declared_format_is_decoded_as_declared(owner: Api, call: Conversation) -> None:
    body = (tone(440, 1)[0] * 32767).astype("<i2").tobytes()
    recording_id = call.record(None, original=body)
    call.change(recording_id, declared_format="pcm_s16le/16000/1")
    sound = pcm(owner.get(f"/api/v1/recordings/{recording_id}/sound").data)
    assert (len(sound), hertz(sound[0])) == (1, 440)


def test_a_call_of_which_some_playback_is_missing_is_mixed(owner: Api, call: Conversation) -> None:
    call.record(STEREO)
    call.record(tone(1000, 1), offset_ms=3000, playback=False)
    answer = owner.get(f"/api/v1/contacts/{call.contact_id}/sound")
    sound = pcm(answer.data)
    assert sound.shape == (2, 4 * RATE_HZ)
    assert [hertz(side[: 2 * RATE_HZ]) for side in sound] == [440, 700]
    assert not np.any(sound[:, 2 * RATE_HZ : 3 * RATE_HZ])
    assert [hertz(side[3 * RATE_HZ :]) for side in sound] == [1000, 1000]
    assert {row.variant for row in call.log()} == {"transcoded"}
    assert len(call.log()) == 2


def test_a_leg_of_it_begins_in_the_middle(owner: Api, call: Conversation) -> None:
    first = call.record(tone(440, 3), one_sided="operator", playback=False)
    second = call.record(tone(700, 3), one_sided="client", offset_ms=1000, playback=False)
    leg_id = call.leg(2000, 3500, first, second)
    sound = pcm(owner.get(f"/api/v1/legs/{leg_id}/sound").data)
    assert sound.shape == (2, 1500 * 16)
    assert hertz(sound[0, : 1000 * 16]) == 440
    assert not np.any(sound[0, 1000 * 16 :])
    assert hertz(sound[1]) == 700
    client = pcm(owner.get(f"/api/v1/legs/{leg_id}/sound?channel=client").data)
    assert (len(client), hertz(client[0])) == (1, 700)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\0" * 5000, "not-sound", id="zeros"),
        pytest.param(b"#EXTM3U\nhttp://127.0.0.1/x\n", "container-not-allowed", id="a playlist"),
    ],
)
def test_a_broken_original_is_told_before_the_first_byte(
    owner: Api, call: Conversation, body: bytes, reason: str
) -> None:
    recording_id = call.record(None, original=body)
    for path in (f"recordings/{recording_id}", f"contacts/{call.contact_id}"):
        answer = owner.get(f"/api/v1/{path}/sound")
        assert (answer.status_code, answer.json["code"]) == (409, "sound-unreadable")
        assert answer.json["reason"] == reason
    assert call.log() == []
    # As it was sent it can still be had.
    assert owner.get(f"/api/v1/recordings/{recording_id}/sound?variant=original").data == body


def test_what_the_worker_found_unreadable_is_told_at_once(owner: Api, call: Conversation) -> None:
    recording_id = call.record(None, original=by_soundfile(tones(1), 8000, "PCM_16"))
    call.job(recording_id, "playback", "failed", error_code="inconsistent", error_message="lies")
    answer = owner.get(f"/api/v1/recordings/{recording_id}/sound")
    assert (answer.status_code, answer.json["reason"]) == (409, "inconsistent")
    assert "lies" in answer.json["detail"]
    # The rest of the call is heard, with silence in its place.
    call.record(STEREO, offset_ms=2000)
    composed = owner.get(f"/api/v1/contacts/{call.contact_id}/sound")
    assert (composed.status_code, composed.headers["X-Sound-Variant"]) == (200, "playback")


def test_a_broken_part_of_a_stream_is_silent(owner: Api, call: Conversation) -> None:
    call.record(None, original=b"\0" * 5000)
    call.record(STEREO, offset_ms=1000, playback=False)
    sound = pcm(owner.get(f"/api/v1/contacts/{call.contact_id}/sound").data)
    assert sound.shape == (2, 3 * RATE_HZ)
    assert hertz(sound[0, RATE_HZ:]) == 440


def test_streams_are_limited_and_give_their_place_back(owner: Api, call: Conversation) -> None:
    recording_id = call.record(None, original=UNPLAYABLE)
    path = f"/api/v1/recordings/{recording_id}/sound"
    held: list[Any] = [owner.get(path, buffered=False) for _ in range(MOST_AT_ONCE)]
    pieces: list[Iterator[bytes]] = [iter(answer.response) for answer in held]
    assert all(next(one) for one in pieces)
    refused = owner.get(path)
    assert (refused.status_code, refused.json["code"]) == (503, "transcoding-busy")
    assert int(refused.headers["Retry-After"]) > 0
    held.pop().close()
    # At its end a stream gives its place back, whoever still holds it.
    assert [len(owner.get(path).data) > RATE_HZ for _ in range(2)] == [True, True]
    for answer in held:
        answer.close()


def test_a_lost_original_is_503(parts: Parts, owner: Api, call: Conversation) -> None:
    recording_id = call.record(None, original=UNPLAYABLE)
    for name, _ in list(parts.store.names("")):
        parts.store.delete(name)
    answer = owner.get(f"/api/v1/recordings/{recording_id}/sound")
    assert (answer.status_code, answer.json["code"]) == (503, "storage-unavailable")
    assert call.log() == []
