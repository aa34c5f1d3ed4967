"""Correcting who speaks on which channel, without recognising again."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from services.transcribe import store
from services.transcribe.merge import relabelled, relabels
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.db.session import Database
from shared.domain.pipeline import Priority
from shared.domain.recording import Speaker
from shared.domain.transcript import Transcript
from shared.queue import jobs
from shared.text.packed import SPEAKER_BITS, SPEAKER_CODES
from shared.transcripts.store import load_transcript

# Transcripts of one transaction: on SQLite everybody who writes waits for it.
CHUNK = 20


def relabel_next(
    database: Database, account_id: int, source_id: int, *, after_id: int
) -> list[store.Labelled]:
    """Relabel what needs it among a source's next transcripts, and return all that were looked at.

    At most CHUNK recordings with ids beyond `after_id`, in their order; none at the end. A
    recognition that ends meanwhile finds the corrected source itself.
    """
    with database.read() as connection:
        found = store.read_labelled(
            connection, account_id=account_id, source_id=source_id, after_id=after_id, limit=CHUNK
        )
    wrong = [
        one for one in found if relabels(one.speakers, one.sides.plan(len(one.speakers)).speakers)
    ]
    if wrong:
        with database.write() as connection:
            _relabel_all(connection, account_id, wrong)
    return found


def _relabel_all(
    connection: Connection, account_id: int, recordings: Sequence[store.Labelled]
) -> None:
    """Relabel recordings; rows are locked in the order jobs, contacts, recordings, as everywhere."""
    contact_ids = sorted(
        {one.sides.contact_id for one in recordings if one.sides.contact_id is not None}
    )
    for contact_id in contact_ids:
        jobs.ask(
            connection,
            account_id=account_id,
            kind="tag",
            subject_id=contact_id,
            priority=Priority.HAND,
        )
    for contact_id in contact_ids:
        store.lock_contact(connection, account_id=account_id, contact_id=contact_id)
    recording_ids = [one.recording_id for one in recordings]
    store.lock_recordings(connection, account_id=account_id, recording_ids=recording_ids)
    for recording_id in recording_ids:
        relabel_recording(connection, account_id, recording_id, priority=Priority.HAND)


def relabel_recording(
    connection: Connection,
    account_id: int,
    recording_id: int,
    *,
    priority: Priority = Priority.NEW,
) -> None:
    """Give a stored transcript the speakers that its source, its file and its contact mean.

    Asks for the contact's tagging where that changes anything; a recording without a transcript is
    left alone, its recognition looks the speakers up when it ends.
    """
    transcript = load_transcript(connection, account_id=account_id, recording_id=recording_id)
    sides = store.sides_of(connection, account_id=account_id, recording_id=recording_id)
    if transcript is None or sides is None:
        return
    corrected = relabelled(transcript, sides.plan(len(transcript.channel_speakers)).speakers)
    if corrected == transcript:
        return
    if sides.contact_id is not None:
        jobs.ask(
            connection,
            account_id=account_id,
            kind="tag",
            subject_id=sides.contact_id,
            priority=priority,
        )
    before = store.packed_speakers(connection, account_id=account_id, recording_id=recording_id)
    store.replace_speakers(
        connection,
        account_id=account_id,
        recording_id=recording_id,
        transcript=corrected,
        packed_speakers=recoded(before, corrected),
    )
    if sides.contact_id is not None:
        refresh_hearing(connection, account_id=account_id, contact_id=sides.contact_id)
        note_changes(connection, account_id, [sides.contact_id], Changed.TRANSCRIPT)


def recoded(packed: bytes, transcript: Transcript) -> bytes:
    """A packed speakers column with the speaker bits of each token's channel as in `transcript`."""
    codes = np.array(
        [SPEAKER_CODES[Speaker(name)] for name in transcript.channel_speakers], dtype=np.uint8
    )
    column = np.frombuffer(packed, dtype=np.uint8)
    channels = (column >> 2) & 0b1_1111
    kept = column & np.uint8(0xFF ^ SPEAKER_BITS)
    return bytes((kept | codes[channels]).astype(np.uint8))
