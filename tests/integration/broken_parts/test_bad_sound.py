"""Files that are not what they should be, from the upload to the end of their jobs."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from services.gateway.accounts import NewAccount
from services.player.tasks import HANDLERS as PLAYER
from services.transcribe.tasks import HANDLERS as TRANSCRIBE
from shared.db.tables import accounts, jobs, renditions, transcripts
from shared.queue.runner import Parts, run_job
from tests.gateway_client import Api
from tests.integration.broken_parts.outage import CALL, CALL_PATH, SOUND, SOUND_PATH
from tests.integration.decode.sounds import by_soundfile, flac_silence, wav_header
from tests.integration.transcribe.world import MODEL

HANDLERS = MappingProxyType({**PLAYER, **TRANSCRIBE})
DONE = ("done", None)
Outcome = tuple[str, str | None]
Work = Callable[..., dict[str, Outcome]]


@pytest.fixture
def work(parts: Parts, account: NewAccount, intake: Api, owner: Api) -> Work:
    """Hands a file in and runs what the upload asked for; how each job of it ended, by kind."""
    with parts.database.write() as connection:
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account.account_id)
            .values(speech_model=str(MODEL))
        )

    def run(body: bytes, content_type: str, *kinds: str) -> dict[str, Outcome]:
        intake.put(CALL_PATH, json=CALL)
        answer = intake.put(SOUND_PATH, data=body, content_type=content_type)
        assert answer.status_code == 201, answer.text
        with parts.database.read() as connection:
            found = connection.execute(select(jobs.c.id).where(jobs.c.kind.in_(kinds))).scalars()
            job_ids = list(found)
        for job_id in job_ids:
            assert run_job(parts, HANDLERS, job_id, worker="test")
        listed = owner.get("/api/v1/jobs").json["items"]
        return {
            job["kind"]: (job["state"], job["error_code"]) for job in listed if job["kind"] in kinds
        }

    return run


def left(parts: Parts, table: Any) -> int:
    with parts.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(bytes(5000), "not-sound", id="not-sound"),
        pytest.param(SOUND[: len(SOUND) // 2], "truncated", id="truncated"),
        pytest.param(wav_header(data_bytes=0), "empty", id="header-without-sound"),
        pytest.param(
            by_soundfile(np.zeros((4000, 9), np.float32), 8000, "PCM_16"),
            "too-many-channels",
            id="nine-channels",
        ),
        pytest.param(
            wav_header(channels=65_535, data_bytes=200_000) + bytes(200_000),
            "too-many-channels",
            id="header-lies-of-channels",
        ),
        pytest.param(
            wav_header(rate_hz=0xFFFFFFFF, data_bytes=9000) + bytes(9000),
            "rate-out-of-range",
            id="header-lies-of-the-rate",
        ),
    ],
)
def test_what_cannot_be_read_is_a_failed_job_with_its_reason(
    work: Work, parts: Parts, intake: Api, owner: Api, body: bytes, code: str
) -> None:
    outcomes = work(body, "audio/wav", "playback", "transcribe")
    assert outcomes == {"playback": ("failed", code), "transcribe": ("failed", code)}
    assert (left(parts, renditions), left(parts, transcripts)) == (0, 0)
    assert len(list(parts.store.names(""))) == 1, "the original stays as it came"
    contact_id = intake.put(CALL_PATH, json=CALL).json["id"]
    assert owner.get(f"/api/v1/contacts/{contact_id}").status_code == 200


@pytest.mark.parametrize("content_type", ["text/html", "image/png", "audio/mpeg", "nonsense"])
def test_a_type_that_lies_is_not_believed(
    work: Work, parts: Parts, intake: Api, owner: Api, content_type: str
) -> None:
    outcomes = work(SOUND, content_type, "playback", "transcribe")
    assert outcomes == {"playback": DONE, "transcribe": DONE}
    recording_id = intake.put(SOUND_PATH, data=SOUND).json["id"]
    answer = owner.get(f"/api/v1/recordings/{recording_id}/sound?variant=original")
    assert (answer.content_type, answer.data) == ("audio/wav", SOUND)


# Decoding takes seconds, whatever the database.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_three_hours_of_silence_in_a_few_kilobytes_have_no_words(work: Work, parts: Parts) -> None:
    silence = flac_silence(3 * 3600)
    assert len(silence) < 20_000
    assert work(silence, "audio/flac", "transcribe") == {"transcribe": DONE}
    with parts.database.read() as connection:
        row = connection.execute(select(transcripts)).one()
    assert (row.word_count, row.speech_ms) == (0, 0)
    assert len(row.document) < 2000
