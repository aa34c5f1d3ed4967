"""The transactions of intake: one writer per account at a time."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Integer, cast, func, select
from sqlalchemy.exc import DBAPIError

from shared.db.session import Database
from shared.errors import DatabaseUnavailable

T = TypeVar("T")

_LOCK_CLASS = 0x17A4E
_DEADLOCK = "40P01"
_TRIES = 3


def write_alone(database: Database, account_id: int, work: Callable[[Connection], T]) -> T:
    """Run `work` in a write transaction that no other intake of the account runs beside.

    So a recording and its call that come at the same moment see each other, and two that name the
    same new employee do not meet. SQLite has one writer anyway. Work is repeated when PostgreSQL
    ends it to resolve a deadlock with a worker; it must not do anything that outlives a rollback.
    """
    for left in reversed(range(_TRIES)):
        try:
            with database.write() as connection:
                if database.dialect == "postgresql":
                    key = cast(account_id % 2**31, Integer)
                    connection.execute(
                        select(func.pg_advisory_xact_lock(cast(_LOCK_CLASS, Integer), key))
                    )
                return work(connection)
        except DatabaseUnavailable as error:
            if not left or not _is_deadlock(error):
                raise
    raise AssertionError("unreachable")


def _is_deadlock(error: DatabaseUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", "") == _DEADLOCK
