"""SQL of a contact's legs with the names of who talked: the same for the journal and the player."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from shared.db.tables import employees, groups, legs


def read_legs(connection: Connection, account_id: int, contact_id: int) -> Sequence[Row[Any]]:
    """Legs in order, with the names of employee and group."""
    statement: Select[Any] = (
        select(
            legs.c.id,
            legs.c.external_id,
            legs.c.position,
            legs.c.started_at_ms,
            legs.c.ended_at_ms,
            legs.c.result,
            employees.c.id.label("employee_id"),
            employees.c.name.label("employee_name"),
            groups.c.id.label("group_id"),
            groups.c.name.label("group_name"),
        )
        .select_from(legs)
        .outerjoin(
            employees,
            and_(employees.c.account_id == account_id, employees.c.id == legs.c.employee_id),
        )
        .outerjoin(groups, and_(groups.c.account_id == account_id, groups.c.id == legs.c.group_id))
        .where(legs.c.account_id == account_id, legs.c.contact_id == contact_id)
        .order_by(legs.c.position, legs.c.id)
    )
    return connection.execute(statement).all()
