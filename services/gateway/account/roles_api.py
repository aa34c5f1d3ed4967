"""The permission table of the account: which role may do what."""

import re

from services.gateway.account.roles_store import delete_role, find_role, list_roles, put_role
from services.gateway.account.schemas import RoleIn, RoleOut, RolesOut
from shared.errors import Conflict, Forbidden, InvalidInput
from shared.http.routes import Answer, Call, Routes
from shared.permissions import OWNER, ROLE_PERMISSIONS, Caller, Permission, Role, Sees

routes = Routes("roles")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@routes.get("/roles", permission=Permission.SETTINGS)
def list_all(call: Call) -> RolesOut:
    """Read the permission table."""
    with call.parts.database.read() as connection:
        return RolesOut(roles=[_role(role) for role in list_roles(connection, call.account_id)])


@routes.put("/roles/{name}", permission=Permission.SETTINGS, statuses={201: "It was made."})
def put(call: Call, name: str, body: RoleIn) -> Answer[RoleOut]:
    """Make a role or replace its permissions.

    The owner role keeps `settings` and sees everything, or nobody could ever change it back. Nobody
    can put into a role, or take out of one, what they do not hold themselves. A role with `settings`
    sees everything: its people could make themselves a token or a role that does.
    """
    permissions = frozenset(body.permissions)
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "a role's name has 1 to 32 small Latin letters, digits and hyphens",
            [("path.name", "not a name of a role")],
        )
    if permissions - ROLE_PERMISSIONS:
        reason = "`intake` is for tokens, not for roles"
        raise InvalidInput(reason, [("permissions", reason)])
    if name == OWNER and (Permission.SETTINGS not in permissions or body.sees is not Sees.ALL):
        raise Conflict("the owner role cannot lose `settings` or see less than everything")
    if Permission.SETTINGS in permissions and body.sees is not Sees.ALL:
        reason = "must be `all` in a role with `settings`"
        raise InvalidInput(f"sees {reason}", [("sees", reason)])
    with call.parts.database.write() as connection:
        before = find_role(connection, call.account_id, name)
        changed = permissions ^ (before.permissions if before else frozenset())
        refuse_excess(call.caller, changed)
        put_role(connection, call.account_id, name, permissions, body.sees)
    return Answer(_role(Role(name, permissions, body.sees)), status=200 if before else 201)


@routes.delete("/roles/{name}", permission=Permission.SETTINGS, problems={409: "People have it."})
def delete(call: Call, name: str) -> None:
    """Remove a role that nobody has; the owner role stays."""
    if name == OWNER:
        raise Conflict("the owner role cannot be removed")
    with call.parts.database.write() as connection:
        delete_role(connection, call.account_id, name)


def refuse_excess(caller: Caller, permissions: frozenset[Permission]) -> None:
    """Forbidden when a caller would give or take what they do not hold."""
    excess = permissions - caller.permissions
    if excess:
        names = ", ".join(f"`{name}`" for name in sorted(excess))
        raise Forbidden(f"the caller does not hold {names}")


def _role(role: Role) -> RoleOut:
    return RoleOut(name=role.name, permissions=sorted(role.permissions), sees=role.sees)
