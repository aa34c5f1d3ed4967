"""SQL of the account row itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shared.db.tables import accounts


def read_account(connection: Connection, account_id: int) -> Row[Any]:
    """The account; a caller's account exists."""
    return connection.execute(select(accounts).where(accounts.c.id == account_id)).one()


def change_account(connection: Connection, account_id: int, changes: Mapping[str, Any]) -> None:
    """Change some of the account's settings."""
    if changes:
        connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(dict(changes))
        )
