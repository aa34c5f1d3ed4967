"""SQL of recognition: what a job needs to know, the transcript it leaves, and reading it back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from shared.contacts.hearing import audible_bits
from shared.contacts.recorded import MAY_BE_RECORDED
from shared.db.session import now_ms
from shared.db.tables import (
    accounts,
    contacts,
    packed_transcripts,
    recordings,
    sources,
    transcripts,
)
from shared.decode import DeclaredFormat
from shared.domain.recording import Direction, Speaker, SpeakerPlan, plan_speakers
from shared.domain.transcript import Transcript
from shared.text.packed import Packed, to_columns
from shared.transcripts.document import compress, measures_document


@dataclass(frozen=True, slots=True)
class Sides:
    """What tells who speaks on which channel of a recording, and whose call it is."""

    contact_id: int | None
    operator_channel: int
    one_sided: Speaker | None
    direction: Direction | None

    def plan(self, channels: int) -> SpeakerPlan:
        """Speaker of each of `channels` channels."""
        return plan_speakers(
            channels,
            operator_channel=self.operator_channel,
            one_sided=self.one_sided,
            direction=self.direction,
        )


@dataclass(frozen=True, slots=True)
class Labelled:
    """A recording with a transcript: the speakers stored, and what tells who they should be."""

    recording_id: int
    speakers: tuple[Speaker, ...]
    sides: Sides


@dataclass(frozen=True, slots=True)
class RecordingTask:
    """What recognising one recording needs to know; `model` is empty where none is set.

    `declared` says what a file without a header holds; `recorded` is false where nobody on the
    recording may be recorded.
    """

    object_name: str
    sha256: str
    declared: DeclaredFormat | None
    recorded: bool
    sides: Sides
    language: str
    detect_language: bool
    model: str


def recording_task(
    connection: Connection, *, account_id: int, recording_id: int
) -> RecordingTask | None:
    """Everything a recognition starts from, or None if there is no such recording."""
    row = connection.execute(
        select(
            recordings.c.object_name,
            recordings.c.sha256,
            recordings.c.declared_format,
            MAY_BE_RECORDED.label("recorded"),
            accounts.c.language,
            accounts.c.detect_language,
            accounts.c.speech_model,
        )
        .join(accounts, accounts.c.id == recordings.c.account_id)
        .where(recordings.c.account_id == account_id, recordings.c.id == recording_id)
    ).first()
    sides = sides_of(connection, account_id=account_id, recording_id=recording_id)
    if row is None or sides is None:
        return None
    return RecordingTask(
        object_name=row.object_name,
        sha256=row.sha256,
        declared=DeclaredFormat.parse(row.declared_format),
        recorded=row.recorded,
        sides=sides,
        language=row.language,
        detect_language=row.detect_language,
        model=row.speech_model,
    )


def sides_of(
    connection: Connection, *, account_id: int, recording_id: int, lock: bool = False
) -> Sides | None:
    """The sides of a recording, or None if there is none or it was destroyed.

    With `lock`, nobody can correct them before this transaction ends: a correction either is seen
    here or finds the transcript that is stored here.
    """
    statement = (
        select(
            recordings.c.contact_id,
            recordings.c.one_sided,
            sources.c.operator_channel,
        )
        .join(sources, sources.c.id == recordings.c.source_id)
        .where(
            recordings.c.account_id == account_id,
            sources.c.account_id == account_id,
            recordings.c.id == recording_id,
            recordings.c.destroyed_at_ms.is_(None),
        )
    )
    row = connection.execute(statement.with_for_update(read=True) if lock else statement).first()
    if row is None:
        return None
    direction = connection.execute(
        select(contacts.c.direction).where(
            contacts.c.account_id == account_id, contacts.c.id == row.contact_id
        )
    ).scalar_one_or_none()
    return Sides(
        contact_id=row.contact_id,
        operator_channel=row.operator_channel,
        one_sided=Speaker(row.one_sided) if row.one_sided else None,
        direction=Direction(direction) if direction else None,
    )


def count_labelled(connection: Connection, *, account_id: int, source_id: int) -> int:
    """How many recordings of a source have a transcript."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(recordings)
            .join(
                transcripts,
                and_(
                    transcripts.c.account_id == recordings.c.account_id,
                    transcripts.c.recording_id == recordings.c.id,
                ),
            )
            .where(recordings.c.account_id == account_id, recordings.c.source_id == source_id)
        ).scalar_one()
    )


def read_labelled(
    connection: Connection, *, account_id: int, source_id: int, after_id: int, limit: int
) -> list[Labelled]:
    """The next recordings of a source that have a transcript, by id, without their words."""
    rows = connection.execute(
        select(
            recordings.c.id,
            recordings.c.contact_id,
            recordings.c.one_sided,
            sources.c.operator_channel,
            contacts.c.direction,
            transcripts.c.channel_speakers,
        )
        .join(
            transcripts,
            and_(
                transcripts.c.account_id == recordings.c.account_id,
                transcripts.c.recording_id == recordings.c.id,
            ),
        )
        .join(
            sources,
            and_(
                sources.c.account_id == recordings.c.account_id,
                sources.c.id == recordings.c.source_id,
            ),
        )
        .outerjoin(
            contacts,
            and_(
                contacts.c.account_id == recordings.c.account_id,
                contacts.c.id == recordings.c.contact_id,
            ),
        )
        .where(
            recordings.c.account_id == account_id,
            recordings.c.source_id == source_id,
            recordings.c.id > after_id,
        )
        .order_by(recordings.c.id)
        .limit(limit)
    )
    return [
        Labelled(
            recording_id=row.id,
            speakers=tuple(Speaker(name) for name in row.channel_speakers),
            sides=Sides(
                contact_id=row.contact_id,
                operator_channel=row.operator_channel,
                one_sided=Speaker(row.one_sided) if row.one_sided else None,
                direction=Direction(row.direction) if row.direction else None,
            ),
        )
        for row in rows
    ]


def lock_recordings(
    connection: Connection, *, account_id: int, recording_ids: Collection[int]
) -> None:
    """Let no recognition of these recordings end before this transaction does."""
    connection.execute(
        select(recordings.c.id)
        .where(recordings.c.account_id == account_id, recordings.c.id.in_(recording_ids))
        .order_by(recordings.c.id)
        .with_for_update(key_share=True)
    )


def lock_contact(connection: Connection, *, account_id: int, contact_id: int) -> None:
    """Let nobody else change the contact before this transaction ends."""
    connection.execute(
        select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .with_for_update(key_share=True)
    )


def store_transcript(
    connection: Connection,
    *,
    account_id: int,
    recording_id: int,
    transcript: Transcript,
    packed: Packed,
) -> None:
    """Store the transcript with its packed form in place of whatever was there."""
    for table in (packed_transcripts, transcripts):
        connection.execute(
            delete(table).where(
                table.c.account_id == account_id, table.c.recording_id == recording_id
            )
        )
    ids = {"account_id": account_id, "recording_id": recording_id}
    connection.execute(insert(transcripts).values(**ids, **_columns(transcript)))
    connection.execute(insert(packed_transcripts).values(**ids, **to_columns(packed)))
    _note_audible(connection, account_id, recording_id, transcript)


def replace_speakers(
    connection: Connection,
    *,
    account_id: int,
    recording_id: int,
    transcript: Transcript,
    packed_speakers: bytes,
) -> None:
    """Store a relabelled transcript; of the packed form only the speakers change."""
    for table, values in (
        (transcripts, _columns(transcript)),
        (packed_transcripts, {"speakers": packed_speakers}),
    ):
        connection.execute(
            update(table)
            .where(table.c.account_id == account_id, table.c.recording_id == recording_id)
            .values(**values)
        )
    _note_audible(connection, account_id, recording_id, transcript)


def packed_speakers(connection: Connection, *, account_id: int, recording_id: int) -> bytes:
    """The speakers column of a packed transcript; empty if there is none."""
    stored = connection.execute(
        select(packed_transcripts.c.speakers).where(
            packed_transcripts.c.account_id == account_id,
            packed_transcripts.c.recording_id == recording_id,
        )
    ).scalar_one_or_none()
    return bytes(stored or b"")


def _note_audible(
    connection: Connection, account_id: int, recording_id: int, transcript: Transcript
) -> None:
    connection.execute(
        update(recordings)
        .where(recordings.c.account_id == account_id, recordings.c.id == recording_id)
        .values(audible=audible_bits(transcript.channel_speakers))
    )


def _columns(transcript: Transcript) -> dict[str, Any]:
    probabilities = [
        word.probability for utterance in transcript.utterances for word in utterance.words
    ]
    return {
        "language": transcript.language,
        "model": transcript.model,
        "model_version": transcript.model_version,
        "demo": transcript.demo,
        "channel_speakers": [speaker.value for speaker in transcript.channel_speakers],
        "word_count": len(probabilities),
        "speech_ms": sum(
            region.end_ms - region.start_ms for regions in transcript.speech for region in regions
        ),
        "mean_probability": sum(probabilities) / len(probabilities) if probabilities else 0.0,
        "measures": measures_document(transcript.measures),
        "document": compress(transcript),
        "created_at_ms": now_ms(),
    }
