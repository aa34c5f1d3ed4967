"""What puts a call into the feed of changes: its sound and its transcript, from intake to relabelling."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.player.tasks import HANDLERS as PLAYER
from services.transcribe.tasks import HANDLERS as TRANSCRIBE
from shared.db.tables import accounts, jobs
from shared.queue.runner import Handler, Parts, run_job
from tests.gateway_client import Api
from tests.integration.journal.integration.test_changes import Reader

API = "/api/v1"
SAMPLES = Path(__file__).parents[4] / "samples"
SOUND = SAMPLES / "calls" / "01-refund" / "recording.ogg"
CALL = {"started_at": "2026-03-01T10:00:00+03:00", "direction": "inbound"}


@pytest.fixture
def reader(owner: Api, account: NewAccount, parts: Parts) -> Reader:
    """Follows the feed of an account that recognises with the demo model."""
    with parts.database.write() as connection:
        connection.execute(update(accounts).values(speech_model=str(SAMPLES / "model")))
    return Reader(owner)


def put_call(intake: Api, external_id: str) -> None:
    answer = intake.put(f"{API}/sources/pbx/contacts/{external_id}", json=CALL)
    assert answer.status_code == 201, answer.text


def put_sound(intake: Api, query: str) -> Any:
    return intake.put(
        f"{API}/sources/pbx/recordings/rec-1?{query}",
        data=SOUND.read_bytes(),
        content_type="audio/ogg",
    )


def work(parts: Parts, kind: str, handler: Handler) -> None:
    with parts.database.read() as connection:
        job_id = connection.execute(select(jobs.c.id).where(jobs.c.kind == kind)).scalar_one()
    assert run_job(parts, {kind: handler}, job_id, worker="test")


def test_each_step_of_a_call_comes_into_the_feed(
    reader: Reader, owner: Api, intake: Api, parts: Parts
) -> None:
    assert put_sound(intake, "contact=call-1").status_code == 202
    assert reader.news() == []
    put_call(intake, "call-1")
    assert reader.news() == [("call-1", "recording")]
    work(parts, "playback", PLAYER["playback"])
    assert reader.news() == [("call-1", "recording")]
    work(parts, "transcribe", TRANSCRIBE["transcribe"])
    assert reader.news() == [("call-1", "transcript")]
    owner.put(f"{API}/sources/pbx", json={"name": "АТС", "operator_channel": 1})
    work(parts, "relabel", TRANSCRIBE["relabel"])
    assert reader.news() == [("call-1", "transcript")]


def test_corrections_come_into_the_feed_once(reader: Reader, intake: Api) -> None:
    put_call(intake, "call-1")
    put_call(intake, "call-2")
    assert reader.news() == []
    put_sound(intake, "contact=call-1")
    assert reader.news() == [("call-1", "recording")]
    put_sound(intake, "contact=call-1&offset_ms=100")
    assert reader.news() == [("call-1", "recording")]
    put_sound(intake, "contact=call-1&offset_ms=100")
    assert reader.news() == []
    put_sound(intake, "contact=call-2")
    assert sorted(reader.news()) == [("call-1", "recording"), ("call-2", "recording")]
