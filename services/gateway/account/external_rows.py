"""SQL of what an account names by an external id: sources, groups and employees."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, select
from sqlalchemy.exc import IntegrityError

from shared.db.upsert import insert_or_update
from shared.errors import Conflict, NotFound
from shared.paging import Position, beyond


def list_rows(
    connection: Connection,
    table: Table,
    account_id: int,
    position: Position | None,
    limit: int,
    *conditions: ColumnElement[bool],
) -> list[Row[Any]]:
    """Rows of the account that meet all conditions, in the order of making."""
    return list(
        connection.execute(
            select(table)
            .where(table.c.account_id == account_id, *conditions)
            .where(*beyond([table.c.id], position, descending=False))
            .order_by(table.c.id)
            .limit(limit)
        )
    )


def read_row(connection: Connection, table: Table, account_id: int, external_id: str) -> Row[Any]:
    """The row of that external id; NotFound if the account has none."""
    row = find_row(connection, table, account_id, external_id)
    if row is None:
        raise NotFound(f"there is no {external_id!r} among the account's {table.name}")
    return row


def find_row(
    connection: Connection, table: Table, account_id: int, external_id: str, *, lock: bool = False
) -> Row[Any] | None:
    """The row of that external id, if the account has one.

    With `lock`, nobody else changes it before this transaction ends.
    """
    wanted = select(table).where(
        table.c.account_id == account_id, table.c.external_id == external_id
    )
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return connection.execute(wanted).first()


def put_row(
    connection: Connection,
    table: Table,
    account_id: int,
    external_id: str,
    values: Mapping[str, Any],
    *,
    once: Mapping[str, Any],
) -> tuple[Row[Any], bool]:
    """Make or replace the row, and tell whether it was made; `once` is set only when it is."""
    made = find_row(connection, table, account_id, external_id) is None
    key = {"account_id": account_id, "external_id": external_id}
    insert_or_update(
        connection,
        table,
        [table.c.account_id, table.c.external_id],
        {**key, **values, **once},
        values,
    )
    return read_row(connection, table, account_id, external_id), made


def delete_row(connection: Connection, table: Table, account_id: int, external_id: str) -> None:
    """Remove the row; NotFound if there is none, Conflict while calls or people refer to it."""
    try:
        done = connection.execute(
            delete(table).where(
                table.c.account_id == account_id, table.c.external_id == external_id
            )
        )
    except IntegrityError as error:
        raise Conflict(f"{external_id!r} of the {table.name} is still referred to") from error
    if done.rowcount == 0:
        raise NotFound(f"there is no {external_id!r} among the account's {table.name}")
