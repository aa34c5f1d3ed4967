"""SQL of reading transcripts: who may see them, and all of one contact's."""

from sqlalchemy import Connection, and_, select

from services.transcribe.merge import ConversationPart
from shared.contacts.visibility import recording_visible
from shared.db.tables import contacts, recordings, transcripts
from shared.errors import NotFound
from shared.permissions import Caller
from shared.transcripts.document import decompress


def require_recording(connection: Connection, caller: Caller, recording_id: int) -> int | None:
    """The recording's contact, None while it waits for it; NotFound unless the caller may see it.

    One that waits for its call has no row rules yet: only those who see everything see it.
    """
    row = connection.execute(
        select(recordings.c.contact_id)
        .outerjoin(
            contacts,
            and_(
                contacts.c.account_id == recordings.c.account_id,
                contacts.c.id == recordings.c.contact_id,
            ),
        )
        .where(
            recordings.c.account_id == caller.account_id,
            recordings.c.id == recording_id,
            recording_visible(caller),
        )
    ).first()
    if row is None:
        raise NotFound(f"there is no recording {recording_id}")
    return None if row.contact_id is None else int(row.contact_id)


def conversation_parts(
    connection: Connection, *, account_id: int, contact_id: int
) -> tuple[list[ConversationPart], int]:
    """Transcripts of a contact's recordings on its clock, and how many recordings have none yet."""
    rows = connection.execute(
        select(recordings.c.id, recordings.c.offset_ms, transcripts.c.document)
        .outerjoin(
            transcripts,
            (transcripts.c.recording_id == recordings.c.id)
            & (transcripts.c.account_id == recordings.c.account_id),
        )
        .where(recordings.c.account_id == account_id, recordings.c.contact_id == contact_id)
        .order_by(recordings.c.offset_ms, recordings.c.id)
    ).all()
    parts = [
        ConversationPart(row.id, row.offset_ms, decompress(row.document))
        for row in rows
        if row.document is not None
    ]
    return parts, len(rows) - len(parts)
