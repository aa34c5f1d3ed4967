"""The transcribe job, from a stored recording to a stored transcript."""

import numpy as np
import pytest
from sqlalchemy import insert, update

from services.transcribe.relabel import relabel_recording
from services.transcribe.tasks import transcribe
from shared.db.tables import contacts, recordings, sources
from shared.domain.pipeline import JobState
from shared.domain.recording import Speaker
from shared.queue import jobs as verbs
from shared.queue.runner import JobContext, Parts, run_job
from shared.text.packed import spoken
from tests.integration.transcribe.world import PLAIN_CALL, SILENT_CALL, World, make_world

OPERATOR, CLIENT, UNKNOWN = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN


def test_a_call_becomes_a_transcript_a_packed_form_and_a_tag_job(world: World) -> None:
    recording_id = world.add_sound(PLAIN_CALL)
    job = world.transcribe(recording_id)
    assert (job.state, job.progress) == (JobState.DONE, 1.0)
    transcript = world.transcript(recording_id)
    assert transcript.channel_speakers == (OPERATOR, CLIENT)
    assert {item.speaker for item in transcript.utterances} == {OPERATOR, CLIENT}
    assert (transcript.demo, transcript.language) == (True, "ru")
    regions = [(r.start_ms, r.end_ms) for speech in transcript.speech for r in speech]
    assert all(
        any(start <= word.start_ms <= word.end_ms <= end for start, end in regions)
        for item in transcript.utterances
        for word in item.words
    )
    row = world.transcript_row(recording_id)
    assert row.word_count == sum(len(item.words) for item in transcript.utterances) > 0
    assert row.speech_ms == sum(end - start for start, end in regions)
    assert 0 < row.mean_probability <= 1
    packed = world.packed(recording_id)
    assert len(packed) == len(spoken(transcript.utterances).forms)
    contact = world.contact()
    assert (contact.audible, contact.speech_ms, contact.legs_unheard) == (3, row.speech_ms, 0)
    assert world.job("tag", world.contact_id).state == JobState.PENDING


def test_recognising_again_replaces_the_transcript(world: World) -> None:
    recording_id = world.add_sound(PLAIN_CALL)
    world.transcribe(recording_id)
    first, packed = world.transcript(recording_id), world.packed(recording_id)
    world.transcribe(recording_id)
    assert world.transcript(recording_id) == first
    assert np.array_equal(world.packed(recording_id).token_ids, packed.token_ids)


def test_silence_is_done_with_no_words(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL)
    assert world.transcribe(recording_id).state == JobState.DONE
    transcript = world.transcript(recording_id)
    assert transcript.utterances == ()
    assert transcript.measures.silence_ms == transcript.duration_ms > 0
    assert len(world.packed(recording_id)) == 0
    assert world.job("tag", world.contact_id).state == JobState.PENDING


@pytest.mark.parametrize(
    ("model", "code", "advice"),
    [
        pytest.param("", "model-not-configured", "tematika model pull", id="none-set"),
        pytest.param("small", "model-not-available", "tematika model pull small", id="not-fetched"),
    ],
)
def test_an_account_without_a_model_is_told_what_to_do(parts: Parts, model, code, advice) -> None:
    world = make_world(parts, model=model)
    recording_id = world.add_sound(PLAIN_CALL)
    job = world.transcribe(recording_id)
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert advice in job.error_message
    assert world.transcript(recording_id) is None
    assert world.job("tag", world.contact_id) is None


def test_a_language_the_model_does_not_know_is_told(parts: Parts) -> None:
    world = make_world(parts, language="de")
    job = world.transcribe(world.add_sound(PLAIN_CALL))
    assert (job.state, job.error_code) == (JobState.FAILED, "language-not-understood")
    assert "ru, en" in job.error_message


@pytest.mark.parametrize(
    ("content", "values", "code"),
    [
        pytest.param(b"this is not sound", {}, "not-sound", id="text"),
        pytest.param(b"sound", {"sha256": "0" * 64}, "object-corrupt", id="other-bytes"),
        pytest.param(b"sound", {"object_name": "1/originals/gone"}, "object-missing", id="gone"),
    ],
)
def test_what_cannot_be_read_fails_with_its_reason(world: World, content, values, code) -> None:
    recording_id = world.add_sound(content, **values)
    job = world.transcribe(recording_id)
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert world.transcript(recording_id) is None


def test_a_one_sided_file_has_one_speaker(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL, one_sided="client")
    world.transcribe(recording_id)
    assert set(world.transcript(recording_id).channel_speakers) == {CLIENT}
    assert world.contact().audible == 2


def test_both_sides_of_an_internal_call_are_operators(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL)
    with world.parts.database.write() as connection:
        connection.execute(
            update(contacts).where(contacts.c.id == world.contact_id).values(direction="internal")
        )
    world.transcribe(recording_id)
    assert world.transcript(recording_id).channel_speakers == (OPERATOR, OPERATOR)
    assert world.contact().audible == 1


def swap_channels(world: World) -> None:
    with world.parts.database.write() as connection:
        connection.execute(
            update(sources).where(sources.c.id == world.source_id).values(operator_channel=1)
        )


def test_a_corrected_channel_map_relabels_without_recognising(world: World) -> None:
    recording_id = world.add_sound(PLAIN_CALL)
    world.transcribe(recording_id)
    before, packed = world.transcript(recording_id), world.packed(recording_id)
    swap_channels(world)
    with world.parts.database.write() as connection:
        relabel_recording(connection, world.account_id, recording_id)
    after, repacked = world.transcript(recording_id), world.packed(recording_id)
    assert after.channel_speakers == (CLIENT, OPERATOR)
    assert [item.text for item in after.utterances] == [item.text for item in before.utterances]
    assert list(repacked.speakers) == list(spoken(after.utterances).speakers)
    assert np.array_equal(repacked.token_ids, packed.token_ids)
    assert world.transcript_row(recording_id).channel_speakers == ["client", "operator"]


def test_relabelling_what_is_right_or_not_there_changes_nothing(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL)
    with world.parts.database.write() as connection:
        relabel_recording(connection, world.account_id, recording_id)
    assert world.transcript(recording_id) is None
    world.transcribe(recording_id)
    made_at_ms = world.transcript_row(recording_id).created_at_ms
    with world.parts.database.write() as connection:
        relabel_recording(connection, world.account_id, recording_id)
    assert world.transcript_row(recording_id).created_at_ms == made_at_ms


def test_a_correction_during_recognition_is_not_lost(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL)

    def corrected_meanwhile(context: JobContext):
        finish = transcribe(context)
        swap_channels(world)
        return finish

    run_job(
        world.parts, {"transcribe": corrected_meanwhile}, world.ask(recording_id), worker="test"
    )
    assert world.transcript(recording_id).channel_speakers == (CLIENT, OPERATOR)


def test_a_call_that_comes_during_recognition_is_tagged(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL, contact_id=None)

    def joined_meanwhile(context: JobContext):
        finish = transcribe(context)
        with world.parts.database.write() as connection:
            connection.execute(
                update(recordings)
                .where(recordings.c.id == recording_id)
                .values(contact_id=world.contact_id)
            )
        return finish

    run_job(world.parts, {"transcribe": joined_meanwhile}, world.ask(recording_id), worker="test")
    assert world.job("tag", world.contact_id).state == JobState.PENDING
    assert world.contact().audible == 3


def test_a_recording_without_a_call_is_recognised_and_waits(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL, contact_id=None)
    assert world.transcribe(recording_id).state == JobState.DONE
    assert world.transcript(recording_id) is not None


def test_a_lost_attempt_leaves_nothing(world: World) -> None:
    recording_id = world.add_sound(SILENT_CALL)

    def cancelled_meanwhile(context: JobContext):
        finish = transcribe(context)
        with world.parts.database.write() as connection:
            verbs.cancel(connection, account_id=world.account_id, job_id=context.job.id)
        return finish

    run_job(
        world.parts, {"transcribe": cancelled_meanwhile}, world.ask(recording_id), worker="test"
    )
    assert world.transcript(recording_id) is None
    assert world.job("tag", world.contact_id) is None


def test_legs_without_a_transcript_are_counted(world: World) -> None:
    from shared.db.tables import legs

    with world.parts.database.write() as connection:
        connection.execute(
            insert(legs),
            [
                {
                    "account_id": world.account_id,
                    "contact_id": world.contact_id,
                    "external_id": f"leg-{result or 'talk'}",
                    "position": 1,
                    "started_at_ms": 1_790_000_100_000,
                    "result": result,
                }
                for result in ("", "missed")
            ],
        )
    world.transcribe(world.add_sound(SILENT_CALL))
    assert world.contact().legs_unheard == 1
