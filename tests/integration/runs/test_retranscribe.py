"""Re-transcription is a run: old transcripts stay until new ones are stored, then calls are tagged."""

import pytest
from sqlalchemy import select, update

from services.topics.tasks import HANDLERS as TOPICS
from services.transcribe.retranscribe import start_retranscribe
from services.transcribe.tasks import HANDLERS as TRANSCRIBE
from shared.contacts.filters import ContactFilter
from shared.db.tables import jobs, recordings, transcripts
from shared.domain.pipeline import Priority
from shared.queue.runner import Parts, run_job
from shared.runs import control, store
from shared.runs.store import Run
from tests.integration.transcribe.world import SILENT_CALL, World, make_world

HANDLERS = {**TRANSCRIBE, "run": TOPICS["run"]}


@pytest.fixture
def call(parts: Parts) -> World:
    """A call with three recordings: two recognised by an old model, one by the present."""
    call = make_world(parts)
    for name in ("one", "two", "three"):
        call.transcribe(call.add_sound(SILENT_CALL, external_id=name))
    with call.parts.database.write() as connection:
        connection.execute(
            update(transcripts)
            .where(transcripts.c.recording_id != ids(call)[2])
            .values(model="old", created_at_ms=1)
        )
        connection.execute(update(jobs).where(jobs.c.kind == "tag").values(state="done"))
    return call


def ids(call: World) -> list[int]:
    with call.parts.database.read() as connection:
        return list(connection.execute(select(recordings.c.id).order_by(recordings.c.id)).scalars())


def start(call: World, model: str = "") -> int:
    with call.parts.database.write() as connection:
        return start_retranscribe(
            connection, account_id=call.account_id, actor="cli", model=model, wanted=ContactFilter()
        )


def work(call: World) -> None:
    """Do what the run asks for; its tagging is left to others."""
    while True:
        with call.parts.database.read() as connection:
            job_id = connection.execute(
                select(jobs.c.id)
                .where(jobs.c.state == "pending", jobs.c.kind.in_(HANDLERS))
                .order_by(jobs.c.id)
            ).scalar()
        if job_id is None:
            return
        run_job(call.parts, HANDLERS, job_id, worker="test")


def seen(call: World, run_id: int) -> Run:
    with call.parts.database.read() as connection:
        return store.read_run(connection, call.account_id, run_id)


def models(call: World) -> list[str]:
    with call.parts.database.read() as connection:
        return list(
            connection.execute(
                select(transcripts.c.model).order_by(transcripts.c.recording_id)
            ).scalars()
        )


def test_what_an_old_model_made_is_recognised_again(call: World) -> None:
    one, two, three = ids(call)
    kept = call.transcript_row(three)
    with call.parts.database.write() as connection:
        connection.execute(
            update(recordings).where(recordings.c.id == two).values(object_name="1/originals/gone")
        )
    run_id = start(call)
    work(call)
    run = seen(call, run_id)
    assert (run.state, run.subjects_done) == ("done", 3)
    assert models(call) == ["tematika-demo", "old", "tematika-demo"]
    assert call.transcript_row(three) == kept
    assert call.transcript_row(one).created_at_ms > 1
    tagging = call.job("tag", call.contact_id)
    assert tagging is not None
    assert (tagging.state, tagging.priority) == ("pending", Priority.RUNS)


def test_a_model_that_is_not_there_stops_the_run_and_changes_nothing(call: World) -> None:
    run_id = start(call, "small")
    work(call)
    run = seen(call, run_id)
    assert (run.state, run.error_code) == ("failed", "model-not-available")
    assert "tematika model pull small" in run.error_message
    assert models(call) == ["old", "old", "tematika-demo"]
    with call.parts.database.write() as connection:
        control.resume(connection, call.account_id, run_id)
    assert seen(call, run_id).state == "running"
