"""Composed sound: decoded, each part is at its place and nothing is where nothing was."""

from typing import Any

import numpy as np
import pytest

from services.player.mpeg.layer3 import FRAME_MS, RATE_HZ, info_bytes, side_of
from tests.gateway_client import Api
from tests.integration.decode.sounds import loudest_hz
from tests.integration.player.delivery.conversation import Conversation, Sound, encoded, tone
from tests.integration.player.recorded import decoded

OPERATOR_HZ, CLIENT_HZ, OTHER_HZ = 440, 700, 1000
STEREO = np.concatenate([tone(OPERATOR_HZ, 2), tone(CLIENT_HZ, 2)])


def contact_path(call: Conversation, query: str = "") -> str:
    return f"/api/v1/contacts/{call.contact_id}/sound{query}"


def heard(owner: Api, path: str) -> Sound:
    answer = owner.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "audio/mpeg"
    sound, rate_hz = decoded(answer.data)
    assert rate_hz == RATE_HZ
    return sound


def part(sound: Sound, side: int, start_ms: int, end_ms: int) -> Sound:
    """A part of one side, without the edges that a place exact to a frame may move."""
    margin = FRAME_MS * 2
    return sound[side, (start_ms + margin) * 16 : (end_ms - margin) * 16]


def is_silent(sound: Sound) -> bool:
    return bool(np.abs(sound).max() < 1e-3)


def hertz(sound: Sound) -> int:
    return loudest_hz(sound, RATE_HZ)


def test_recordings_sound_at_their_places_and_gaps_are_silent(
    owner: Api, call: Conversation
) -> None:
    call.record(STEREO)
    call.record(tone(OTHER_HZ, 1.5), offset_ms=3000)
    sound = heard(owner, contact_path(call))
    assert sound.shape[0] == 2
    assert abs(sound.shape[1] - 4500 * 16) <= FRAME_MS * 16
    assert hertz(part(sound, 0, 0, 2000)) == OPERATOR_HZ
    assert hertz(part(sound, 1, 0, 2000)) == CLIENT_HZ
    assert is_silent(part(sound, 0, 2000, 3000))
    assert is_silent(part(sound, 1, 2000, 3000))
    # A mono recording of both parties is heard on both sides.
    assert hertz(part(sound, 0, 3000, 4500)) == OTHER_HZ
    assert hertz(part(sound, 1, 3000, 4500)) == OTHER_HZ


def test_what_is_heard_is_what_is_stored(owner: Api, call: Conversation) -> None:
    """Sample by sample: the same frames decode to the same sound wherever they are put."""
    noise = np.random.default_rng(5).normal(0, 0.1, (2, 3 * RATE_HZ)).astype(np.float32)
    call.record(noise, offset_ms=100 * FRAME_MS)
    stored, _ = decoded(encoded(noise))
    sound = heard(owner, contact_path(call))
    at = 100 * FRAME_MS * 16
    assert np.array_equal(sound[:, at:], stored)
    assert is_silent(sound[:, : at - 2 * FRAME_MS * 16])


def test_the_operator_is_left_whatever_the_source_calls_its_channels(
    owner: Api, call: Conversation
) -> None:
    call.source_channel(1)
    call.record(STEREO, offset_ms=36)
    sound = heard(owner, contact_path(call))
    assert hertz(part(sound, 0, 36, 2000)) == CLIENT_HZ
    assert hertz(part(sound, 1, 36, 2000)) == OPERATOR_HZ


def test_one_sided_recordings_meet_in_one_sound(owner: Api, call: Conversation) -> None:
    call.record(tone(OPERATOR_HZ, 2), one_sided="operator")
    call.record(tone(CLIENT_HZ, 2), one_sided="client", offset_ms=1000)
    sound = heard(owner, contact_path(call))
    assert hertz(part(sound, 0, 0, 2000)) == OPERATOR_HZ
    assert is_silent(part(sound, 0, 2000, 3000))
    assert is_silent(part(sound, 1, 0, 1000))
    assert hertz(part(sound, 1, 1000, 3000)) == CLIENT_HZ
    assert hertz(heard(owner, contact_path(call, "?channel=client"))[0, 16_000:]) == CLIENT_HZ
    assert hertz(heard(owner, contact_path(call, "?channel=operator"))[0, :16_000]) == OPERATOR_HZ


def test_of_two_on_one_side_the_later_is_heard(owner: Api, call: Conversation) -> None:
    call.record(tone(OPERATOR_HZ, 3), one_sided="operator")
    call.record(tone(OTHER_HZ, 1), one_sided="operator", offset_ms=1000)
    sound = heard(owner, contact_path(call))
    assert hertz(part(sound, 0, 0, 1000)) == OPERATOR_HZ
    assert hertz(part(sound, 0, 1000, 2000)) == OTHER_HZ
    assert hertz(part(sound, 0, 2100, 3000)) == OPERATOR_HZ


def test_one_stereo_recording_from_the_beginning_is_the_stored_file(
    owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    answer = owner.get(contact_path(call))
    assert answer.data == call.made[recording_id, "playback"]
    stored = owner.get(f"/api/v1/recordings/{recording_id}/sound")
    assert answer.headers["ETag"] == stored.headers["ETag"]


def test_a_channel_of_a_recording_is_cut_out_without_decoding(
    owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    path = f"/api/v1/recordings/{recording_id}/sound"
    stored = call.made[recording_id, "playback"][info_bytes(2) :]
    for channel, index, expected in (
        ("operator", 0, OPERATOR_HZ),
        ("client", 1, CLIENT_HZ),
        ("0", 0, OPERATOR_HZ),
        ("1", 1, CLIENT_HZ),
    ):
        answer = owner.get(f"{path}?channel={channel}")
        assert answer.data[info_bytes(1) :] == side_of(stored, index)
        sound, _ = decoded(answer.data)
        assert sound.shape == (1, STEREO.shape[1])
        assert hertz(sound[0]) == expected


def test_a_leg_is_its_stretch_of_the_clock(owner: Api, call: Conversation) -> None:
    first = call.record(STEREO)
    second = call.record(tone(OTHER_HZ, 2), offset_ms=2500)
    legs = [
        call.leg(0, 1000, first, position=0),
        call.leg(1000, 3000, first, second, position=1),
        call.leg(3000, None, second, position=2),
    ]
    sounds = [heard(owner, f"/api/v1/legs/{leg_id}/sound") for leg_id in legs]
    # It begins and ends on the grid, so that none of it is lost.
    frame = 2 * FRAME_MS * 16
    assert abs(sounds[0].shape[1] - 1000 * 16) <= frame
    assert abs(sounds[1].shape[1] - 2000 * 16) <= frame
    assert abs(sounds[2].shape[1] - 1500 * 16) <= frame
    assert hertz(part(sounds[0], 0, 0, 1000)) == OPERATOR_HZ
    assert hertz(part(sounds[1], 0, 0, 1000)) == OPERATOR_HZ
    assert is_silent(part(sounds[1], 1, 1000, 1500))
    assert hertz(part(sounds[1], 1, 1500, 2000)) == OTHER_HZ
    assert hertz(part(sounds[2], 0, 0, 1500)) == OTHER_HZ


def test_a_leg_whose_clock_disagrees_is_heard_whole(owner: Api, call: Conversation) -> None:
    recording_id = call.record(STEREO, offset_ms=60_000)
    leg_id = call.leg(0, 5000, recording_id)
    sound = heard(owner, f"/api/v1/legs/{leg_id}/sound")
    assert abs(sound.shape[1] - STEREO.shape[1]) <= FRAME_MS * 16
    assert hertz(part(sound, 0, 0, 2000)) == OPERATOR_HZ


def test_a_clip_is_the_evidence_with_its_margin(owner: Api, call: Conversation) -> None:
    call.record(tone(OPERATOR_HZ, 3))
    recording_id = call.record(tone(OTHER_HZ, 3), offset_ms=4000)
    hit_id = call.hit(recording_id, 1000, 1500)
    sound = heard(owner, f"/api/v1/hits/{hit_id}/clip?margin_ms=500")
    assert abs(sound.shape[1] - 1500 * 16) <= FRAME_MS * 16
    assert hertz(part(sound, 0, 0, 1500)) == OTHER_HZ
    # The margin ends where the call's sound does, and shows what was before.
    sound = heard(owner, f"/api/v1/hits/{hit_id}/clip?margin_ms=10000")
    assert abs(sound.shape[1] - 7000 * 16) <= FRAME_MS * 16
    assert hertz(part(sound, 0, 0, 3000)) == OPERATOR_HZ
    assert is_silent(part(sound, 0, 3000, 4000))


def test_by_the_ids_of_the_telephone_system(owner: Api, stranger: Api, call: Conversation) -> None:
    recording_id = call.record(STEREO, external_id="2026/09/a b")
    source = "/api/v1/sources/pbx-call-1"
    for path in (f"{source}/recordings/2026/09/a%20b/sound", f"{source}/contacts/call-1/sound"):
        assert owner.get(path).data == call.made[recording_id, "playback"]
        assert stranger.get(path).status_code == 404
    assert owner.get(f"{source}/recordings/other/sound").status_code == 404
    assert owner.get(f"{source}/contacts/other/sound").status_code == 404


def test_the_tag_follows_the_clock_and_the_sound(owner: Api, call: Conversation) -> None:
    recording_id = call.record(STEREO, offset_ms=1000)

    def tag() -> Any:
        answer = owner.head(contact_path(call))
        # Nobody knows since when the clock is as it is.
        assert "Last-Modified" not in answer.headers
        return answer.headers["ETag"]

    first = tag()
    assert tag() == first
    assert owner.get(contact_path(call), headers={"If-None-Match": first}).status_code == 304
    call.change(recording_id, offset_ms=2000)
    second = tag()
    assert second != first
    stale = owner.get(contact_path(call), headers={"If-Range": first, "Range": "bytes=0-9"})
    assert stale.status_code == 200
    fresh = owner.get(contact_path(call), headers={"If-Range": second, "Range": "bytes=0-9"})
    assert (fresh.status_code, len(fresh.data)) == (206, 10)


@pytest.mark.parametrize(
    ("one_sided", "channels", "query", "offered"),
    [
        pytest.param("", 1, "client", ["mix", "0"], id="mono of both parties"),
        pytest.param("", 2, "5", ["mix", "operator", "client", "0", "1"], id="no such index"),
        pytest.param("operator", 1, "client", ["mix", "operator", "0"], id="the other side"),
    ],
)
def test_a_channel_that_is_not_there(
    owner: Api, call: Conversation, one_sided: str, channels: int, query: str, offered: list[str]
) -> None:
    sound = np.concatenate([tone(OPERATOR_HZ, 1)] * channels)
    recording_id = call.record(sound, one_sided=one_sided)
    answer = owner.get(f"/api/v1/recordings/{recording_id}/sound?channel={query}")
    assert (answer.status_code, answer.json["code"]) == (404, "channel-not-separable")
    assert answer.json["channels"] == offered
    composed = owner.get(contact_path(call, f"?channel={query}"))
    assert (composed.status_code, composed.json["code"]) == (404, "channel-not-separable")
    for channel in offered:
        again = owner.get(f"/api/v1/recordings/{recording_id}/sound?channel={channel}")
        assert again.status_code == 200, channel


def test_originals_are_not_joined(owner: Api, call: Conversation) -> None:
    first = call.record(STEREO)
    path = contact_path(call, "?variant=original")
    assert owner.get(path).data == call.made[first, "original"]
    hit_id = call.hit(first, 0, 100)
    clip = owner.get(f"/api/v1/hits/{hit_id}/clip?variant=original")
    assert (clip.status_code, clip.json["code"]) == (404, "original-not-joined")
    second = call.record(STEREO, offset_ms=2000)
    answer = owner.get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "original-not-joined")
    assert answer.json["recordings"] == [first, second]
    channel = owner.get(f"/api/v1/recordings/{first}/sound?variant=original&channel=operator")
    assert (channel.status_code, channel.json["channels"]) == (404, ["mix"])


def test_more_than_two_channels(owner: Api, call: Conversation) -> None:
    """The stored mix holds all of them; each has a rendition of its own besides."""
    recording_id = call.record(STEREO)
    call.change(recording_id, channels=3)
    call.render(recording_id, "playback-0", tone(OPERATOR_HZ, 2))
    call.render(recording_id, "playback-1", tone(CLIENT_HZ, 2))
    call.render(recording_id, "playback-2", tone(OTHER_HZ, 2))
    path = f"/api/v1/recordings/{recording_id}/sound"
    assert owner.get(f"{path}?channel=2").data == call.made[recording_id, "playback-2"]
    assert owner.get(f"{path}?channel=client").data == call.made[recording_id, "playback-1"]
    assert owner.get(path).data == call.made[recording_id, "playback"]
    sound = heard(owner, contact_path(call, "?channel=client"))
    assert (sound.shape[0], hertz(sound[0])) == (1, CLIENT_HZ)


def test_what_has_no_recording(owner: Api, call: Conversation) -> None:
    leg_id = call.leg(0, 1000)
    for path in (contact_path(call), f"/api/v1/legs/{leg_id}/sound"):
        answer = owner.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "no-recording")
    for path in ("contacts/999999/sound", "legs/999999/sound", "hits/999999/clip"):
        answer = owner.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
