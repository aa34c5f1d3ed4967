"""SQL of the account row itself."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Text, cast, select, update

from shared.db.tables import accounts


def read_account(connection: Connection, account_id: int) -> Row[Any]:
    """The account; a caller's account exists."""
    return connection.execute(select(accounts).where(accounts.c.id == account_id)).one()


def allows_origin(connection: Connection, origin: str, account_id: int | None) -> bool:
    """Whether browsers may call from this origin for the account; for any account where None."""
    # The origin as it stands in the JSON text narrows the search; LIKE knows no case on SQLite.
    listed = cast(accounts.c.cors_origins, Text).contains(json.dumps(origin), autoescape=True)
    statement = select(accounts.c.cors_origins).where(listed)
    if account_id is not None:
        statement = statement.where(accounts.c.id == account_id)
    return any(origin in origins for origins in connection.execute(statement).scalars())


def lock_account(connection: Connection, account_id: int) -> Row[Any]:
    """The account as it stays until the transaction ends, but for what this transaction changes."""
    return connection.execute(
        select(accounts).where(accounts.c.id == account_id).with_for_update(key_share=True)
    ).one()


def change_account(connection: Connection, account_id: int, changes: Mapping[str, Any]) -> None:
    """Change some of the account's settings."""
    if changes:
        connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(dict(changes))
        )
