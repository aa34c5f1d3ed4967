"""SQL of acts: the runs that destroyed, what each came to, and its recordings one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, cast, func, select

from services.player.destruction.choice import Reason
from services.player.destruction.marking import PLANNED
from services.player.destruction.removing import DESTROYED
from shared.db.tables import destructions
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.runs import store
from shared.runs.kinds import DESTROY
from shared.runs.store import Run


@dataclass(slots=True)
class Totals:
    """What an act comes to so far."""

    planned: int = 0
    marked: int = 0
    destroyed: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict)
    size_bytes: int = 0


def read_act(connection: Connection, account_id: int, run_id: int) -> Run:
    """The run that destroys or would destroy; NotFound if the account has none of that id."""
    run = store.read_run(connection, account_id, run_id)
    if run.kind is not DESTROY:
        raise NotFound(f"run {run_id} destroys nothing")
    return run


def totals(connection: Connection, account_id: int, run_id: int) -> Totals:
    """Count an act's recordings by state and reason, with the size of their originals."""
    found = Totals()
    rows = connection.execute(
        select(
            destructions.c.state,
            destructions.c.reason,
            func.count().label("recordings"),
            func.sum(cast(destructions.c.facts["size_bytes"].as_string(), BigInteger)).label(
                "size_bytes"
            ),
        )
        .where(destructions.c.account_id == account_id, destructions.c.run_id == run_id)
        .group_by(destructions.c.state, destructions.c.reason)
    )
    for row in rows:
        reason = Reason(row.reason)
        found.reasons[reason] = found.reasons.get(reason, 0) + row.recordings
        found.size_bytes += int(row.size_bytes)
        if row.state == PLANNED:
            found.planned += row.recordings
        elif row.state == DESTROYED:
            found.destroyed += row.recordings
        else:
            found.marked += row.recordings
    return found


def list_recordings(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    position: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next recordings of an act, by their ids."""
    order = (destructions.c.recording_id,)
    return connection.execute(
        select(destructions)
        .where(
            destructions.c.account_id == account_id,
            destructions.c.run_id == run_id,
            *beyond(order, position, descending=False),
        )
        .order_by(*order)
        .limit(limit)
    ).all()
