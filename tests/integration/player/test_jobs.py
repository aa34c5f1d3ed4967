"""The jobs `playback` and `denoise-<strength>` on a real database and store: what they leave, once."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from services.player.rendering.strength import Strength
from services.player.tasks import HANDLERS
from shared.db.session import now_ms
from shared.db.tables import accounts, contacts, legs, recording_legs, recordings, transcripts
from shared.db.tables import jobs as jobs_table
from shared.domain.pipeline import JobState, Priority
from shared.queue import jobs
from shared.queue.runner import Finish, JobContext, Parts, run_job
from shared.queue.sweeper import take_back
from shared.storage import ObjectStore
from shared.storage.unreferenced import RENDITIONS, sweep_unreferenced
from tests.integration.decode.sounds import by_soundfile, flac_silence, loudest_hz, tones
from tests.integration.player.conftest import Record
from tests.integration.player.recorded import (
    Recorded,
    decoded,
    job_row,
    rendition_bytes,
    rendition_rows,
)
from tests.rows import add

Work = Callable[[Recorded, str], JobState]
STEREO = by_soundfile(tones(2, seconds=3), 8000, "ALAW")


def noisy_call() -> bytes:
    """Bursts of harmonics on each side in turn over white noise, as Silero takes for speech."""
    from tests.integration.player.test_rendering import CALLS

    return (CALLS / "02-wrong-speaker/recording.flac").read_bytes()


def recording(parts: Parts, recorded: Recorded) -> Any:
    with parts.database.read() as connection:
        return connection.execute(
            select(recordings).where(
                recordings.c.account_id == recorded.account_id,
                recordings.c.id == recorded.recording_id,
            )
        ).one()


def object_names(store: ObjectStore) -> list[str]:
    return sorted(name for name, _ in store.names(RENDITIONS))


def test_playback_leaves_sound_peaks_and_measures(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    assert work(recorded, "playback") is JobState.DONE
    row = recording(parts, recorded)
    assert (row.container, row.codec, row.channels, row.rate_hz, row.duration_ms) == (
        "wav",
        "pcm_alaw",
        2,
        8000,
        3000,
    )
    rows = rendition_rows(parts, recorded)
    assert set(rows) == {"playback", "waveform", "waveform-fine"}
    assert rows["playback"].content_type == "audio/mpeg"
    sound, rate_hz = decoded(rendition_bytes(parts, recorded, "playback"))
    assert sound.shape == (2, 3 * rate_hz)
    fine = json.loads(rendition_bytes(parts, recorded, "waveform-fine"))
    coarse = json.loads(rendition_bytes(parts, recorded, "waveform"))
    assert (fine["version"], fine["channels"], fine["length"]) == (2, 2, 150)
    assert coarse["length"] <= 2000
    assert parts.store.stat(row.object_name) == len(STEREO)


def test_a_new_length_has_the_call_judged(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    work(recorded, "playback")
    with parts.database.read() as connection:
        tagged = connection.execute(
            select(jobs_table.c.subject_id).where(
                jobs_table.c.account_id == recorded.account_id, jobs_table.c.kind == "tag"
            )
        ).scalar_one()
    assert tagged == recorded.contact_id


@pytest.mark.parametrize(
    ("says", "asked"),
    [
        pytest.param({}, None, id="on first play, as is the default"),
        pytest.param({"denoise_always": True}, "denoise-medium", id="always"),
        pytest.param(
            {"denoise_always": True, "denoise_strength": "strong"}, "denoise-strong", id="strong"
        ),
        pytest.param({"denoise_always": True, "denoise_enabled": False}, None, id="switched off"),
    ],
)
def test_the_account_says_whether_all_is_denoised(
    parts: Parts, record: Record, work: Work, says: dict[str, Any], asked: str | None
) -> None:
    recorded = record(STEREO)
    with parts.database.write() as connection:
        if says:
            connection.execute(
                update(accounts).where(accounts.c.id == recorded.account_id).values(says)
            )
        jobs.ask(
            connection,
            account_id=recorded.account_id,
            kind="playback",
            subject_id=recorded.recording_id,
            priority=Priority.ASKED,
        )
    work(recorded, "playback")
    with parts.database.read() as connection:
        following = connection.execute(
            select(
                jobs_table.c.kind, jobs_table.c.state, jobs_table.c.priority, jobs_table.c.work_ms
            )
            .where(jobs_table.c.account_id == recorded.account_id)
            .where(jobs_table.c.kind.like("denoise%"))
        ).all()
    assert following == ([(asked, JobState.PENDING, Priority.ASKED, 3000)] if asked else [])


def test_the_length_decides_which_legs_a_recording_covers(
    parts: Parts, record: Record, work: Work
) -> None:
    recorded = record(STEREO)
    started_at_ms = 1_790_000_000_000
    with parts.database.write() as connection:
        first, second = (
            add(
                connection,
                legs,
                account_id=recorded.account_id,
                contact_id=recorded.contact_id,
                external_id=f"leg-{index}",
                position=index,
                started_at_ms=started_at_ms + index * 60_000,
                ended_at_ms=started_at_ms + (index + 1) * 60_000,
            )
            for index in range(2)
        )
        for leg_id in (first, second):
            add_link(connection, recorded, leg_id)
    work(recorded, "playback")
    with parts.database.read() as connection:
        covered = connection.execute(
            select(recording_legs.c.leg_id).where(
                recording_legs.c.account_id == recorded.account_id,
                recording_legs.c.recording_id == recorded.recording_id,
            )
        ).scalars()
        assert list(covered) == [first]


def test_a_length_measured_after_recognition_tells_what_is_unheard(
    parts: Parts, record: Record, work: Work
) -> None:
    """As if it had been measured before: recognition and playback wait for neither."""
    recorded = record(STEREO)
    with parts.database.write() as connection:
        for index in range(2):
            leg_id = add(
                connection,
                legs,
                account_id=recorded.account_id,
                contact_id=recorded.contact_id,
                external_id=f"leg-{index}",
                position=index,
                started_at_ms=1_790_000_000_000 + index * 60_000,
                ended_at_ms=1_790_000_000_000 + (index + 1) * 60_000,
            )
            add_link(connection, recorded, leg_id)
        connection.execute(
            transcripts.insert().values(
                account_id=recorded.account_id,
                recording_id=recorded.recording_id,
                language="ru",
                model="test",
                model_version="1",
                demo=False,
                channel_speakers=["operator", "client"],
                word_count=0,
                speech_ms=1000,
                mean_probability=0.0,
                measures={},
                document=b"",
                created_at_ms=now_ms(),
            )
        )
    work(recorded, "playback")
    with parts.database.read() as connection:
        unheard = connection.execute(
            select(contacts.c.legs_unheard).where(
                contacts.c.account_id == recorded.account_id, contacts.c.id == recorded.contact_id
            )
        ).scalar_one()
    assert unheard == 1


def add_link(connection: Any, recorded: Recorded, leg_id: int) -> None:
    connection.execute(
        recording_legs.insert().values(
            account_id=recorded.account_id, recording_id=recorded.recording_id, leg_id=leg_id
        )
    )


def ask(parts: Parts, recorded: Recorded, kind: str) -> None:
    with parts.database.write() as connection:
        jobs.ask(
            connection,
            account_id=recorded.account_id,
            kind=kind,
            subject_id=recorded.recording_id,
        )


def test_a_noisy_call_is_denoised_as_strongly_as_asked(
    parts: Parts, record: Record, work: Work
) -> None:
    recorded = record(noisy_call())
    work(recorded, "playback")
    playback, rate_hz = decoded(rendition_bytes(parts, recorded, "playback"))
    loudness = []
    for strength in Strength:
        ask(parts, recorded, f"denoise-{strength}")
        assert work(recorded, f"denoise-{strength}") is JobState.DONE
        row = rendition_rows(parts, recorded)[f"denoised-{strength}"]
        assert [set(channel) for channel in row.notes["channels"]] == [{"result", "ms"}] * 2
        assert {channel["result"] for channel in row.notes["channels"]} == {"denoised"}
        sound, _ = decoded(rendition_bytes(parts, recorded, f"denoised-{strength}"))
        assert sound.shape == playback.shape
        # In the quietest second, which holds the noise.
        seconds = sound[0, : sound.shape[1] // rate_hz * rate_hz].reshape(-1, rate_hz)
        loudness.append(float(np.sqrt(np.mean(seconds**2, axis=1)).min()))
    assert loudness == sorted(loudness, reverse=True)
    assert loudness[0] > 1.2 * loudness[-1]


def test_every_channel_of_a_conference_is_kept(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(by_soundfile(tones(4, seconds=2), 8000, "PCM_16"))
    assert work(recorded, "playback") is JobState.DONE
    rows = rendition_rows(parts, recorded)
    apart = [f"playback-{index}" for index in range(4)]
    assert set(rows) == {"playback", *apart, "waveform", "waveform-fine"}
    assert len({rows[kind].object_name for kind in rows}) == len(rows)
    for index, kind in enumerate(apart):
        sound, rate_hz = decoded(rendition_bytes(parts, recorded, kind))
        assert sound.shape == (1, 2 * rate_hz)
        assert loudest_hz(sound[0], rate_hz) == 300 + 200 * index


def test_sound_that_was_destroyed_is_not_rendered(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    with parts.database.write() as connection:
        connection.execute(
            update(recordings)
            .where(
                recordings.c.account_id == recorded.account_id,
                recordings.c.id == recorded.recording_id,
            )
            .values(destroyed_at_ms=now_ms(), object_name="")
        )
    for kind in ("playback", "denoise-light"):
        ask(parts, recorded, kind)
        assert work(recorded, kind) is JobState.FAILED
        assert job_row(parts, recorded, kind).error_code == "recording-destroyed"
    assert rendition_rows(parts, recorded) == {}


def test_sound_without_a_header_is_rendered_as_declared(
    parts: Parts, record: Record, work: Work
) -> None:
    recorded = record((tones(2, seconds=1) * 32767).astype("<i2").tobytes())
    with parts.database.write() as connection:
        connection.execute(
            update(recordings)
            .where(
                recordings.c.account_id == recorded.account_id,
                recordings.c.id == recorded.recording_id,
            )
            .values(declared_format="pcm_s16le/8000/2")
        )
    ask(parts, recorded, "denoise-medium")
    for kind in ("playback", "denoise-medium"):
        assert work(recorded, kind) is JobState.DONE
    row = recording(parts, recorded)
    assert (row.codec, row.channels, row.duration_ms) == ("pcm_s16le", 2, 1000)
    for kind in ("playback", "denoised-medium"):
        sound, rate_hz = decoded(rendition_bytes(parts, recorded, kind))
        assert sound.shape == (2, rate_hz)


def test_nothing_to_denoise_is_said_and_shares_the_playback_object(
    parts: Parts, record: Record, work: Work
) -> None:
    recorded = record(by_soundfile(np.zeros((16_000, 1), np.float32), 8000, "PCM_16"))
    work(recorded, "playback")
    ask(parts, recorded, "denoise-light")
    work(recorded, "denoise-light")
    rows = rendition_rows(parts, recorded)
    assert rows["denoised-light"].object_name == rows["playback"].object_name
    assert rows["denoised-light"].notes == {
        "channels": [{"result": "left-as-is", "ms": {"no-speech": 2000}}]
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"\x00" * 5000, "not-sound", id="zeros"),
        pytest.param(b"", "empty", id="zero bytes"),
        pytest.param(b"#EXTM3U\nhttp://127.0.0.1/x\n", "container-not-allowed", id="a playlist"),
        pytest.param(flac_silence(7 * 3600), "too-long", id="seven hours of silence in 50 kB"),
        pytest.param(
            by_soundfile(np.zeros((4000, 9), np.float32), 8000, "PCM_16"),
            "too-many-channels",
            id="nine channels",
        ),
    ],
)
def test_what_is_no_sound_fails_for_good_with_its_reason(
    parts: Parts, record: Record, work: Work, body: bytes, code: str
) -> None:
    recorded = record(body)
    assert work(recorded, "playback") is JobState.FAILED
    assert job_row(parts, recorded, "playback").error_code == code
    assert rendition_rows(parts, recorded) == {}
    assert object_names(parts.store) == []


def test_a_changed_original_is_found_out(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    name = recording(parts, recorded).object_name
    parts.store.put(name, io.BytesIO(STEREO[:-100]), limit_bytes=10**6, content_type="")
    assert work(recorded, "playback") is JobState.FAILED
    assert job_row(parts, recorded, "playback").error_code == "object-corrupt"


def test_an_attempt_that_lost_its_job_changes_nothing(parts: Parts, record: Record) -> None:
    recorded = record(STEREO)
    job_id = job_row(parts, recorded, "playback").id

    def overtaken(context: JobContext) -> Finish:
        finish = HANDLERS["playback"](context)
        with parts.database.write() as connection:
            connection.execute(
                update(jobs_table).where(jobs_table.c.id == job_id).values(lease_until_ms=1)
            )
            # In the same transaction: the first one's heartbeat must not come in between.
            take_back(connection, kinds=("playback",), max_attempts=3)
        assert run_job(parts, HANDLERS, job_id, worker="second")
        return finish

    run_job(parts, {"playback": overtaken}, job_id, worker="first")
    row = job_row(parts, recorded, "playback")
    assert (row.state, row.attempt, row.worker) == (JobState.DONE, 2, "second")
    kept = {r.object_name for r in rendition_rows(parts, recorded).values()}
    assert len(kept) == 3
    assert all("-a2." in name for name in kept)
    left = set(object_names(parts.store)) - kept
    assert len(left) == 3
    assert sweep_unreferenced(parts.database, parts.store) == 0
    assert sweep_unreferenced(parts.database, parts.store, older_than_s=-60) == 3
    assert set(object_names(parts.store)) == kept


def test_making_renditions_again_replaces_them(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    work(recorded, "playback")
    before = rendition_rows(parts, recorded)
    with parts.database.write() as connection:
        jobs.retry(
            connection,
            account_id=recorded.account_id,
            job_id=job_row(parts, recorded, "playback").id,
        )
    work(recorded, "playback")
    after = rendition_rows(parts, recorded)
    assert {kind: row.sha256 for kind, row in after.items()} == {
        kind: row.sha256 for kind, row in before.items()
    }
    assert all(after[kind].object_name != before[kind].object_name for kind in before)
    sweep_unreferenced(parts.database, parts.store, older_than_s=-60)
    for kind in after:
        rendition_bytes(parts, recorded, kind)


def test_the_sweep_spares_what_is_not_a_rendition(parts: Parts, record: Record) -> None:
    recorded = record(STEREO)
    for name in ("renditions/notes.txt", "backups/1/a.zip"):
        parts.store.put(name, io.BytesIO(b"x"), limit_bytes=9, content_type="")
    assert sweep_unreferenced(parts.database, parts.store, older_than_s=-60) == 0
    assert parts.store.stat(recording(parts, recorded).object_name) == len(STEREO)
    assert parts.store.stat("renditions/notes.txt") == 1


def test_a_store_that_is_away_is_waited_for(parts: Parts, record: Record, work: Work) -> None:
    recorded = record(STEREO)
    folder = parts.settings.objects_path
    folder.rename(folder.with_name("unmounted"))
    assert work(recorded, "playback") is JobState.PENDING
    assert job_row(parts, recorded, "playback").error_code == "storage-unavailable"
    folder.with_name("unmounted").rename(folder)
    with parts.database.write() as connection:
        connection.execute(update(jobs_table).values(due_at_ms=1))
    assert work(recorded, "playback") is JobState.DONE
