"""SQL of what an archive is made of: how much matches, and page by page what of each contact is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, union_all

from services.player.delivery.filename import local_time
from services.player.delivery.listening_store import may_listen
from services.player.exports.contents import ExportContact, ExportRecording, StoredSound
from services.player.exports.spec import MOST_RECORDINGS, ORIGINAL, Extent, Spec
from shared.contacts.filters import ContactFilter, matching
from shared.contacts.hearing import SPOKEN_KINDS, WITHOUT_TALK
from shared.contacts.recorded import MAY_BE_RECORDED
from shared.contacts.visibility import visible
from shared.db.among import among
from shared.db.tables import accounts, contacts, recordings, renditions, sources, transcripts
from shared.paging import Position, beyond
from shared.permissions import Caller

# Contacts of one short transaction.
PAGE_CONTACTS = 100


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some contacts in order of time, and where the next page begins; None: this is the last."""

    contacts: Sequence[ExportContact]
    next_position: Position | None


def measure(connection: Connection, caller: Caller, wanted: ContactFilter, spec: Spec) -> Extent:
    """How much an archive of the filter would hold; counts end just beyond what one may hold."""
    limit = MOST_RECORDINGS + 1
    which = (_in_archive(caller, wanted), recordings.c.account_id == caller.account_id)
    of_contact = and_(
        recordings.c.account_id == contacts.c.account_id,
        recordings.c.contact_id == contacts.c.id,
    )
    some_contacts = select(contacts.c.id).where(_in_archive(caller, wanted)).limit(limit)
    some = (
        select(recordings.c.id, recordings.c.size_bytes, recordings.c.destroyed_at_ms)
        .join(contacts, of_contact)
        .where(*which)
        .limit(limit)
        .subquery()
    )
    counted = {
        "contacts": connection.execute(
            select(func.count()).select_from(some_contacts.subquery())
        ).scalar_one(),
        "recordings": connection.execute(select(func.count()).select_from(some)).scalar_one(),
    }
    if max(counted.values()) >= limit:
        return Extent(**counted, size_bytes=0)
    sizes = [
        select(func.coalesce(func.sum(renditions.c.size_bytes), 0).label("size_bytes")).where(
            renditions.c.account_id == caller.account_id,
            renditions.c.recording_id.in_(select(some.c.id)),
            renditions.c.kind.in_(spec.kinds),
        ),
        # Compressed as the database has it, which is about what the ZIP makes of it.
        select(
            func.coalesce(func.sum(func.length(transcripts.c.document)), 0) * len(spec.transcripts)
        ).where(
            transcripts.c.account_id == caller.account_id,
            transcripts.c.recording_id.in_(select(some.c.id)),
        ),
    ]
    if ORIGINAL in spec.kinds:
        sizes.append(
            select(func.coalesce(func.sum(some.c.size_bytes), 0)).where(
                some.c.destroyed_at_ms.is_(None)
            )
        )
    together = union_all(*sizes).subquery()
    size_bytes = connection.execute(select(func.sum(together.c.size_bytes))).scalar_one()
    return Extent(**counted, size_bytes=int(size_bytes))


def read_page(
    connection: Connection,
    caller: Caller,
    wanted: ContactFilter,
    spec: Spec,
    *,
    after: Position | None,
    hold: bool,
) -> ExportPage:
    """The next contacts of an archive with what is known of their recordings.

    With `hold` nobody can destroy one of these recordings before this transaction ends.
    """
    order = (contacts.c.started_at_ms, contacts.c.id)
    rows = connection.execute(
        select(
            contacts.c.id,
            contacts.c.external_id,
            contacts.c.direction,
            contacts.c.started_at_ms,
            contacts.c.client_number,
            sources.c.name.label("source"),
            sources.c.time_zone.label("source_time_zone"),
            accounts.c.time_zone,
            may_listen(connection, caller).label("hearable"),
        )
        .join(
            sources,
            and_(
                sources.c.account_id == contacts.c.account_id,
                sources.c.id == contacts.c.source_id,
            ),
        )
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(_in_archive(caller, wanted), *beyond(order, after, descending=False))
        .order_by(*order)
        .limit(PAGE_CONTACTS)
    ).all()
    found = _recordings(connection, caller.account_id, [row.id for row in rows], spec, hold=hold)
    last = rows[-1] if len(rows) == PAGE_CONTACTS else None
    return ExportPage(
        [_contact(row, found.get(row.id, ())) for row in rows],
        (last.started_at_ms, last.id) if last else None,
    )


def is_destroyed(connection: Connection, account_id: int, recording_id: int) -> bool:
    """Whether a recording's sound and speech were destroyed."""
    return (
        connection.execute(
            select(recordings.c.id).where(
                recordings.c.account_id == account_id,
                recordings.c.id == recording_id,
                recordings.c.destroyed_at_ms.is_not(None),
            )
        ).first()
        is not None
    )


def _in_archive(caller: Caller, wanted: ContactFilter) -> ColumnElement[bool]:
    """Condition on `contacts`: seen, matching, and recorded or such that people talked."""
    recorded = (
        exists()
        .where(
            recordings.c.account_id == caller.account_id, recordings.c.contact_id == contacts.c.id
        )
        .correlate(contacts)
    )
    talked = and_(
        contacts.c.kind.in_(SPOKEN_KINDS),
        contacts.c.result.not_in(WITHOUT_TALK),
        func.coalesce(contacts.c.talk_ms, 1) > 0,
    )
    return and_(visible(caller), *matching(caller.account_id, wanted), or_(recorded, talked))


def _contact(row: Row[Any], found: Sequence[ExportRecording]) -> ExportContact:
    return ExportContact(
        id=row.id,
        external_id=row.external_id,
        source=row.source,
        direction=row.direction,
        started_at=local_time(row.started_at_ms, row.source_time_zone or row.time_zone),
        client_number=row.client_number,
        hearable=bool(row.hearable),
        recordings=tuple(found),
    )


def _recordings(
    connection: Connection, account_id: int, contact_ids: Sequence[int], spec: Spec, *, hold: bool
) -> Mapping[int, Sequence[ExportRecording]]:
    recognised = (
        exists()
        .where(
            transcripts.c.account_id == account_id, transcripts.c.recording_id == recordings.c.id
        )
        .correlate(recordings)
    )
    statement = (
        select(recordings, recognised.label("recognised"))
        .where(
            recordings.c.account_id == account_id,
            MAY_BE_RECORDED,
            among(connection, recordings.c.contact_id, contact_ids),
        )
        .order_by(recordings.c.id)
    )
    if hold:
        statement = statement.with_for_update(read=True, of=recordings)
    rows = connection.execute(statement).all()
    made: dict[int, dict[str, StoredSound]] = defaultdict(dict)
    for one in connection.execute(
        select(
            renditions.c.recording_id,
            renditions.c.kind,
            renditions.c.object_name,
            renditions.c.size_bytes,
            renditions.c.sha256,
        ).where(
            renditions.c.account_id == account_id,
            among(connection, renditions.c.recording_id, [row.id for row in rows]),
            renditions.c.kind.in_(spec.kinds),
        )
    ):
        made[one.recording_id][one.kind] = StoredSound(
            one.object_name, one.size_bytes, one.sha256, "mp3"
        )
    found: dict[int, list[ExportRecording]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.offset_ms, row.id)):
        original = StoredSound(row.object_name, row.size_bytes, row.sha256, row.container or "bin")
        found[row.contact_id].append(
            ExportRecording(
                id=row.id,
                external_id=row.external_id,
                duration_ms=row.duration_ms,
                destroyed=row.destroyed_at_ms is not None,
                sounds={ORIGINAL: original, **made[row.id]},
                has_transcript=bool(row.recognised),
            )
        )
    return found
