"""Recordings that came before their contact."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from shared.db.tables import recordings, sources
from shared.paging import Position, beyond


def waiting_recordings(
    connection: Connection, account_id: int, *, position: Position | None, limit: int
) -> Sequence[Any]:
    """Recordings of an account whose contact has not come, the latest first."""
    order = (recordings.c.received_at_ms, recordings.c.id)
    return connection.execute(
        select(
            recordings.c.id,
            sources.c.external_id.label("source"),
            recordings.c.external_id,
            recordings.c.contact_external_id,
            recordings.c.size_bytes,
            recordings.c.sha256,
            recordings.c.content_type,
            recordings.c.duration_ms,
            recordings.c.received_at_ms,
        )
        .join(
            sources,
            and_(
                sources.c.account_id == recordings.c.account_id,
                sources.c.id == recordings.c.source_id,
            ),
        )
        .where(recordings.c.account_id == account_id, recordings.c.contact_id.is_(None))
        .where(*beyond(order, position, descending=True))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    ).all()
