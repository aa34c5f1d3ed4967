"""The second phase of a destruction: the objects go, and the act says so once they are not there."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, select, update

from services.player.destruction.due import MARKED
from shared.db.among import among
from shared.db.session import now_ms
from shared.db.tables import destructions
from shared.errors import JobFailed, NotFound
from shared.storage import ObjectStore
from shared.storage.unreferenced import RENDITIONS

DESTROYED = "destroyed"


def read_marked(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> Sequence[Any]:
    """Those of the recordings whose objects are to be removed: `recording_id`, `object_names`.

    Whichever run began it.
    """
    return connection.execute(
        select(destructions.c.recording_id, destructions.c.object_names)
        .where(
            destructions.c.account_id == account_id,
            among(connection, destructions.c.recording_id, recording_ids),
            destructions.c.state == MARKED,
        )
        .order_by(destructions.c.recording_id)
    ).all()


def remove_objects(
    store: ObjectStore, account_id: int, recording_id: int, named: Collection[str]
) -> None:
    """Remove the named objects of a recording and all that lies among its renditions.

    There an attempt that was killed may have left sound that no row names. Raises
    StorageUnavailable, and JobFailed `object-stays` when the store still has one afterwards.
    """
    folder = f"{RENDITIONS}{account_id}/{recording_id}/"
    for name in {*named, *(found for found, _ in store.names(folder))}:
        store.delete(name)
        with suppress(NotFound):
            store.stat(name)
            raise JobFailed(
                "object-stays",
                f"The store says that {name} was removed and still has it: does the bucket keep "
                "versions, or does somebody write there?",
            )


def note_destroyed(connection: Connection, account_id: int, recording_ids: Collection[int]) -> None:
    """Say in the act that nothing is left of the recordings."""
    connection.execute(
        update(destructions)
        .where(
            destructions.c.account_id == account_id,
            among(connection, destructions.c.recording_id, recording_ids),
            destructions.c.state == MARKED,
        )
        .values(state=DESTROYED, object_names=[], destroyed_at_ms=now_ms())
    )
