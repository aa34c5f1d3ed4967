"""The daily pass: every account that sets a retention has what falls due destroyed by itself."""

import structlog
from sqlalchemy import Connection, exists, or_, select, update

from services.player.destruction.choice import Choice
from services.player.destruction.due import DAY_MS, begun, due
from services.player.destruction.starting import start_retention
from shared.db.session import Database
from shared.db.tables import accounts, groups, runs
from shared.runs.kinds import DESTROY, UNFINISHED

log = structlog.get_logger(__name__)

ACTOR = "retention"


def start_daily_runs(database: Database) -> list[int]:
    """Start a run in every account where something is due and was not looked for today; their ids.

    Safe in many processes at once: the day is stamped on the account in the transaction that starts
    its run. An account whose run of another day is unfinished, or paused by somebody, gets none.
    """
    clock_ms = database.clock_ms()
    today = clock_ms // DAY_MS
    unstamped = or_(accounts.c.retention_day.is_(None), accounts.c.retention_day < today)
    with database.read() as connection:
        waiting = connection.execute(
            select(accounts.c.id).where(unstamped).order_by(accounts.c.id)
        ).scalars()
        account_ids = waiting.all()
    started = []
    for account_id in account_ids:
        with database.read() as connection:
            wanted = _is_anything_due(connection, account_id, clock_ms)
        with database.write() as connection:
            stamped = connection.execute(
                update(accounts)
                .where(accounts.c.id == account_id, unstamped)
                .values(retention_day=today)
            )
            if stamped.rowcount and wanted and not _is_going_on(connection, account_id):
                started.append(
                    start_retention(connection, account_id=account_id, actor=ACTOR, apply=True)
                )
    if started:
        log.info("retention-started", runs=started)
    return started


def _is_anything_due(connection: Connection, account_id: int, clock_ms: int) -> bool:
    if connection.execute(begun(account_id).limit(1)).first() is not None:
        return True
    # Without a retention nothing is due, and need not be looked for among all recordings.
    set_by_group = exists().where(
        groups.c.account_id == account_id, groups.c.retention_days.is_not(None)
    )
    is_set = connection.execute(
        select(or_(accounts.c.retention_days.is_not(None), set_by_group)).where(
            accounts.c.id == account_id
        )
    ).scalar_one()
    if not is_set:
        return False
    return connection.execute(due(account_id, Choice(clock_ms)).limit(1)).first() is not None


def _is_going_on(connection: Connection, account_id: int) -> bool:
    row = connection.execute(
        select(runs.c.id)
        .where(
            runs.c.account_id == account_id,
            runs.c.kind == DESTROY.name,
            runs.c.actor == ACTOR,
            runs.c.state.in_(UNFINISHED),
        )
        .limit(1)
    ).first()
    return row is not None
