"""SQL of people who sign in: their row, their groups, the employee they are."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from shared.db.tables import accounts, employees, groups, user_groups, users
from shared.errors import InvalidInput, NotFound
from shared.paging import Position, beyond

_SELECT = select(
    users.c.id,
    users.c.login,
    users.c.name,
    users.c.role,
    users.c.active,
    users.c.created_at_ms.label("created_at"),
    employees.c.external_id.label("employee"),
).outerjoin(
    employees,
    and_(employees.c.account_id == users.c.account_id, employees.c.id == users.c.employee_id),
)


def list_users(
    connection: Connection, account_id: int, position: Position | None, limit: int
) -> list[Row[Any]]:
    """People of the account in the order of making."""
    return list(
        connection.execute(
            _SELECT.where(users.c.account_id == account_id)
            .where(*beyond([users.c.id], position, descending=False))
            .order_by(users.c.id)
            .limit(limit)
        )
    )


def read_user(connection: Connection, account_id: int, user_id: int) -> Row[*tuple[Any, ...]]:
    """One person; NotFound if the account has none of that id."""
    row = connection.execute(
        _SELECT.where(users.c.account_id == account_id, users.c.id == user_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no user {user_id}")
    return row


def groups_of(
    connection: Connection, account_id: int, user_ids: Collection[int]
) -> dict[int, list[str]]:
    """External ids of the groups of each of these people."""
    found: dict[int, list[str]] = {user_id: [] for user_id in user_ids}
    rows = connection.execute(
        select(user_groups.c.user_id, groups.c.external_id)
        .join(
            groups,
            and_(
                groups.c.account_id == user_groups.c.account_id,
                groups.c.id == user_groups.c.group_id,
            ),
        )
        .where(user_groups.c.account_id == account_id, user_groups.c.user_id.in_(user_ids))
        .order_by(groups.c.id)
    )
    for row in rows:
        found[row.user_id].append(row.external_id)
    return found


def set_groups(
    connection: Connection, account_id: int, user_id: int, external_ids: Collection[str]
) -> None:
    """Make these the person's groups; InvalidInput for one that the account lacks."""
    rows = connection.execute(
        select(groups.c.id, groups.c.external_id).where(
            groups.c.account_id == account_id, groups.c.external_id.in_(set(external_ids))
        )
    ).all()
    missing = sorted(set(external_ids) - {row.external_id for row in rows})
    if missing:
        reason = f"the account has no group {missing[0]!r}"
        raise InvalidInput(reason, [("groups", reason)])
    connection.execute(
        delete(user_groups).where(
            user_groups.c.account_id == account_id, user_groups.c.user_id == user_id
        )
    )
    if rows:
        connection.execute(
            insert(user_groups),
            [{"account_id": account_id, "user_id": user_id, "group_id": row.id} for row in rows],
        )


def employee_id(connection: Connection, account_id: int, external_id: str) -> int:
    """Id of an employee; InvalidInput if the account has none of that external id."""
    found = connection.execute(
        select(employees.c.id).where(
            employees.c.account_id == account_id, employees.c.external_id == external_id
        )
    ).scalar_one_or_none()
    if found is None:
        reason = f"the account has no employee {external_id!r}"
        raise InvalidInput(reason, [("employee", reason)])
    return int(found)


def lock_people(connection: Connection, account_id: int) -> None:
    """Let one change of the account's people follow another: two could each take the last owner."""
    connection.execute(
        select(accounts.c.id).where(accounts.c.id == account_id).with_for_update()
    ).one()


def change_user(
    connection: Connection, account_id: int, user_id: int, changes: Mapping[str, Any]
) -> None:
    """Change columns of a person's row."""
    if changes:
        connection.execute(
            update(users)
            .where(users.c.account_id == account_id, users.c.id == user_id)
            .values(dict(changes))
        )


def active_with_role(connection: Connection, account_id: int, role: str) -> int:
    """How many people of a role may sign in; ask it under `lock_people`."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(users)
            .where(users.c.account_id == account_id, users.c.role == role, users.c.active.is_(True))
        ).scalar_one()
    )
