"""Finds who a secret belongs to: the statements that have no account yet, but find one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from shared.db.session import now_ms
from shared.db.tables import accounts, groups, roles, sessions, tokens, user_groups, users
from shared.permissions import Caller, Permission, Sees

USE_NOTED_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A valid token and whether its last use should be noted."""

    token_id: int
    caller: Caller
    stale: bool


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """What is needed to check a password."""

    account_id: int
    user_id: int
    password_hash: str


def token_caller(connection: Connection, secret_hash: bytes) -> KnownToken | None:
    """The caller of a token that is neither revoked nor expired."""
    used = tokens.c.last_used_at_ms
    row = connection.execute(
        select(
            tokens.c.id,
            tokens.c.account_id,
            tokens.c.scopes,
            tokens.c.source_id,
            or_(used.is_(None), used < now_ms() - USE_NOTED_EVERY_MS).label("stale"),
        ).where(
            tokens.c.secret_hash == secret_hash,
            tokens.c.revoked_at_ms.is_(None),
            or_(tokens.c.expires_at_ms.is_(None), tokens.c.expires_at_ms > now_ms()),
        )
    ).first()
    if row is None:
        return None
    caller = Caller(
        account_id=row.account_id,
        actor=f"token:{row.id}",
        permissions=_permissions(row.scopes),
        sees=Sees.ALL,
        source_id=row.source_id,
    )
    return KnownToken(row.id, caller, bool(row.stale))


def note_use(connection: Connection, *, account_id: int, token_id: int) -> None:
    """Stamp the token's last use."""
    connection.execute(
        update(tokens)
        .where(tokens.c.account_id == account_id, tokens.c.id == token_id)
        .values(last_used_at_ms=now_ms())
    )


def session_caller(connection: Connection, secret_hash: bytes) -> Caller | None:
    """The caller of a session that has not expired and whose user is active."""
    row = connection.execute(
        select(
            users.c.id,
            users.c.account_id,
            users.c.employee_id,
            roles.c.permissions,
            roles.c.sees,
            accounts.c.own_calls_visible,
        )
        .select_from(sessions)
        .join(
            users,
            and_(users.c.account_id == sessions.c.account_id, users.c.id == sessions.c.user_id),
        )
        .join(accounts, accounts.c.id == users.c.account_id)
        .join(roles, and_(roles.c.account_id == users.c.account_id, roles.c.name == users.c.role))
        .where(
            sessions.c.secret_hash == secret_hash,
            sessions.c.expires_at_ms > now_ms(),
            users.c.active.is_(True),
        )
    ).first()
    return None if row is None else _person(connection, row)


def stored_login(connection: Connection, login: str) -> StoredLogin | None:
    """The active user of a login; logins are unique over all accounts."""
    row = connection.execute(
        select(users.c.account_id, users.c.id, users.c.password_hash).where(
            users.c.login == login, users.c.active.is_(True)
        )
    ).first()
    return None if row is None else StoredLogin(row.account_id, row.id, row.password_hash)


def _person(connection: Connection, row: Row[*tuple[Any, ...]]) -> Caller:
    of_user = connection.execute(
        select(groups.c.id, groups.c.own_calls_visible)
        .join(
            user_groups,
            and_(
                user_groups.c.account_id == groups.c.account_id,
                user_groups.c.group_id == groups.c.id,
            ),
        )
        .where(groups.c.account_id == row.account_id, user_groups.c.user_id == row.id)
    ).all()
    return Caller(
        account_id=row.account_id,
        actor=f"user:{row.id}",
        permissions=_permissions(row.permissions),
        sees=Sees(row.sees),
        user_id=row.id,
        employee_id=row.employee_id,
        group_ids=frozenset(group.id for group in of_user),
        own_calls_visible=row.own_calls_visible or any(g.own_calls_visible for g in of_user),
    )


def _permissions(names: list[str]) -> frozenset[Permission]:
    known = set(Permission)
    # A permission that a later version removed grants nothing.
    return frozenset(Permission(name) for name in names if name in known)
