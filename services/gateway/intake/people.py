"""Employees and groups, made and renamed on the way by the legs that name them."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.gateway.intake.contacts import ContactChange
from shared.db.tables import employees, groups


def employees_of(connection: Connection, account_id: int, change: ContactChange) -> dict[str, int]:
    """Make or correct the employees a change names; their ids by external id."""
    named = (leg.employee for leg in change.legs if leg.employee is not None)
    wanted = (
        (part.external_id, _given(name=part.name, extension=part.extension)) for part in named
    )
    return _upsert(connection, employees, account_id, wanted)


def groups_of(connection: Connection, account_id: int, change: ContactChange) -> dict[str, int]:
    """Make or rename the groups a change names; their ids by external id."""
    named = (leg.group for leg in change.legs if leg.group is not None)
    wanted = ((part.external_id, _given(name=part.name)) for part in named)
    return _upsert(connection, groups, account_id, wanted)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _upsert(
    connection: Connection,
    table: Table,
    account_id: int,
    named: Iterable[tuple[str, dict[str, str]]],
) -> dict[str, int]:
    wanted: dict[str, dict[str, str]] = {}
    for external_id, values in named:
        wanted.setdefault(external_id, {}).update(values)
    if not wanted:
        return {}
    rows = connection.execute(
        select(table).where(table.c.account_id == account_id, table.c.external_id.in_(wanted))
    ).mappings()
    known = {row["external_id"]: row for row in rows}
    ids: dict[str, int] = {}
    for external_id, values in wanted.items():
        row = known.get(external_id)
        if row is None:
            ids[external_id] = _add(connection, table, account_id, external_id, values)
            continue
        ids[external_id] = row["id"]
        if any(row[name] != value for name, value in values.items()):
            connection.execute(
                update(table)
                .where(table.c.account_id == account_id, table.c.id == row["id"])
                .values(values)
            )
    return ids


def _add(
    connection: Connection, table: Table, account_id: int, external_id: str, values: dict[str, str]
) -> int:
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = (
        insert(table)
        .values({"name": external_id} | values)
        .values(account_id=account_id, external_id=external_id)
    )
    # Somebody may make the same one by hand at this moment.
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.account_id, table.c.external_id],
        set_=values or {"external_id": external_id},
    )
    return int(connection.execute(statement.returning(table.c.id)).scalar_one())
