"""What recognition asks of a recording before it listens: what it is, and whether it may."""

from sqlalchemy import update

from shared.db.tables import employees, legs
from shared.domain.pipeline import JobState
from tests.integration.transcribe.world import PLAIN_CALL, World
from tests.rows import add


def test_a_file_without_a_header_is_read_as_declared(world: World) -> None:
    silence = b"\xd5" * 2 * 24_000
    recording_id = world.add_sound(silence, declared_format="pcm_alaw/8000/2")

    assert world.transcribe(recording_id).state == JobState.DONE
    transcript = world.transcript(recording_id)
    assert transcript is not None
    assert (transcript.duration_ms, len(transcript.channel_speakers)) == (3000, 2)


def test_a_recording_of_nobody_who_may_be_recorded_is_not_recognised(world: World) -> None:
    recording_id = world.add_sound(PLAIN_CALL)
    with world.parts.database.write() as connection:
        employee_id = add(
            connection,
            employees,
            account_id=world.account_id,
            external_id="director",
            name="Директор",
            recorded=False,
        )
        connection.execute(
            update(legs).where(legs.c.id == world.leg_id).values(employee_id=employee_id)
        )

    job = world.transcribe(recording_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "employee-not-recorded")
    assert world.transcript(recording_id) is None
