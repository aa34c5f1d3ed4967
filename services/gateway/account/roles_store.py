"""SQL of roles: the account's permission table."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from shared.db.tables import roles, users
from shared.db.upsert import insert_or_update
from shared.errors import Conflict, NotFound
from shared.permissions import Permission, Role, Sees


def list_roles(connection: Connection, account_id: int) -> list[Role]:
    """Every role of the account, in the order of making."""
    rows = connection.execute(
        select(roles).where(roles.c.account_id == account_id).order_by(roles.c.id)
    )
    known = set(Permission)
    return [
        Role(
            row.name,
            frozenset(Permission(name) for name in row.permissions if name in known),
            Sees(row.sees),
        )
        for row in rows
    ]


def find_role(connection: Connection, account_id: int, name: str) -> Role | None:
    """The role of that name, if the account has one."""
    return next((role for role in list_roles(connection, account_id) if role.name == name), None)


def put_role(
    connection: Connection,
    account_id: int,
    name: str,
    permissions: Iterable[Permission],
    sees: Sees,
) -> None:
    """Make a role or replace it."""
    values = {"permissions": sorted(permissions), "sees": sees}
    insert_or_update(
        connection,
        roles,
        [roles.c.account_id, roles.c.name],
        {"account_id": account_id, "name": name, **values},
        values,
    )


def delete_role(connection: Connection, account_id: int, name: str) -> None:
    """Remove a role; Conflict while a person has it."""
    used = connection.execute(
        select(users.c.id).where(users.c.account_id == account_id, users.c.role == name).limit(1)
    ).first()
    if used is not None:
        raise Conflict(f"people have the role {name!r}")
    done = connection.execute(
        delete(roles).where(roles.c.account_id == account_id, roles.c.name == name)
    )
    if done.rowcount == 0:
        raise NotFound(f"there is no role {name!r}")
