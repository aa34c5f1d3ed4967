"""INSERT … ON CONFLICT, which both databases have but SQLAlchemy spells twice."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_or_none(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Insert a row and return its id, or None when one of its unique keys is taken."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return connection.execute(
        insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
    ).scalar_one_or_none()


def insert_or_update(
    connection: Connection,
    table: Table,
    keys: Iterable[Column[Any]],
    values: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> int:
    """Insert `values`, or apply `changes` to the row that has the same `keys`; return its id."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return int(
        connection.execute(
            insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=list(keys), set_=dict(changes))
            .returning(table.c.id)
        ).scalar_one()
    )
