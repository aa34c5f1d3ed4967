"""The player's SQL on the listener's side: what a caller may hear."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from shared.contacts.visibility import visible
from shared.db.tables import (
    accounts,
    contacts,
    jobs,
    legs,
    recording_legs,
    recordings,
    renditions,
    sources,
)
from shared.errors import NotFound
from shared.permissions import Caller, Sees

ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Heard:
    """A stored sound that a caller may hear, and what names its file."""

    recording_id: int
    contact_id: int | None
    variant: str
    object_name: str
    size_bytes: int
    sha256: str
    content_type: str
    container: str
    made_at_ms: int
    external_id: str
    direction: str
    started_at_ms: int | None
    client_number: str
    time_zone: str


def read_heard(
    connection: Connection, caller: Caller, *, recording_id: int, kinds: Sequence[str]
) -> dict[str, Heard]:
    """The original (as ORIGINAL) and the renditions of `kinds` that exist, by variant.

    Raises NotFound for a recording that the caller's account lacks or the caller may not see; one
    that waits for its call belongs to nobody's group yet, so only who sees all calls hears it.
    """
    row = connection.execute(
        select(
            recordings,
            contacts.c.direction,
            contacts.c.started_at_ms,
            contacts.c.client_number,
            sources.c.time_zone.label("source_time_zone"),
            accounts.c.time_zone.label("account_time_zone"),
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
            _may_be_heard(caller),
        )
    ).first()
    if row is None:
        raise NotFound(f"there is no recording {recording_id}")
    about = {
        "recording_id": row.id,
        "contact_id": row.contact_id,
        "external_id": row.external_id,
        "direction": row.direction or "",
        "started_at_ms": row.started_at_ms,
        "client_number": row.client_number or "",
        "time_zone": row.source_time_zone or row.account_time_zone,
    }
    found = {
        ORIGINAL: Heard(
            variant=ORIGINAL,
            object_name=row.object_name,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            content_type=row.content_type,
            container=row.container,
            made_at_ms=row.received_at_ms,
            **about,
        )
    }
    for rendition in connection.execute(
        select(renditions).where(
            renditions.c.account_id == caller.account_id,
            renditions.c.recording_id == recording_id,
            renditions.c.kind.in_(kinds),
        )
    ):
        found[rendition.kind] = Heard(
            variant=rendition.kind,
            object_name=rendition.object_name,
            size_bytes=rendition.size_bytes,
            sha256=rendition.sha256,
            content_type=rendition.content_type,
            container="",
            made_at_ms=rendition.created_at_ms,
            **about,
        )
    return found


def recordings_of_leg(connection: Connection, caller: Caller, leg_id: int) -> list[int]:
    """Ids of the recordings that hold a leg, in time order; NotFound if the caller sees none."""
    seen = connection.execute(
        select(legs.c.id)
        .join(
            contacts,
            and_(contacts.c.account_id == legs.c.account_id, contacts.c.id == legs.c.contact_id),
        )
        .where(legs.c.account_id == caller.account_id, legs.c.id == leg_id, visible(caller))
    ).first()
    if seen is None:
        raise NotFound(f"there is no leg {leg_id}")
    rows = connection.execute(
        select(recordings.c.id)
        .join(
            recording_legs,
            and_(
                recording_legs.c.account_id == recordings.c.account_id,
                recording_legs.c.recording_id == recordings.c.id,
            ),
        )
        .where(recordings.c.account_id == caller.account_id, recording_legs.c.leg_id == leg_id)
        .order_by(recordings.c.offset_ms, recordings.c.id)
    )
    return [row.id for row in rows]


def job_state(
    connection: Connection, *, account_id: int, kind: str, recording_id: int
) -> tuple[str, str] | None:
    """(state, error code) of a recording's job of one kind, or None when nobody asked for it."""
    row = connection.execute(
        select(jobs.c.state, jobs.c.error_code).where(
            jobs.c.account_id == account_id,
            jobs.c.kind == kind,
            jobs.c.subject_id == recording_id,
        )
    ).first()
    return None if row is None else (row.state, row.error_code)


def _may_be_heard(caller: Caller) -> ColumnElement[bool]:
    if caller.sees is Sees.ALL:
        return or_(recordings.c.contact_id.is_(None), visible(caller))
    return visible(caller)
