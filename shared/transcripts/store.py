"""SQL of reading a stored transcript."""

from sqlalchemy import Connection, select

from shared.db.tables import transcripts
from shared.domain.transcript import Transcript
from shared.transcripts.document import decompress


def load_transcript(
    connection: Connection, *, account_id: int, recording_id: int
) -> Transcript | None:
    """The stored transcript of a recording, or None while there is none."""
    stored = connection.execute(
        select(transcripts.c.document).where(
            transcripts.c.account_id == account_id, transcripts.c.recording_id == recording_id
        )
    ).scalar_one_or_none()
    return None if stored is None else decompress(stored)
