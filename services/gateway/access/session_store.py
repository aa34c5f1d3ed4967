"""SQL of sessions: a person's log-in, what they see of themselves, the log-out."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, insert, select, update

from shared.db.session import now_ms
from shared.db.tables import accounts, sessions, users

SESSION_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person and their account, as the UI greets them."""

    user_id: int
    login: str
    name: str
    role: str
    account_id: int
    account_name: str
    time_zone: str
    language: str


def open_session(
    connection: Connection, *, account_id: int, user_id: int, secret_hash: bytes
) -> None:
    """Store a session of SESSION_S and drop those of the account that have ended."""
    connection.execute(
        delete(sessions).where(
            sessions.c.account_id == account_id, sessions.c.expires_at_ms <= now_ms()
        )
    )
    connection.execute(
        insert(sessions).values(
            secret_hash=secret_hash,
            account_id=account_id,
            user_id=user_id,
            created_at_ms=now_ms(),
            expires_at_ms=now_ms() + SESSION_S * 1000,
        )
    )


def close_session(connection: Connection, *, account_id: int, secret_hash: bytes) -> None:
    """Forget one session."""
    connection.execute(
        delete(sessions).where(
            sessions.c.account_id == account_id, sessions.c.secret_hash == secret_hash
        )
    )


def set_password(
    connection: Connection, *, account_id: int, user_id: int, password_hash: str, keep: bytes
) -> None:
    """Store a person's new password and end all their sessions but the one whose hash is `keep`."""
    connection.execute(
        update(users)
        .where(users.c.account_id == account_id, users.c.id == user_id)
        .values(password_hash=password_hash)
    )
    connection.execute(
        delete(sessions).where(
            sessions.c.account_id == account_id,
            sessions.c.user_id == user_id,
            sessions.c.secret_hash != keep,
        )
    )


def close_sessions(connection: Connection, *, account_id: int, user_id: int) -> None:
    """Forget every session of a user whose password or right to sign in has changed."""
    connection.execute(
        delete(sessions).where(sessions.c.account_id == account_id, sessions.c.user_id == user_id)
    )


def person(connection: Connection, *, account_id: int, user_id: int) -> Person:
    """A user of the account with the account's face; the user exists."""
    row = connection.execute(
        select(
            users.c.id,
            users.c.login,
            users.c.name,
            users.c.role,
            users.c.account_id,
            accounts.c.name.label("account_name"),
            accounts.c.time_zone,
            accounts.c.language,
        )
        .join(accounts, accounts.c.id == users.c.account_id)
        .where(and_(users.c.account_id == account_id, users.c.id == user_id))
    ).one()
    return Person(*row)
