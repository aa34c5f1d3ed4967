"""Counts failed log-ins of each login, so that a password cannot be found by trying."""

import hashlib

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.gateway.problem import TooManyAttempts
from shared.db.session import now_ms
from shared.db.tables import login_attempts

MAX_FAILURES = 10
WINDOW_S = 15 * 60


def normalised_login(login: str) -> str:
    """The form in which logins are stored and compared."""
    return login.strip().casefold()


def count_attempt(connection: Connection, login: str) -> None:
    """Count an attempt before its password is looked at, known login or not.

    Counting first leaves no gap for many attempts at one moment. Raises TooManyAttempts beyond
    MAX_FAILURES in WINDOW_S; a window begins with its first attempt and success forgets it.
    """
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    fresh = login_attempts.c.window_start_ms <= now_ms() - WINDOW_S * 1000
    row = connection.execute(
        insert(login_attempts)
        .values(login_hash=_key(login), window_start_ms=now_ms(), failures=1)
        .on_conflict_do_update(
            index_elements=[login_attempts.c.login_hash],
            set_={
                "failures": case((fresh, 1), else_=login_attempts.c.failures + 1),
                "window_start_ms": case((fresh, now_ms()), else_=login_attempts.c.window_start_ms),
            },
        )
        .returning(login_attempts.c.failures, login_attempts.c.window_start_ms)
    ).one()
    if row.failures > MAX_FAILURES:
        waited_ms = connection.execute(select(now_ms())).scalar_one() - row.window_start_ms
        retry_after_s = max(1, WINDOW_S - waited_ms // 1000)
        raise TooManyAttempts("too many failed attempts to sign in with this login", retry_after_s)


def forget_attempts(connection: Connection, login: str) -> None:
    """Forget the failures of a login that has signed in, and those of windows long past."""
    old = login_attempts.c.window_start_ms <= now_ms() - WINDOW_S * 1000
    connection.execute(
        delete(login_attempts).where((login_attempts.c.login_hash == _key(login)) | old)
    )


def _key(login: str) -> bytes:
    return hashlib.sha256(normalised_login(login).encode()).digest()
