"""Denoised sound: 202 with progress until all of it is there, asked for once."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from shared.db.tables import accounts, jobs
from shared.domain.pipeline import JobState, Priority
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.player.delivery.conversation import Conversation, tone

STEREO = np.concatenate([tone(440, 1), tone(700, 1)])


def denoise_jobs(parts: Parts) -> list[Any]:
    with parts.database.read() as connection:
        return list(
            connection.execute(
                select(jobs).where(jobs.c.kind.like("denoise-%")).order_by(jobs.c.subject_id)
            )
        )


def sound_path(recording_id: int, query: str = "?variant=denoised") -> str:
    return f"/api/v1/recordings/{recording_id}/sound{query}"


def test_it_is_asked_for_and_its_progress_told(
    parts: Parts, owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    path = sound_path(recording_id)
    assert owner.head(path).status_code == 202
    assert denoise_jobs(parts) == []
    answer = owner.get(path)
    assert answer.status_code == 202
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json == {
        "state": "pending",
        "progress": 0.0,
        "recordings": [{"recording_id": recording_id, "state": "pending", "progress": 0.0}],
    }
    (job,) = denoise_jobs(parts)
    assert (job.kind, job.priority, job.work_ms) == ("denoise-medium", Priority.ASKED, 1000)
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(state=JobState.RUNNING, progress=0.5))
    again = owner.get(path)
    assert (again.json["state"], again.json["progress"]) == ("running", 0.5)
    (running,) = denoise_jobs(parts)
    # A worker that has it is not sent over it once more.
    assert running.run_again is False
    call.render(recording_id, "denoised-medium", STEREO)
    done = owner.get(path)
    assert done.status_code == 200
    assert done.data == call.made[recording_id, "denoised-medium"]
    assert done.headers["X-Sound-Variant"] == "denoised-medium"
    assert [row.variant for row in call.log()] == ["denoised-medium"]


def test_the_strength_is_the_account_s_or_the_listener_s(
    parts: Parts, owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    with parts.database.write() as connection:
        connection.execute(update(accounts).values(denoise_strength="strong"))
    owner.get(sound_path(recording_id))
    owner.get(sound_path(recording_id, "?variant=denoised&strength=light"))
    assert {job.kind for job in denoise_jobs(parts)} == {"denoise-strong", "denoise-light"}
    assert owner.get(sound_path(recording_id, "?variant=denoised&strength=x")).status_code == 422


def test_a_job_that_waits_is_hurried(parts: Parts, owner: Api, call: Conversation) -> None:
    recording_id = call.record(STEREO)
    call.job(recording_id, "denoise-medium", "pending", priority=Priority.RUNS)
    assert owner.get(sound_path(recording_id)).status_code == 202
    (job,) = denoise_jobs(parts)
    assert job.priority == Priority.ASKED


def test_a_call_waits_for_all_of_its_recordings(
    parts: Parts, owner: Api, call: Conversation
) -> None:
    first = call.record(STEREO)
    second = call.record(STEREO, offset_ms=2000)
    call.render(first, "denoised-medium", STEREO)
    path = f"/api/v1/contacts/{call.contact_id}/sound?variant=denoised"
    answer = owner.get(path)
    assert answer.status_code == 202
    assert answer.json["progress"] == 0.5
    assert [(one["recording_id"], one["state"]) for one in answer.json["recordings"]] == [
        (first, "done"),
        (second, "pending"),
    ]
    assert [job.subject_id for job in denoise_jobs(parts)] == [second]
    call.render(second, "denoised-medium", STEREO)
    assert owner.get(path).status_code == 200


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_a_sound_that_was_lost_is_made_again(
    parts: Parts, owner: Api, call: Conversation, state: str
) -> None:
    recording_id = call.record(STEREO)
    call.job(recording_id, "denoise-medium", state)
    assert owner.get(sound_path(recording_id)).json["state"] == "pending"
    (job,) = denoise_jobs(parts)
    assert job.state == JobState.PENDING


def test_what_failed_for_good_is_told_and_not_tried_again(
    parts: Parts, owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    call.job(recording_id, "denoise-medium", "failed", error_code="object-corrupt")
    answer = owner.get(sound_path(recording_id))
    assert (answer.status_code, answer.json["code"]) == (409, "denoise-failed")
    assert answer.json["reason"] == "object-corrupt"
    (job,) = denoise_jobs(parts)
    assert job.state == JobState.FAILED


def test_a_channel_of_denoised_sound(owner: Api, call: Conversation) -> None:
    recording_id = call.record(STEREO)
    call.render(recording_id, "denoised-medium", STEREO)
    answer = owner.get(sound_path(recording_id, "?variant=denoised&channel=client"))
    assert answer.status_code == 200
    assert "%D0%BA%D0%BB%D0%B8%D0%B5%D0%BD%D1%82" in answer.headers["Content-Disposition"]
    call.change(recording_id, channels=3)
    many = owner.get(sound_path(recording_id, "?variant=denoised&channel=2"))
    assert (many.status_code, many.json["code"]) == (404, "channel-not-separable")
