"""The player's SQL on the listener's side: what a caller may hear."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
)

from services.player.delivery.asked import Asked, JobNow, Recording, Stored
from shared.contacts.recorded import MAY_BE_RECORDED, EmployeeNotRecorded
from shared.contacts.visibility import visible
from shared.db.tables import (
    accounts,
    contacts,
    groups,
    jobs,
    recording_legs,
    recordings,
    renditions,
    sources,
)
from shared.domain.recording import Speaker
from shared.errors import NotFound
from shared.permissions import Caller, Sees

# Put together once: building it costs more than asking it.
_SOUNDS = (
    select(
        recordings,
        contacts.c.direction,
        contacts.c.started_at_ms,
        contacts.c.client_number,
        MAY_BE_RECORDED.label("recorded"),
        sources.c.operator_channel,
        sources.c.time_zone.label("source_time_zone"),
        accounts.c.time_zone.label("account_time_zone"),
        accounts.c.recording_enabled,
        accounts.c.denoise_enabled,
        accounts.c.denoise_strength,
        renditions.c.kind,
        renditions.c.object_name.label("made_name"),
        renditions.c.size_bytes.label("made_size_bytes"),
        renditions.c.sha256.label("made_sha256"),
        renditions.c.content_type.label("made_type"),
        renditions.c.created_at_ms.label("made_at_ms"),
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
    .outerjoin(
        renditions,
        and_(
            renditions.c.account_id == recordings.c.account_id,
            renditions.c.recording_id == recordings.c.id,
            renditions.c.kind.in_(bindparam("kinds", expanding=True)),
        ),
    )
)


def read_recording(
    connection: Connection, caller: Caller, recording_id: int, kinds: Sequence[str]
) -> Asked:
    """A recording with its renditions of `kinds`.

    Raises NotFound for one that the caller's account lacks or the caller may not see; one that
    waits for its call belongs to nobody's group yet, so only who sees all calls hears it.
    """
    found = _read(connection, caller, kinds, recordings.c.id == recording_id)
    if found is None:
        raise NotFound(f"there is no recording {recording_id}")
    return found


def read_contact(
    connection: Connection, caller: Caller, contact_id: int, kinds: Sequence[str]
) -> Asked | None:
    """A contact's recordings; None if it has none or the caller does not see it."""
    return _read(connection, caller, kinds, recordings.c.contact_id == contact_id)


def read_leg(
    connection: Connection, caller: Caller, leg_id: int, kinds: Sequence[str]
) -> Asked | None:
    """The recordings that hold a leg; None if none does or the caller does not see it."""
    holds = (
        exists()
        .where(
            recording_legs.c.account_id == caller.account_id,
            recording_legs.c.recording_id == recordings.c.id,
            recording_legs.c.leg_id == leg_id,
        )
        .correlate(recordings)
    )
    return _read(connection, caller, kinds, holds)


def job_states(
    connection: Connection, *, account_id: int, kind: str, recording_ids: Collection[int]
) -> dict[int, JobNow]:
    """The recordings' jobs of one kind, by recording; those that nobody asked for are left out."""
    rows = connection.execute(
        select(
            jobs.c.subject_id,
            jobs.c.state,
            jobs.c.priority,
            jobs.c.progress,
            jobs.c.error_code,
            jobs.c.error_message,
        ).where(
            jobs.c.account_id == account_id,
            jobs.c.kind == kind,
            jobs.c.subject_id.in_(recording_ids),
        )
    )
    return {row.subject_id: JobNow(*row[1:]) for row in rows}


def _read(
    connection: Connection, caller: Caller, kinds: Sequence[str], which: ColumnElement[bool]
) -> Asked | None:
    found = (
        _SOUNDS.add_columns(may_listen(connection, caller).label("may_listen"))
        .where(recordings.c.account_id == caller.account_id, which, _may_be_seen(caller))
        .order_by(recordings.c.offset_ms, recordings.c.id)
    )
    rows = connection.execute(found, {"kinds": list(kinds)}).all()
    if not rows:
        return None
    by_recording: dict[int, list[Row[Any]]] = {}
    for row in rows:
        if row.recorded:
            by_recording.setdefault(row.id, []).append(row)
    if not by_recording:
        raise EmployeeNotRecorded("nobody who may be recorded is on this recording")
    first = rows[0]
    return Asked(
        contact_id=first.contact_id,
        direction=first.direction or "",
        started_at_ms=first.started_at_ms,
        client_number=first.client_number or "",
        time_zone=first.source_time_zone or first.account_time_zone,
        recording_enabled=first.recording_enabled,
        denoise_enabled=first.denoise_enabled,
        denoise_strength=first.denoise_strength,
        may_listen=bool(first.may_listen),
        recordings=tuple(_recording(of_one) for of_one in by_recording.values()),
    )


def _recording(rows: Sequence[Row[Any]]) -> Recording:
    row = rows[0]
    return Recording(
        id=row.id,
        external_id=row.external_id,
        offset_ms=row.offset_ms,
        one_sided=Speaker(row.one_sided) if row.one_sided else None,
        operator_channel=row.operator_channel,
        container=row.container,
        declared_format=row.declared_format,
        channels=row.channels,
        duration_ms=row.duration_ms,
        destroyed=row.destroyed_at_ms is not None,
        original=Stored(
            row.object_name, row.size_bytes, row.sha256, row.content_type, row.received_at_ms
        ),
        renditions={
            made.kind: Stored(
                made.made_name,
                made.made_size_bytes,
                made.made_sha256,
                made.made_type,
                made.made_at_ms,
            )
            for made in rows
            if made.kind is not None
        },
    )


def _may_be_seen(caller: Caller) -> ColumnElement[bool]:
    if caller.sees is Sees.ALL and caller.contact_id is None:
        return or_(recordings.c.contact_id.is_(None), visible(caller))
    return visible(caller)


def may_listen(connection: Connection, caller: Caller) -> ColumnElement[bool]:
    """Whether the caller sees the call other than through groups whose calls are not heard."""
    if caller.sees is not Sees.GROUPS:
        return literal(True)
    heard = connection.execute(
        select(groups.c.id).where(
            groups.c.account_id == caller.account_id,
            groups.c.id.in_(sorted(caller.group_ids)),
            groups.c.listening.is_(True),
        )
    ).scalars()
    return visible(replace(caller, group_ids=frozenset(heard)))
