"""Whoever works on a recording while it is destroyed writes nothing of it back."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from services.player.rendering import store as rendering
from services.player.rendering.store import Rendition
from services.topics.marking.tagging import tagger_of
from services.topics.runs.retag import retag
from services.transcribe.recognition import Recognised, store_recognised
from shared.db.tables import contacts, jobs, packed_transcripts, renditions, transcripts
from shared.domain.recording import Speaker
from shared.domain.transcript import Measures, Transcript
from shared.errors import JobFailed
from shared.queue import jobs as queue
from shared.queue.jobs import Job, JobLost
from shared.queue.runner import JobContext
from shared.runs.chunks import Store, chunk_handler
from shared.runs.store import Chunk, Run
from shared.text.lexicon import number_forms
from tests.integration.player.destruction.world import HANDLERS, World, places_in_database
from tests.integration.runs.world import OPENING
from tests.integration.topics.calls import said

WORD = "тетрагидрофуран"
LINE = f"client: верните {WORD} деньги"


@pytest.fixture
def call(world: World) -> int:
    return world.call(OPENING, LINE, sound=b"sound")


def claim(world: World, kind: str, subject_id: int) -> Job:
    """Let somebody begin a job."""
    with world.database.write() as connection:
        job_id = queue.ask(
            connection, account_id=world.account_id, kind=kind, subject_id=subject_id
        )
        job = queue.claim(connection, job_id, worker="slow", lease_s=600)
    assert job is not None
    return job


def end(world: World, job: Job, finish: Callable[[Connection], None]) -> None:
    """End a job as a worker does."""
    with world.database.write() as connection:
        queue.finish(connection, job)
        finish(connection)


def recognised(world: World, line: str) -> Recognised:
    utterances = tuple(said(line))
    transcript = Transcript(
        language="ru",
        model="m",
        model_version="1",
        demo=False,
        duration_ms=1000,
        channel_speakers=(Speaker.OPERATOR, Speaker.CLIENT),
        utterances=utterances,
        speech=((), ()),
        measures=Measures(1000, 0, 0, 0, {}),
    )
    forms = line.removeprefix("client: ").split()
    return Recognised(transcript, number_forms(world.database, world.account_id, forms))


@pytest.mark.parametrize("kind", ["playback", "transcribe", "denoise-medium"])
def test_a_running_job_of_the_recording_is_lost(world: World, call: int, kind: str) -> None:
    job = claim(world, kind, world.recording_of(call))
    world.destroy(call)
    with pytest.raises(JobLost):
        end(world, job, lambda connection: None)


def test_a_judgement_by_destroyed_words_is_thrown_away(world: World, call: int) -> None:
    job = claim(world, "tag", call)
    finish = tagger_of(world.database, world.account_id).tag(call)
    world.destroy(call)
    with pytest.raises(JobLost):
        end(world, job, finish)
    world.work()
    assert world.topics.account.topics_of(call) == []
    assert places_in_database(world.database, WORD.encode()) == set()


def test_a_run_that_judges_the_call_passes_it_by(world: World, call: int) -> None:
    world.topics.tag_all()
    world.topics.activate("refund", {"said": {"by": "client", "phrases": ["верните деньги"]}})
    run_id = world.topics.start("refund", everything=True)

    def destroyed_meanwhile(context: JobContext, run: Run, chunk: Chunk) -> Store:
        store = retag(context, run, chunk)
        world.destroy(call)
        return store

    world.topics.work(handlers={**HANDLERS, "retag": chunk_handler(destroyed_meanwhile)})
    assert world.topics.run(run_id).state == "done"
    assert world.topics.account.topics_of(call) == []
    assert places_in_database(world.database, WORD.encode()) == set()


def test_a_recognition_asked_for_too_late_stores_nothing(world: World, call: int) -> None:
    found = recognised(world, LINE)
    recording_id = world.recording_of(call)
    world.destroy(call)
    with world.database.write() as connection:
        assert not store_recognised(connection, world.account_id, recording_id, found)
    with world.database.read() as connection:
        for table in (transcripts, packed_transcripts):
            assert connection.execute(select(table)).all() == []


def test_a_rendition_made_too_late_is_refused(world: World, call: int) -> None:
    recording_id = world.recording_of(call)
    made = Rendition("playback", "x", 1, "0" * 64, "audio/mpeg", {})
    world.destroy(call)
    ids = {"account_id": world.account_id, "recording_id": recording_id}
    with pytest.raises(JobFailed, match="gone"), world.database.write() as connection:
        rendering.save_rendition(connection, **ids, rendition=made)
    with world.database.read() as connection:
        assert connection.execute(select(renditions)).all() == []


def test_a_word_that_somebody_is_storing_is_not_cleared_out_from_under_him(
    world: World, call: int
) -> None:
    other = world.topics.account.call("client: да", transcribed=False)
    # Numbered before the destruction, stored after it.
    found = recognised(world, f"client: опять {WORD}")
    world.destroy(call)
    with world.database.write() as connection:
        assert store_recognised(connection, world.account_id, world.recording_of(other), found)
    world.topics.activate("refund", {"said": {"by": "client", "phrases": [f"!{WORD}"]}})
    world.topics.tag_all()
    assert world.topics.account.topics_of(other) == ["refund"]


def test_the_call_is_judged_anew_once_and_listed_as_changed(world: World, call: int) -> None:
    world.topics.tag_all()
    with world.database.read() as connection:
        judgements = connection.execute(select(contacts.c.judgements)).scalar_one()
    run_id = world.start(contact_ids=[call])
    with world.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.kind == "tag").values(run_again=False))
    world.work()
    assert world.run(run_id).state == "done"
    with world.database.read() as connection:
        assert connection.execute(select(contacts.c.judgements)).scalar_one() == judgements + 2
