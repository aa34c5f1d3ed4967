"""What undoing a chunk's work on contacts needs, as far as a contact must be forgotten in it.

The document is zlib-compressed JSON. `contacts` and `marks` are lists of rows that begin with the
contact's id, `single` is one of rows whose second value is it; what else they hold is the business
of the slice that wrote them.
"""

import json
import zlib
from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection, and_, select, update

from shared.db.tables import run_chunks, runs
from shared.runs.ids import unpack_ids
from shared.runs.kinds import KINDS

_PLACES = {"contacts": 0, "single": 1, "marks": 0}


def without_contacts(packed: bytes, contact_ids: Collection[int]) -> bytes:
    """The state before a chunk's work without all that it says of the contacts."""
    document = json.loads(zlib.decompress(packed))
    gone = set(contact_ids)
    kept = {
        name: [row for row in document[name] if row[place] not in gone]
        for name, place in _PLACES.items()
    }
    return zlib.compress(json.dumps(document | kept, ensure_ascii=False).encode())


def forget_contacts(connection: Connection, account_id: int, contact_ids: Collection[int]) -> None:
    """Take the contacts out of what every run keeps for being undone; it then passes them by."""
    undone = [kind.name for kind in KINDS.values() if kind.undo]
    ids = np.array(sorted(contact_ids), np.int64)
    kept = (run_chunks.c.account_id == account_id, run_chunks.c.before.is_not(None))
    chunks = connection.execute(
        select(run_chunks.c.id, run_chunks.c.subject_ids)
        .join(
            runs,
            and_(runs.c.account_id == run_chunks.c.account_id, runs.c.id == run_chunks.c.run_id),
        )
        .where(*kept, runs.c.kind.in_(undone))
        .order_by(run_chunks.c.id)
    ).all()
    for chunk in chunks:
        if not np.isin(ids, unpack_ids(chunk.subject_ids), assume_unique=True).any():
            continue
        before = connection.execute(
            select(run_chunks.c.before).where(*kept, run_chunks.c.id == chunk.id).with_for_update()
        ).scalar_one_or_none()
        if before is not None:
            connection.execute(
                update(run_chunks)
                .where(run_chunks.c.account_id == account_id, run_chunks.c.id == chunk.id)
                .values(before=without_contacts(before, contact_ids))
            )
