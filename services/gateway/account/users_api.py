"""People who sign in: made, changed, switched off; never deleted, since marks name them."""

from typing import Any

from sqlalchemy import Connection, Row

from services.gateway.access.passwords import hash_password
from services.gateway.access.session_store import close_sessions
from services.gateway.account import users_store
from services.gateway.account.roles_api import refuse_excess
from services.gateway.account.roles_store import find_role
from services.gateway.account.schemas import ListQuery, UserIn, UserOut, UserPatch
from services.gateway.accounts import add_user
from shared.errors import Conflict, InvalidInput
from shared.http.body import refuse_nulls
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import OWNER, Permission

routes = Routes("users")


@routes.get("/users", permission=Permission.SETTINGS)
def list_users(call: Call, query: ListQuery) -> Page[UserOut]:
    """List people, those switched off too."""
    with call.parts.database.read() as connection:
        rows = users_store.list_users(
            connection, call.account_id, call.position(query), query.limit + 1
        )
        items = _people(connection, call.account_id, rows)
    return call.page(Page[UserOut], query, items, lambda user: (user.id,))


@routes.get("/users/{user_id}", permission=Permission.SETTINGS)
def read_user(call: Call, user_id: int) -> UserOut:
    """Read a person."""
    with call.parts.database.read() as connection:
        return _read(connection, call.account_id, user_id)


@routes.post(
    "/users", permission=Permission.SETTINGS, status=201, problems={409: "The login is taken."}
)
def create_user(call: Call, body: UserIn) -> UserOut:
    """Let a person sign in. Nobody can give a role that may do more than they may themselves."""
    # Before the transaction: hashing is slow, and writers wait for one another.
    password_hash = hash_password(body.password)
    with call.parts.database.write() as connection:
        _refuse_role(call, connection, body.role)
        employee_id = None
        if body.employee is not None:
            employee_id = users_store.employee_id(connection, call.account_id, body.employee)
        user_id = add_user(
            connection,
            account_id=call.account_id,
            login=body.login,
            password_hash=password_hash,
            name=body.name,
            role=body.role,
            employee_id=employee_id,
        )
        users_store.set_groups(connection, call.account_id, user_id, body.groups)
        return _read(connection, call.account_id, user_id)


@routes.patch(
    "/users/{user_id}",
    permission=Permission.SETTINGS,
    problems={409: "The account would be left without an owner who can sign in."},
)
def change_user(call: Call, user_id: int, body: UserPatch) -> UserOut:
    """Change a person; a new password or switching off ends their sessions."""
    refuse_nulls(body, nullable=["employee"])
    sent = body.model_dump(exclude_unset=True)
    password_hash = hash_password(body.password) if body.password is not None else None
    with call.parts.database.write() as connection:
        users_store.lock_people(connection, call.account_id)
        before = users_store.read_user(connection, call.account_id, user_id)
        # Whoever may do more than the caller is not the caller's to change.
        _refuse_role(call, connection, before.role)
        changes: dict[str, Any] = {
            name: sent[name] for name in ("name", "role", "active") if name in sent
        }
        if "role" in changes:
            _refuse_role(call, connection, changes["role"])
        if password_hash is not None:
            changes["password_hash"] = password_hash
        if "employee" in sent:
            changes["employee_id"] = sent["employee"] and users_store.employee_id(
                connection, call.account_id, sent["employee"]
            )
        users_store.change_user(connection, call.account_id, user_id, changes)
        if "groups" in sent:
            users_store.set_groups(connection, call.account_id, user_id, sent["groups"])
        if "password" in sent or sent.get("active") is False:
            close_sessions(connection, account_id=call.account_id, user_id=user_id)
        if not users_store.active_with_role(connection, call.account_id, OWNER):
            raise Conflict("the account would be left without an owner who can sign in")
        return _read(connection, call.account_id, user_id)


def _refuse_role(call: Call, connection: Connection, name: str) -> None:
    role = find_role(connection, call.account_id, name)
    if role is None:
        reason = f"the account has no role {name!r}"
        raise InvalidInput(reason, [("role", reason)])
    refuse_excess(call.caller, role.permissions)


def _read(connection: Connection, account_id: int, user_id: int) -> UserOut:
    row = users_store.read_user(connection, account_id, user_id)
    return _people(connection, account_id, [row])[0]


def _people(connection: Connection, account_id: int, rows: list[Row[Any]]) -> list[UserOut]:
    of_user = users_store.groups_of(connection, account_id, [row.id for row in rows])
    return [UserOut(**row._mapping, groups=of_user[row.id]) for row in rows]
