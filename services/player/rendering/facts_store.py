"""SQL of what a caller may know of a recording: its row, its renditions and the jobs that make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from services.player.rendering.kinds import JOB_OF
from shared.contacts.visibility import recording_visible
from shared.db.tables import accounts, contacts, jobs, recordings, renditions, sources
from shared.errors import NotFound
from shared.permissions import Caller


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of one recording."""

    recording: Row[Any]
    renditions: Sequence[Row[Any]]
    jobs: Sequence[Row[Any]]


def read_facts(connection: Connection, caller: Caller, recording_id: int) -> Facts:
    """A recording with its renditions and jobs; NotFound unless the caller may see it."""
    row = connection.execute(
        select(
            recordings,
            sources.c.external_id.label("source"),
            sources.c.operator_channel,
            contacts.c.direction,
            accounts.c.denoise_enabled,
        )
        .select_from(recordings)
        .join(
            sources,
            and_(
                sources.c.account_id == recordings.c.account_id,
                sources.c.id == recordings.c.source_id,
            ),
        )
        .join(accounts, accounts.c.id == recordings.c.account_id)
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
    return Facts(
        recording=row,
        renditions=connection.execute(
            select(renditions)
            .where(
                renditions.c.account_id == caller.account_id,
                renditions.c.recording_id == recording_id,
            )
            .order_by(renditions.c.kind)
        ).all(),
        jobs=connection.execute(
            select(jobs)
            .where(
                jobs.c.account_id == caller.account_id,
                jobs.c.subject_id == recording_id,
                jobs.c.kind.in_(set(JOB_OF.values())),
            )
            .order_by(jobs.c.kind)
        ).all(),
    )
