"""SQL of what prepared exports hold: whoever destroys a recording finds here what goes with it."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.player.delivery.listening_store import may_listen
from services.player.exports.contents import Item
from services.player.exports.spec import TRANSCRIPT
from shared.contacts.visibility import visible
from shared.db.among import among
from shared.db.tables import contacts, export_recordings, recordings
from shared.permissions import Caller, Sees


def note_held(
    connection: Connection, account_id: int, export_id: int, items: Iterable[Item]
) -> Collection[int]:
    """Note what goes in of each recording, before a byte of it is read; the recordings' ids."""
    held: dict[int, list[str]] = {}
    for item in items:
        if item.recording is not None and item.lack is None:
            held.setdefault(item.recording.id, []).append(item.kind or TRANSCRIPT)
    if held:
        insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(
            # A silent worker's attempt may still go on beside its successor.
            insert(export_recordings).on_conflict_do_nothing(),
            [
                {
                    "account_id": account_id,
                    "export_id": export_id,
                    "recording_id": recording_id,
                    "variants": ",".join(["", *dict.fromkeys(variants), ""]),
                }
                for recording_id, variants in held.items()
            ],
        )
    return held.keys()


def still_holds(
    connection: Connection, account_id: int, export_id: int, recording_ids: Collection[int]
) -> bool:
    """Whether all that was noted of these recordings still stands: a destroyed one takes it away."""
    standing = connection.execute(
        select(func.count())
        .select_from(export_recordings)
        .where(
            export_recordings.c.account_id == account_id,
            export_recordings.c.export_id == export_id,
            among(connection, export_recordings.c.recording_id, recording_ids),
        )
    ).scalar_one()
    return int(standing) == len(recording_ids)


def held(account_id: int, export_id: int, variant: str) -> Select[Any]:
    """(recording id, contact id) of every recording of which an export holds this variant."""
    return _held(account_id, export_id).where(
        export_recordings.c.variants.contains(f",{variant},", autoescape=True)
    )


def holds_unseen(connection: Connection, caller: Caller, export_id: int) -> bool:
    """Whether an export holds what the caller does not see, or sound the caller may not hear."""
    if caller.sees is Sees.ALL:
        return False
    unheard = and_(
        export_recordings.c.variants != f",{TRANSCRIPT},", not_(may_listen(connection, caller))
    )
    statement = (
        _held(caller.account_id, export_id)
        .outerjoin(
            contacts,
            and_(
                contacts.c.account_id == recordings.c.account_id,
                contacts.c.id == recordings.c.contact_id,
            ),
        )
        .where(or_(contacts.c.id.is_(None), not_(visible(caller)), unheard))
    )
    return connection.execute(statement.limit(1)).first() is not None


def _held(account_id: int, export_id: int) -> Select[Any]:
    return (
        select(recordings.c.id, recordings.c.contact_id)
        .join(
            export_recordings,
            and_(
                export_recordings.c.account_id == recordings.c.account_id,
                export_recordings.c.recording_id == recordings.c.id,
            ),
        )
        .where(
            export_recordings.c.account_id == account_id,
            export_recordings.c.export_id == export_id,
        )
    )
