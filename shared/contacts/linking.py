"""Which legs a recording covers: by name, else by time; asked again whenever either changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.tables import contacts, legs, recording_legs, recordings

# Telephone systems tell times in whole seconds: a shorter overlap is rounding, not speech.
_ROUNDING_MS = 1000


@dataclass(frozen=True, slots=True)
class LegSpan:
    """A leg in time, UTC epoch ms; no end means that it is not known."""

    id: int
    external_id: str
    started_at_ms: int
    ended_at_ms: int | None


def covered_legs(
    spans: Sequence[LegSpan],
    *,
    named: Sequence[str],
    started_at_ms: int,
    duration_ms: int | None,
) -> frozenset[int]:
    """Ids of the legs that a recording holds, `spans` being all legs of its contact in order.

    Named legs are taken at their word. Otherwise those that overlap with the recording by more than
    a rounding error; a leg without an end lasts until the next begins, a recording of unknown
    duration to the end of the contact. If none does, the clocks disagree: then all legs.
    """
    if named:
        return frozenset(span.id for span in spans if span.external_id in named)
    ended_at_ms = None if duration_ms is None else started_at_ms + duration_ms
    found = set()
    for index, span in enumerate(spans):
        end_ms = span.ended_at_ms
        if end_ms is None and index + 1 < len(spans):
            end_ms = spans[index + 1].started_at_ms
        if _overlap(span.started_at_ms, end_ms, started_at_ms, ended_at_ms):
            found.add(span.id)
    return frozenset(found or (span.id for span in spans))


def link_recordings(
    connection: Connection, *, account_id: int, contact_id: int, recording_id: int | None = None
) -> frozenset[int]:
    """Store which legs the contact's recordings (or one of them) cover; ids of those that changed.

    Locks the recordings' rows first: whoever measures a duration and whoever adds a leg at the same
    moment then see each other's change.
    """
    ours = [recordings.c.account_id == account_id, recordings.c.contact_id == contact_id]
    if recording_id is not None:
        ours.append(recordings.c.id == recording_id)
    sounds = connection.execute(
        select(
            recordings.c.id,
            recordings.c.offset_ms,
            recordings.c.duration_ms,
            recordings.c.leg_external_ids,
        )
        .where(*ours)
        .order_by(recordings.c.id)
        .with_for_update(key_share=True)
    ).all()
    if not sounds:
        return frozenset()
    begin_ms = connection.execute(
        select(contacts.c.started_at_ms).where(
            contacts.c.account_id == account_id, contacts.c.id == contact_id
        )
    ).scalar_one()
    spans = [
        LegSpan(*row)
        for row in connection.execute(
            select(legs.c.id, legs.c.external_id, legs.c.started_at_ms, legs.c.ended_at_ms)
            .where(legs.c.account_id == account_id, legs.c.contact_id == contact_id)
            .order_by(legs.c.position)
        )
    ]
    stored: dict[int, set[int]] = {}
    for row in connection.execute(
        select(recording_legs.c.recording_id, recording_legs.c.leg_id).where(
            recording_legs.c.account_id == account_id,
            recording_legs.c.recording_id.in_([sound.id for sound in sounds]),
        )
    ):
        stored.setdefault(row.recording_id, set()).add(row.leg_id)
    changed = set()
    for sound in sounds:
        wanted = covered_legs(
            spans,
            named=sound.leg_external_ids,
            started_at_ms=begin_ms + sound.offset_ms,
            duration_ms=sound.duration_ms,
        )
        known = stored.get(sound.id, set())
        if wanted != known:
            _store(connection, account_id, sound.id, gone=known - wanted, new=wanted - known)
            changed.add(sound.id)
    return frozenset(changed)


def _overlap(
    start_ms: int, end_ms: int | None, other_start_ms: int, other_end_ms: int | None
) -> bool:
    spans = ((start_ms, end_ms), (other_start_ms, other_end_ms))
    ends = [end for _, end in spans if end is not None]
    if not ends:
        return True
    overlap_ms = min(ends) - max(start_ms, other_start_ms)
    shorter_ms = min(end - start for start, end in spans if end is not None)
    if shorter_ms <= 2 * _ROUNDING_MS:
        return overlap_ms > 0 and overlap_ms * 2 >= shorter_ms
    return overlap_ms > _ROUNDING_MS


def _store(
    connection: Connection,
    account_id: int,
    recording_id: int,
    *,
    gone: Collection[int],
    new: Collection[int],
) -> None:
    if gone:
        connection.execute(
            delete(recording_legs).where(
                recording_legs.c.account_id == account_id,
                recording_legs.c.recording_id == recording_id,
                recording_legs.c.leg_id.in_(gone),
            )
        )
    if new:
        insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(
            insert(recording_legs)
            .values(
                [
                    {"account_id": account_id, "recording_id": recording_id, "leg_id": leg_id}
                    for leg_id in sorted(new)
                ]
            )
            .on_conflict_do_nothing()
        )
