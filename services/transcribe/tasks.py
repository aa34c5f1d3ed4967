"""The transcribe worker's door: recordings become transcripts, corrected sources relabel theirs."""

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection

from services.transcribe import store
from services.transcribe.cores import model_threads
from services.transcribe.merge import relabelled
from services.transcribe.models import ModelFiles, find_model
from services.transcribe.recogniser import Recogniser
from services.transcribe.relabel import relabel_next
from shared.contacts.hearing import refresh_hearing
from shared.decode import DecodeLimits, decode_channels
from shared.domain.transcript import Transcript
from shared.errors import JobFailed
from shared.queue import jobs
from shared.queue.runner import Finish, Handler, JobContext
from shared.settings import Settings
from shared.storage.verified import copy_verified
from shared.text.lexicon import number_forms
from shared.text.packed import pack, spoken

# Fetching and decoding are this share of a job's progress, recognition is the rest.
_SOUND_SHARE = 0.05


def transcribe(context: JobContext) -> Finish:
    """Recognise the job's recording and return what stores its transcript.

    Fails for good with `model-not-configured`, `model-not-available`, `language-not-understood`,
    `object-missing`, `object-corrupt`, or the reason why the file is not sound.
    """
    from services.transcribe.recording import transcribe_channels

    parts, job = context.parts, context.job
    with parts.database.read() as connection:
        task = store.recording_task(
            connection, account_id=job.account_id, recording_id=job.subject_id
        )
    if task is None:
        raise JobFailed("recording-gone", f"recording {job.subject_id} was removed")
    # Before the sound is fetched: without a model all of that work would be for nothing.
    model = find_model(task.model or parts.settings.speech_model, parts.settings.models_path)
    recogniser = loaded_recogniser(model, parts.settings)
    with tempfile.TemporaryDirectory(prefix="tematika-") as folder:
        original = Path(folder) / "original"
        with original.open("wb") as file:
            copy_verified(parts.store, task.object_name, task.sha256, file)
        context.progress(_SOUND_SHARE / 2)
        channels = decode_channels(original, limits=DecodeLimits.of(parts.settings))
    context.progress(_SOUND_SHARE)
    transcript = transcribe_channels(
        recogniser,
        channels,
        task.sides.plan(len(channels)),
        language=task.language,
        detect_language=task.detect_language,
        on_progress=lambda done: context.progress(_SOUND_SHARE + (1 - _SOUND_SHARE) * done),
    )
    tokens = spoken(transcript.utterances)
    numbers = number_forms(parts.database, job.account_id, tokens.forms)

    def finish(connection: Connection) -> None:
        _store(connection, job, transcript, numbers)

    return finish


def loaded_recogniser(model: ModelFiles, settings: Settings) -> Recogniser:
    """This process's one copy of a model; it is loaded by its first recognition."""
    return _recogniser(
        model,
        settings.speech_device,
        settings.speech_compute_type,
        model_threads(settings.speech_threads, settings.transcribe_workers),
    )


# Two: the demo account's small model beside the one that everybody else uses.
@lru_cache(maxsize=2)
def _recogniser(model: ModelFiles, device: str, compute_type: str, threads: int) -> Recogniser:
    # Imported here: the gateway may import this module, and must not load CTranslate2.
    from services.transcribe.whisper import FasterWhisperRecogniser

    return FasterWhisperRecogniser(model, device=device, compute_type=compute_type, threads=threads)


def _store(
    connection: Connection, job: jobs.Job, transcript: Transcript, numbers: dict[str, int]
) -> None:
    """Store the result under the sides that hold at this moment, and ask for the contact's tagging.

    Rows are locked in the order jobs, contacts, recordings, as everywhere.
    """
    account_id, recording_id = job.account_id, job.subject_id
    seen = store.sides_of(connection, account_id=account_id, recording_id=recording_id)
    contact_id = seen.contact_id if seen else None
    if contact_id is not None:
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)
        store.lock_contact(connection, account_id=account_id, contact_id=contact_id)
    sides = store.sides_of(connection, account_id=account_id, recording_id=recording_id, lock=True)
    if sides is None:
        raise JobFailed("recording-gone", f"recording {recording_id} was removed")
    current = relabelled(transcript, sides.plan(len(transcript.channel_speakers)).speakers)
    store.store_transcript(
        connection,
        account_id=account_id,
        recording_id=recording_id,
        transcript=current,
        # Speakers do not change the words, so every form has its number already.
        packed=pack(spoken(current.utterances), numbers),
    )
    if sides.contact_id is not None and sides.contact_id != contact_id:
        # Its call came in between.
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=sides.contact_id)
    for changed in dict.fromkeys((contact_id, sides.contact_id)):
        if changed is not None:
            refresh_hearing(connection, account_id=account_id, contact_id=changed)


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


HANDLERS: Mapping[str, Handler] = MappingProxyType({"transcribe": transcribe, "relabel": relabel})
