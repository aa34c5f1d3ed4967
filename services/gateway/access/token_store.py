"""SQL of tokens: made with a secret that is only hashed, listed, revoked, never deleted."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, case, insert, select, update

from services.gateway.access.secrets_of_callers import digest
from shared.db.session import now_ms
from shared.db.tables import sources, tokens
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Permission

_COLUMNS = (
    tokens.c.id,
    tokens.c.name,
    tokens.c.scopes,
    tokens.c.source_id,
    tokens.c.created_by,
    tokens.c.created_at_ms.label("created_at"),
    tokens.c.expires_at_ms.label("expires_at"),
    tokens.c.last_used_at_ms.label("last_used_at"),
    tokens.c.revoked_at_ms.label("revoked_at"),
)


def add_token(
    connection: Connection,
    *,
    account_id: int,
    name: str,
    secret: str,
    scopes: Iterable[Permission],
    source_id: int | None = None,
    created_by: int | None = None,
    expires_at_ms: int | None = None,
) -> int:
    """Store a token's hash and return its id; NotFound for a source that the account lacks."""
    if source_id is not None:
        known = connection.execute(
            select(sources.c.id).where(
                sources.c.account_id == account_id, sources.c.id == source_id
            )
        ).first()
        if known is None:
            raise NotFound(f"there is no source {source_id}")
    row = connection.execute(
        insert(tokens)
        .values(
            account_id=account_id,
            name=name,
            secret_hash=digest(secret),
            scopes=sorted(set(scopes)),
            source_id=source_id,
            created_by=created_by,
            created_at_ms=now_ms(),
            expires_at_ms=expires_at_ms,
        )
        .returning(tokens.c.id)
    )
    return int(row.scalar_one())


def list_tokens(
    connection: Connection, *, account_id: int, position: Position | None, limit: int
) -> list[Row[Any]]:
    """Tokens of the account, the newest first."""
    return list(
        connection.execute(
            select(*_COLUMNS)
            .where(tokens.c.account_id == account_id)
            .where(*beyond([tokens.c.id], position, descending=True))
            .order_by(tokens.c.id.desc())
            .limit(limit)
        )
    )


def read_token(connection: Connection, *, account_id: int, token_id: int) -> Row[*tuple[Any, ...]]:
    """One token; NotFound if the account has none of that id."""
    row = connection.execute(
        select(*_COLUMNS).where(tokens.c.account_id == account_id, tokens.c.id == token_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no token {token_id}")
    return row


def revoke_token(connection: Connection, *, account_id: int, token_id: int) -> None:
    """Make a token useless at once; a second time changes nothing."""
    first_time = case((tokens.c.revoked_at_ms.is_(None), now_ms()), else_=tokens.c.revoked_at_ms)
    done = connection.execute(
        update(tokens)
        .where(tokens.c.account_id == account_id, tokens.c.id == token_id)
        .values(revoked_at_ms=first_time)
    )
    if done.rowcount == 0:
        raise NotFound(f"there is no token {token_id}")
