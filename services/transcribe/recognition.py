"""One recognition: fetches and decodes the sound, finds the words, stores the transcript."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from services.transcribe import store
from services.transcribe.cores import model_threads
from services.transcribe.merge import relabelled
from services.transcribe.models import ModelFiles
from services.transcribe.recogniser import Pcm, Progress, Recogniser
from services.transcribe.store import RecordingTask
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.decode import DecodeLimits, decode_channels
from shared.domain.pipeline import Priority
from shared.domain.transcript import Transcript
from shared.queue import jobs
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.verified import copy_verified
from shared.text.lexicon import hold_forms, number_forms
from shared.text.packed import pack, spoken


@dataclass(frozen=True, slots=True)
class Recognised:
    """A transcript that is not stored yet, and the numbers of its word forms."""

    transcript: Transcript
    numbers: dict[str, int]


def fetch_channels(parts: Parts, task: RecordingTask) -> Sequence[Pcm]:
    """The decoded channels of a recording.

    Raises JobFailed `object-missing` or `object-corrupt`, and UnsupportedSound with its reason.
    """
    with tempfile.TemporaryDirectory(prefix="tematika-") as folder:
        original = Path(folder) / "original"
        with original.open("wb") as file:
            copy_verified(parts.store, task.object_name, task.sha256, file)
        return decode_channels(
            original, limits=DecodeLimits.of(parts.settings), declared=task.declared
        )


def recognise(
    parts: Parts,
    account_id: int,
    task: RecordingTask,
    recogniser: Recogniser,
    channels: Sequence[Pcm],
    on_progress: Progress,
) -> Recognised:
    """Recognise a recording's channels; JobFailed `language-not-understood`."""
    from services.transcribe.recording import transcribe_channels

    transcript = transcribe_channels(
        recogniser,
        channels,
        task.sides.plan(len(channels)),
        language=task.language,
        detect_language=task.detect_language,
        on_progress=on_progress,
    )
    tokens = spoken(transcript.utterances)
    return Recognised(transcript, number_forms(parts.database, account_id, tokens.forms))


def loaded_recogniser(model: ModelFiles, settings: Settings) -> Recogniser:
    """This process's one copy of a model; it is loaded by its first recognition."""
    return _recogniser(
        model,
        settings.speech_device,
        settings.speech_compute_type,
        model_threads(settings.speech_threads, settings.transcribe_workers),
    )


def store_recognised(
    connection: Connection,
    account_id: int,
    recording_id: int,
    found: Recognised,
    *,
    priority: Priority = Priority.NEW,
) -> bool:
    """Store the result under the sides that hold at this moment, and ask for the contact's tagging.

    False when the recording was removed or destroyed. Rows are locked in the order jobs, contacts, recordings,
    as everywhere.
    """
    seen = store.sides_of(connection, account_id=account_id, recording_id=recording_id)
    contact_id = seen.contact_id if seen else None
    if contact_id is not None:
        _ask_tagging(connection, account_id, contact_id, priority)
        store.lock_contact(connection, account_id=account_id, contact_id=contact_id)
    sides = store.sides_of(connection, account_id=account_id, recording_id=recording_id, lock=True)
    if sides is None:
        return False
    speakers = sides.plan(len(found.transcript.channel_speakers)).speakers
    current = relabelled(found.transcript, speakers)
    store.store_transcript(
        connection,
        account_id=account_id,
        recording_id=recording_id,
        transcript=current,
        # Speakers do not change the words, so every form has been numbered.
        packed=pack(spoken(current.utterances), hold_forms(connection, account_id, found.numbers)),
    )
    if sides.contact_id is not None and sides.contact_id != contact_id:
        # Its call came in between.
        _ask_tagging(connection, account_id, sides.contact_id, priority)
    changed = {one for one in (contact_id, sides.contact_id) if one is not None}
    for changed_id in sorted(changed):
        refresh_hearing(connection, account_id=account_id, contact_id=changed_id)
    note_changes(connection, account_id, changed, Changed.TRANSCRIPT)
    return True


def _ask_tagging(
    connection: Connection, account_id: int, contact_id: int, priority: Priority
) -> None:
    jobs.ask(
        connection, account_id=account_id, kind="tag", subject_id=contact_id, priority=priority
    )


# Two: the demo account's small model beside the one that everybody else uses.
@lru_cache(maxsize=2)
def _recogniser(model: ModelFiles, device: str, compute_type: str, threads: int) -> Recogniser:
    # Imported here: the gateway may import this module, and must not load CTranslate2.
    from services.transcribe.whisper import FasterWhisperRecogniser

    return FasterWhisperRecogniser(model, device=device, compute_type=compute_type, threads=threads)
