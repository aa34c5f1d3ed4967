"""The transcribe worker's door: recordings become transcripts, corrected sources relabel theirs."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection

from services.transcribe import store
from services.transcribe.models import find_model
from services.transcribe.recognition import (
    fetch_channels,
    loaded_recogniser,
    recognise,
    store_recognised,
)
from services.transcribe.relabel import relabel_next
from services.transcribe.retranscribe import retranscribe
from shared.contacts.recorded import EmployeeNotRecorded
from shared.errors import JobFailed
from shared.queue.runner import Finish, Handler, JobContext
from shared.runs.chunks import chunk_handler
from shared.runs.kinds import RETRANSCRIBE

# Fetching and decoding are this share of a job's progress, recognition is the rest.
_SOUND_SHARE = 0.05


def transcribe(context: JobContext) -> Finish:
    """Recognise the job's recording and return what stores its transcript.

    Fails for good with `model-not-configured`, `model-not-available`, `language-not-understood`,
    `object-missing`, `object-corrupt`, `employee-not-recorded`, or the reason why the file is not
    sound.
    """
    parts, job = context.parts, context.job
    with parts.database.read() as connection:
        task = store.recording_task(
            connection, account_id=job.account_id, recording_id=job.subject_id
        )
    if task is None:
        raise _gone(job.subject_id)
    if not task.recorded:
        raise JobFailed(EmployeeNotRecorded.code, "nobody on this recording may be recorded")
    # Before the sound is fetched: without a model all of that work would be for nothing.
    model = find_model(task.model or parts.settings.speech_model, parts.settings.models_path)
    recogniser = loaded_recogniser(model, parts.settings)
    channels = fetch_channels(parts, task)
    context.progress(_SOUND_SHARE)
    found = recognise(
        parts,
        job.account_id,
        task,
        recogniser,
        channels,
        lambda done: context.progress(_SOUND_SHARE + (1 - _SOUND_SHARE) * done),
    )

    def finish(connection: Connection) -> None:
        if not store_recognised(connection, job.account_id, job.subject_id, found):
            raise _gone(job.subject_id)

    return finish


def relabel(context: JobContext) -> Finish:
    """Give every transcript of the job's source the speakers that its channel map means.

    Works in short transactions, each of which leaves transcripts that are right: a job that is
    killed simply starts over.
    """
    database, job = context.parts.database, context.job
    with database.read() as connection:
        total = store.count_labelled(
            connection, account_id=job.account_id, source_id=job.subject_id
        )
    seen, after_id = 0, 0
    while chunk := relabel_next(database, job.account_id, job.subject_id, after_id=after_id):
        seen, after_id = seen + len(chunk), chunk[-1].recording_id
        context.progress(seen / max(seen, total))
    return lambda _connection: None


def _gone(recording_id: int) -> JobFailed:
    return JobFailed("recording-gone", f"recording {recording_id} was removed")


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "transcribe": transcribe,
        "relabel": relabel,
        RETRANSCRIBE.name: chunk_handler(retranscribe),
    }
)
