"""What the API tells of a recording, and renditions made because somebody asked."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import recordings
from shared.domain.pipeline import JobState, Priority
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.decode.sounds import by_soundfile, tones
from tests.integration.player.conftest import Record
from tests.integration.player.recorded import Recorded, job_row, rendition_rows

Work = Callable[[Recorded, str], JobState]
STEREO = by_soundfile(tones(2, seconds=3), 8000, "ALAW")


def path(recorded: Recorded, rest: str = "") -> str:
    return f"/api/v1/recordings/{recorded.recording_id}{rest}"


def change(parts: Parts, recorded: Recorded, **values: Any) -> None:
    with parts.database.write() as connection:
        connection.execute(
            update(recordings)
            .where(
                recordings.c.account_id == recorded.account_id,
                recordings.c.id == recorded.recording_id,
            )
            .values(values)
        )


def test_a_recording_before_and_after_it_was_rendered(
    parts: Parts, owner: Api, record: Record, work: Work
) -> None:
    recorded = record(STEREO)
    before = owner.get(path(recorded)).json
    assert (before["state"], before["channels"], before["speakers"]) == ("present", None, [])
    assert before["renditions"] == []
    assert [(job["kind"], job["state"], job["progress"]) for job in before["jobs"]] == [
        ("playback", "pending", 0)
    ]
    assert before["jobs"][0]["makes"] == ["playback", "waveform", "waveform-fine"]
    work(recorded, "playback")
    after = owner.get(path(recorded)).json
    assert {name: after[name] for name in ("container", "codec", "channels", "rate_hz")} == {
        "container": "wav",
        "codec": "pcm_alaw",
        "channels": 2,
        "rate_hz": 8000,
    }
    assert (after["duration_ms"], after["speakers"]) == (3000, ["operator", "client"])
    assert (after["contact_id"], after["size_bytes"]) == (recorded.contact_id, len(STEREO))
    rows = rendition_rows(parts, recorded)
    assert {item["kind"]: item["size_bytes"] for item in after["renditions"]} == {
        kind: row.size_bytes for kind, row in rows.items()
    }
    assert after["jobs"][0]["state"] == "done"


def test_every_rendition_says_where_it_is(owner: Api, record: Record, work: Work) -> None:
    recorded = record(by_soundfile(tones(3, seconds=1), 8000, "PCM_16"))
    work(recorded, "playback")
    found = owner.get(path(recorded)).json
    assert {item["kind"] for item in found["renditions"]} == {
        *(f"playback-{index}" for index in range(3)),
        "playback",
        "waveform",
        "waveform-fine",
    }
    assert found["speakers"] == ["operator", "client", "unknown"]
    for item in found["renditions"]:
        answer = owner.get(item["url"])
        assert answer.status_code == 200, item["url"]
        assert len(answer.data) == item["size_bytes"]
        assert answer.headers["ETag"] == f'"{item["sha256"]}"'
    assert owner.get(found["original_url"]).data == recorded.body
    assert owner.get(found["sound_url"]).status_code == 200


def test_what_failed_says_why(owner: Api, record: Record, work: Work) -> None:
    recorded = record(b"\0" * 5000)
    work(recorded, "playback")
    (job,) = owner.get(path(recorded)).json["jobs"]
    assert (job["state"], job["error_code"]) == ("failed", "not-sound")
    assert job["error_message"]


def test_who_does_not_see_the_call_sees_no_recording(
    owner: Api, stranger: Api, make_api: MakeApi, account: NewAccount, record: Record
) -> None:
    recorded = record(STEREO)
    orphan = record(STEREO, of_call=False, external_id="orphan")
    assert owner.get(path(orphan)).json["state"] == "awaits_call"
    for other in (recorded, orphan):
        assert stranger.get(path(other)).status_code == 404
        body = {"kinds": ["playback"]}
        assert stranger.post(path(other, "/renditions"), json=body).status_code == 404
    reader = make_api(account.account_id, Permission.CALLS)
    assert reader.get(path(recorded)).status_code == 200
    assert (
        reader.post(path(recorded, "/renditions"), json={"kinds": ["playback"]}).status_code == 403
    )
    listener = make_api(account.account_id, Permission.SOUND)
    assert listener.get(path(recorded)).status_code == 403


def test_renditions_are_made_anew_before_all_else(
    parts: Parts, owner: Api, record: Record, work: Work
) -> None:
    recorded = record(STEREO)
    work(recorded, "playback")
    before = rendition_rows(parts, recorded)["playback"]
    answer = owner.post(
        path(recorded, "/renditions"), json={"kinds": ["waveform", "playback", "denoised-strong"]}
    )
    assert answer.status_code == 202
    states = {job["kind"]: job["state"] for job in answer.json["jobs"]}
    assert states == {"playback": "pending", "denoise-strong": "pending"}
    asked = job_row(parts, recorded, "denoise-strong")
    assert (asked.priority, asked.work_ms) == (Priority.ASKED, 3000)
    # What there was can still be listened to.
    assert owner.get(path(recorded, "/sound")).status_code == 200
    assert work(recorded, "playback") is JobState.DONE
    assert work(recorded, "denoise-strong") is JobState.DONE
    after = rendition_rows(parts, recorded)
    assert after["playback"].object_name != before.object_name
    assert set(after) == {"playback", "waveform", "waveform-fine", "denoised-strong"}


def test_asking_twice_is_one_job(parts: Parts, owner: Api, record: Record) -> None:
    recorded = record(STEREO)
    for _ in range(2):
        answer = owner.post(path(recorded, "/renditions"), json={"kinds": ["denoised-light"]})
        assert answer.status_code == 202
    assert [job["kind"] for job in answer.json["jobs"]] == ["denoise-light", "playback"]


@pytest.mark.parametrize(
    ("kinds", "place"),
    [
        pytest.param([], "kinds", id="none"),
        pytest.param(["playback", "denoised-brutal"], "kinds[1]", id="unknown"),
        pytest.param(["playback-0"], "kinds[0]", id="made with the others"),
    ],
)
def test_kinds_that_there_are_not_are_named(
    owner: Api, record: Record, kinds: list[str], place: str
) -> None:
    recorded = record(STEREO)
    answer = owner.post(path(recorded, "/renditions"), json={"kinds": kinds})
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json["errors"]] == [place]


def test_noise_is_not_suppressed_where_the_account_does_not(
    parts: Parts, owner: Api, record: Record
) -> None:
    recorded = record(STEREO)
    assert owner.patch("/api/v1/account", json={"denoise_enabled": False}).status_code == 200
    kinds = ["playback", "denoised-light", "denoised-strong"]
    answer = owner.post(path(recorded, "/renditions"), json={"kinds": kinds})
    assert (answer.status_code, answer.json["code"]) == (403, "denoise-switched-off")
    assert [error["path"] for error in answer.json["errors"]] == ["kinds[1]", "kinds[2]"]
    jobs_of = owner.get(path(recorded)).json["jobs"]
    assert [job["kind"] for job in jobs_of] == ["playback"], "nothing was asked for"


def test_a_destroyed_recording_tells_so(parts: Parts, owner: Api, record: Record) -> None:
    recorded = record(STEREO)
    change(parts, recorded, destroyed_at_ms=now_ms(), object_name="")
    found = owner.get(path(recorded)).json
    assert (found["state"], found["sound_url"], found["original_url"]) == ("destroyed", None, None)
    assert found["destroyed_at"]
    answer = owner.post(path(recorded, "/renditions"), json={"kinds": ["playback"]})
    assert (answer.status_code, answer.json["code"]) == (410, "recording-destroyed")


def test_the_account_tells_and_takes_how_noise_is_suppressed(
    parts: Parts, owner: Api, record: Record, work: Work
) -> None:
    names = ("denoise_enabled", "denoise_strength", "denoise_always")
    found = owner.get("/api/v1/account").json
    assert [found[name] for name in names] == [True, "medium", False]
    old = record(STEREO)
    work(old, "playback")
    wanted = {"denoise_strength": "light", "denoise_always": True}
    changed = owner.patch("/api/v1/account", json=wanted)
    assert [changed.json[name] for name in names] == [True, "light", True]
    new = record(STEREO, external_id="rec-2")
    work(new, "playback")
    kinds = {
        recorded.recording_id: [job["kind"] for job in owner.get(path(recorded)).json["jobs"]]
        for recorded in (old, new)
    }
    # What was there before is not made again.
    assert kinds == {
        old.recording_id: ["playback"],
        new.recording_id: ["denoise-light", "playback"],
    }


@pytest.mark.parametrize(
    "wrong",
    [{"denoise_strength": "brutal"}, {"denoise_strength": None}, {"denoise_always": "often"}],
)
def test_settings_that_there_are_not(owner: Api, wrong: dict[str, Any]) -> None:
    answer = owner.patch("/api/v1/account", json=wrong)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json["errors"]] == list(wrong)
