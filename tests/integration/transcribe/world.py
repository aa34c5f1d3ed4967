"""An account with one call and its recording, and what its transcribe job leaves."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select

from services.transcribe.tasks import HANDLERS
from shared.db.tables import contacts, jobs, legs, packed_transcripts, recording_legs, transcripts
from shared.domain.transcript import Transcript
from shared.queue import jobs as verbs
from shared.queue.runner import Parts, run_job
from shared.text.packed import Packed
from shared.transcripts.store import load_transcript
from tests.packed import from_columns
from tests.rows import add, add_account, add_contact, add_recording, add_source

SAMPLES = Path(__file__).parents[3] / "samples"
MODEL = SAMPLES / "model"
CALLS = SAMPLES / "calls"
PLAIN_CALL = CALLS / "01-refund" / "recording.ogg"
SILENT_CALL = next((CALLS / "22-silence").glob("recording.*"))


@dataclass(frozen=True)
class World:
    """One account with one inbound call of one leg."""

    parts: Parts
    account_id: int
    source_id: int
    contact_id: int
    leg_id: int

    def add_sound(self, sound: Path | bytes, external_id: str = "rec-1", **values: Any) -> int:
        """Store a recording of the call and return its id."""
        content = sound if isinstance(sound, bytes) else sound.read_bytes()
        name = f"{self.account_id}/originals/{external_id}"
        stored = self.parts.store.put(
            name, io.BytesIO(content), limit_bytes=1 << 24, content_type="audio/ogg"
        )
        values = {
            "contact_id": self.contact_id,
            "object_name": name,
            "size_bytes": stored.size_bytes,
            "sha256": stored.sha256,
        } | values
        with self.parts.database.write() as connection:
            recording_id = add_recording(
                connection,
                self.account_id,
                self.source_id,
                external_id=external_id,
                **values,
            )
            connection.execute(
                insert(recording_legs).values(
                    account_id=self.account_id, recording_id=recording_id, leg_id=self.leg_id
                )
            )
        return recording_id

    def ask(self, recording_id: int) -> int:
        """Ask for the recording's transcription and return the job's id."""
        with self.parts.database.write() as connection:
            return verbs.ask(
                connection,
                account_id=self.account_id,
                kind="transcribe",
                subject_id=recording_id,
            )

    def transcribe(self, recording_id: int) -> Row[Any]:
        """Run the recording's job in this process and return its row."""
        job_id = self.ask(recording_id)
        assert run_job(self.parts, HANDLERS, job_id, worker="test")
        return self.job("transcribe", recording_id)

    def job(self, kind: str, subject_id: int) -> Row[Any] | None:
        """The row of a job."""
        return self._one(
            select(jobs).where(
                jobs.c.account_id == self.account_id,
                jobs.c.kind == kind,
                jobs.c.subject_id == subject_id,
            )
        )

    def transcript(self, recording_id: int) -> Transcript | None:
        """The stored transcript."""
        with self.parts.database.read() as connection:
            return load_transcript(
                connection, account_id=self.account_id, recording_id=recording_id
            )

    def transcript_row(self, recording_id: int) -> Row[Any] | None:
        """The row of the stored transcript."""
        return self._one(select(transcripts).where(transcripts.c.recording_id == recording_id))

    def packed(self, recording_id: int) -> Packed:
        """The packed transcript."""
        row = self._one(
            select(packed_transcripts).where(packed_transcripts.c.recording_id == recording_id)
        )
        return from_columns(row._mapping)

    def contact(self) -> Row[Any]:
        """The contact's row."""
        return self._one(select(contacts).where(contacts.c.id == self.contact_id))

    def _one(self, statement: Any) -> Any:
        with self.parts.database.read() as connection:
            return connection.execute(statement).one_or_none()


def make_world(parts: Parts, *, model: str | None = None, **account: Any) -> World:
    """A world whose account uses the demo model unless told otherwise."""
    with parts.database.write() as connection:
        account_id = add_account(
            connection, speech_model=str(MODEL) if model is None else model, **account
        )
        source_id = add_source(connection, account_id)
        contact_id = add_contact(connection, account_id, source_id)
        leg_id = add(
            connection,
            legs,
            account_id=account_id,
            contact_id=contact_id,
            external_id="leg-1",
            position=0,
            started_at_ms=1_790_000_000_000,
        )
    return World(parts, account_id, source_id, contact_id, leg_id)
