"""Reads what telephone systems told of contacts, for the rules that ask."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, Table, select

from services.topics.matching.speech import ContactFacts, Ints
from shared.db.among import among
from shared.db.tables import contacts, employees, groups, legs, sources


def read_facts(
    connection: Connection, account_id: int, contact_ids: Collection[int]
) -> Sequence[ContactFacts]:
    """What was told of each contact, by their ids."""
    rows = connection.execute(
        select(
            contacts.c.kind,
            contacts.c.direction,
            contacts.c.result,
            contacts.c.source_id,
            contacts.c.group_id,
            contacts.c.employee_id,
            contacts.c.company_number,
            contacts.c.company_number_raw,
        )
        .where(contacts.c.account_id == account_id, among(connection, contacts.c.id, contact_ids))
        .order_by(contacts.c.id)
    ).all()
    source = _external_ids(connection, account_id, sources, {row.source_id for row in rows})
    group = _external_ids(connection, account_id, groups, {row.group_id for row in rows})
    employee = _external_ids(connection, account_id, employees, {row.employee_id for row in rows})
    return [
        ContactFacts(
            kind=row.kind,
            direction=row.direction,
            result=row.result,
            source=source[row.source_id],
            group=group.get(row.group_id, ""),
            employee=employee.get(row.employee_id, ""),
            company_numbers=(row.company_number, row.company_number_raw),
        )
        for row in rows
    ]


def read_leg_names(
    connection: Connection, account_id: int, leg_ids: Ints
) -> tuple[list[str], list[str]]:
    """External ids of the group and the employee of each leg, empty where there is none."""
    rows = {
        row.id: row
        for row in connection.execute(
            select(legs.c.id, legs.c.group_id, legs.c.employee_id).where(
                legs.c.account_id == account_id, among(connection, legs.c.id, leg_ids.tolist())
            )
        )
    }
    group = _external_ids(connection, account_id, groups, {row.group_id for row in rows.values()})
    employee = _external_ids(
        connection, account_id, employees, {row.employee_id for row in rows.values()}
    )
    own = [rows[leg_id] for leg_id in leg_ids.tolist()]
    return (
        [group.get(row.group_id, "") for row in own],
        [employee.get(row.employee_id, "") for row in own],
    )


def _external_ids(
    connection: Connection, account_id: int, table: Table, ids: Collection[int | None]
) -> Mapping[int | None, str]:
    found = connection.execute(
        select(table.c.id, table.c.external_id).where(
            table.c.account_id == account_id,
            among(connection, table.c.id, [one for one in ids if one is not None]),
        )
    )
    return {row.id: row.external_id for row in found}
