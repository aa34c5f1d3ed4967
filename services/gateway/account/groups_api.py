"""Groups and employees: as the telephone system names them, and who of them a caller may know."""

from sqlalchemy import ColumnElement, false, or_, select

from services.gateway.account import external_rows
from services.gateway.account.account_store import lock_account
from services.gateway.account.schemas import (
    EmployeeIn,
    EmployeeOut,
    GroupIn,
    GroupOut,
    ListQuery,
)
from shared.db.tables import employees, groups, legs
from shared.http.routes import Answer, Call, Routes
from shared.http.schemas import Page
from shared.permissions import Caller, Permission, Sees

routes = Routes("people")

_REFERRED = {409: "Calls or people refer to it."}


@routes.get("/groups", permission=Permission.CALLS)
def list_groups(call: Call, query: ListQuery) -> Page[GroupOut]:
    """List the groups whose calls the caller may see."""
    with call.parts.database.read() as connection:
        rows = external_rows.list_rows(
            connection,
            groups,
            call.account_id,
            call.position(query),
            query.limit + 1,
            *_known_groups(call.caller),
        )
    items = [GroupOut.model_validate(row) for row in rows]
    return call.page(Page[GroupOut], query, items, lambda group: (group.id,))


@routes.put(
    "/groups/{external_id:path}", permission=Permission.SETTINGS, statuses={201: "It was made."}
)
def put_group(call: Call, external_id: str, body: GroupIn) -> Answer[GroupOut]:
    """Make a group, or replace what is known of it."""
    values = body.model_dump()
    if "retention_days" not in body.model_fields_set:
        # To forget it by not naming it would destroy calls.
        del values["retention_days"]
    with call.parts.database.write() as connection:
        lock_account(connection, call.account_id)
        before = external_rows.find_row(connection, groups, call.account_id, external_id)
        kept = before.retention_days if before else None
        if values.get("retention_days", kept) != kept:
            call.caller.require(Permission.RETENTION)
        row, made = external_rows.put_row(
            connection, groups, call.account_id, external_id, values, once={}
        )
    return Answer(GroupOut.model_validate(row), status=201 if made else 200)


@routes.delete("/groups/{external_id:path}", permission=Permission.SETTINGS, problems=_REFERRED)
def delete_group(call: Call, external_id: str) -> None:
    """Remove a group that no call refers to; its people stay."""
    with call.parts.database.write() as connection:
        external_rows.delete_row(connection, groups, call.account_id, external_id)


@routes.get("/employees", permission=Permission.CALLS)
def list_employees(call: Call, query: ListQuery) -> Page[EmployeeOut]:
    """List the employees whose calls the caller may see."""
    with call.parts.database.read() as connection:
        rows = external_rows.list_rows(
            connection,
            employees,
            call.account_id,
            call.position(query),
            query.limit + 1,
            *_known_employees(call.caller),
        )
    items = [EmployeeOut.model_validate(row) for row in rows]
    return call.page(Page[EmployeeOut], query, items, lambda employee: (employee.id,))


@routes.put(
    "/employees/{external_id:path}",
    permission=Permission.SETTINGS,
    statuses={201: "It was made."},
)
def put_employee(call: Call, external_id: str, body: EmployeeIn) -> Answer[EmployeeOut]:
    """Make an employee, or replace what is known of them."""
    with call.parts.database.write() as connection:
        row, made = external_rows.put_row(
            connection, employees, call.account_id, external_id, body.model_dump(), once={}
        )
    return Answer(EmployeeOut.model_validate(row), status=201 if made else 200)


@routes.delete("/employees/{external_id:path}", permission=Permission.SETTINGS, problems=_REFERRED)
def delete_employee(call: Call, external_id: str) -> None:
    """Remove an employee that no call or person refers to."""
    with call.parts.database.write() as connection:
        external_rows.delete_row(connection, employees, call.account_id, external_id)


def _known_groups(caller: Caller) -> list[ColumnElement[bool]]:
    return [] if caller.sees is Sees.ALL else [groups.c.id.in_(sorted(caller.group_ids))]


def _known_employees(caller: Caller) -> list[ColumnElement[bool]]:
    if caller.sees is Sees.ALL:
        return []
    known: list[ColumnElement[bool]] = [employees.c.id == caller.employee_id]
    if caller.sees is Sees.GROUPS:
        of_groups = select(legs.c.employee_id).where(
            legs.c.account_id == caller.account_id, legs.c.group_id.in_(sorted(caller.group_ids))
        )
        known.append(employees.c.id.in_(of_groups))
    return [or_(false(), *known)]
