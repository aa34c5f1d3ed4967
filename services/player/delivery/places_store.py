"""SQL that finds which sound a request means: legs, hits and external ids on the contact's clock."""

from sqlalchemy import Connection, and_, func, select

from services.player.delivery.asked import Window
from shared.contacts.visibility import visible
from shared.db.tables import contacts, hits, legs, marks, recordings, sources
from shared.errors import NotFound
from shared.permissions import Caller


def leg_place(connection: Connection, caller: Caller, leg_id: int) -> tuple[int, Window]:
    """Position of a leg in its call and its stretch; NotFound if the caller does not see it.

    A leg without an end lasts until the next one begins or, the last, as long as there is sound.
    """
    following = legs.alias("following")
    next_at_ms = (
        select(func.min(following.c.started_at_ms))
        .where(
            following.c.account_id == legs.c.account_id,
            following.c.contact_id == legs.c.contact_id,
            following.c.position > legs.c.position,
        )
        .scalar_subquery()
    )
    row = connection.execute(
        select(
            legs.c.position,
            (legs.c.started_at_ms - contacts.c.started_at_ms).label("start_ms"),
            (func.coalesce(legs.c.ended_at_ms, next_at_ms) - contacts.c.started_at_ms).label(
                "end_ms"
            ),
        )
        .join(
            contacts,
            and_(contacts.c.account_id == legs.c.account_id, contacts.c.id == legs.c.contact_id),
        )
        .where(legs.c.account_id == caller.account_id, legs.c.id == leg_id, visible(caller))
    ).first()
    if row is None:
        raise NotFound(f"there is no leg {leg_id}")
    return row.position, Window(row.start_ms, row.end_ms)


def hit_place(connection: Connection, caller: Caller, hit_id: int) -> tuple[int, Window]:
    """Contact and stretch of a hit; NotFound if the caller does not see it."""
    row = connection.execute(
        select(
            marks.c.contact_id,
            (recordings.c.offset_ms + hits.c.start_ms).label("start_ms"),
            (recordings.c.offset_ms + hits.c.end_ms).label("end_ms"),
        )
        .select_from(hits)
        .join(marks, and_(marks.c.account_id == hits.c.account_id, marks.c.id == hits.c.mark_id))
        .join(
            contacts,
            and_(contacts.c.account_id == marks.c.account_id, contacts.c.id == marks.c.contact_id),
        )
        .join(
            recordings,
            and_(
                recordings.c.account_id == hits.c.account_id,
                recordings.c.id == hits.c.recording_id,
            ),
        )
        .where(hits.c.account_id == caller.account_id, hits.c.id == hit_id, visible(caller))
    ).first()
    if row is None:
        raise NotFound(f"there is no hit {hit_id}")
    return row.contact_id, Window(row.start_ms, row.end_ms)


def recording_of_source(
    connection: Connection, caller: Caller, source: str, external_id: str
) -> int:
    """Id of the recording that a source calls so; who may hear it is asked when it is read."""
    found = connection.execute(
        select(recordings.c.id)
        .join(
            sources,
            and_(
                sources.c.account_id == recordings.c.account_id,
                sources.c.id == recordings.c.source_id,
            ),
        )
        .where(
            recordings.c.account_id == caller.account_id,
            sources.c.external_id == source,
            recordings.c.external_id == external_id,
        )
    ).scalar()
    if found is None:
        raise NotFound(f"source {source} has no recording {external_id}")
    return int(found)


def contact_of_source(connection: Connection, caller: Caller, source: str, external_id: str) -> int:
    """Id of the contact that a source calls so; NotFound if the caller does not see it."""
    found = connection.execute(
        select(contacts.c.id)
        .join(
            sources,
            and_(
                sources.c.account_id == contacts.c.account_id,
                sources.c.id == contacts.c.source_id,
            ),
        )
        .where(
            visible(caller),
            sources.c.external_id == source,
            contacts.c.external_id == external_id,
        )
    ).scalar()
    if found is None:
        raise NotFound(f"source {source} has no contact {external_id}")
    return int(found)
