"""Receiving a recording: first its object is durable, then its row is committed, then we answer."""

from contextlib import suppress

from sqlalchemy import Connection

from services.gateway.intake.body import SoundBody, digest
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.recordings import (
    RecordingPart,
    StoredRecording,
    add_recording,
    correct_recording,
    find_recording,
    original_name,
)
from services.gateway.intake.sources import Source
from services.gateway.intake.transactions import write_alone
from shared.contacts.recorded import RecordingSwitchedOff
from shared.errors import Conflict, Unavailable
from shared.queue.runner import Parts
from shared.storage import Body, StoredObject


def receive_recording(
    parts: Parts,
    source: Source,
    external_id: str,
    part: RecordingPart,
    body: Body,
    *,
    declared_bytes: int | None,
    content_type: str,
) -> StoredRecording:
    """Store a recording, or compare it with the one already stored under its external id.

    Raises what SoundBody raises, RecordingSwitchedOff and EmployeeNotRecorded, Conflict for other
    bytes under a known external id, and Unavailable when storage or database are down; then neither
    object nor row is left.
    """
    refuse_switched_off(source)
    limit_bytes = parts.settings.max_upload_bytes
    with parts.database.read() as connection:
        known = find_recording(connection, source, external_id)
    clock_ms = parts.database.clock_ms()
    sound = SoundBody(
        body,
        declared_bytes=declared_bytes,
        limit_bytes=limit_bytes,
        declared=part.declared or (known.declared if known else None),
    )
    if known is not None:
        sha256 = digest(sound, limit_bytes)
        return correct_known(parts, source, known, part, sha256)
    stored = parts.store.put(
        original_name(source.account_id, clock_ms),
        sound,
        limit_bytes=limit_bytes,
        content_type=content_type or "application/octet-stream",
    )
    return record_object(parts, source, external_id, part, stored, content_type, owned=True)


def refuse_switched_off(source: Source) -> None:
    """RecordingSwitchedOff when the account takes in no recordings."""
    if not source.recording_enabled:
        raise RecordingSwitchedOff("recording is switched off in this account's settings")


def record_object(
    parts: Parts,
    source: Source,
    external_id: str,
    part: RecordingPart,
    stored: StoredObject,
    content_type: str,
    *,
    owned: bool,
) -> StoredRecording:
    """Commit the row of a durable object; an object of ours that gets no row is removed again."""
    decided = False

    def work(connection: Connection) -> StoredRecording:
        nonlocal decided
        decided = False
        known = find_recording(connection, source, external_id)
        if known is None:
            known = add_recording(
                connection,
                source,
                external_id,
                part,
                stored,
                content_type=content_type,
                owned=owned,
            )
        decided = True
        return known

    try:
        recording = write_alone(parts.database, source.account_id, work)
    except BaseException:
        # Once commit was sent its row may be there although the answer is lost: then the object
        # stays, and the sweep of unreferenced objects decides.
        if owned and not decided:
            _remove(parts, stored.name)
        raise
    if recording.outcome is Outcome.CREATED:
        return recording
    # Another request with the same external id was faster.
    if owned:
        _remove(parts, stored.name)
    return correct_known(parts, source, recording, part, stored.sha256)


def correct_known(
    parts: Parts,
    source: Source,
    known: StoredRecording,
    part: RecordingPart,
    sha256: str,
) -> StoredRecording:
    """Take over what is said of a known recording; Conflict unless its bytes are the same."""
    if sha256 != known.sha256:
        raise Conflict(
            f"recording {known.external_id!r} is already stored with other bytes "
            f"(SHA-256 {known.sha256}); a recording is never replaced"
        )
    return write_alone(
        parts.database,
        source.account_id,
        lambda connection: correct_recording(connection, source, known.external_id, part),
    )


def _remove(parts: Parts, name: str) -> None:
    # An object that stays costs room until the sweep of unreferenced objects finds it.
    with suppress(Unavailable):
        parts.store.delete(name)
