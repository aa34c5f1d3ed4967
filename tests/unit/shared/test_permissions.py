"""The permission table that every account starts with, said out loud."""

import pytest

from shared.errors import Forbidden
from shared.permissions import DEFAULT_ROLES, ROLE_PERMISSIONS, Caller, Permission, Sees

P = Permission
HEARING = {P.CALLS, P.SOUND, P.TRANSCRIPT, P.HITS}

TABLE = [
    ("owner", Sees.ALL, set(ROLE_PERMISSIONS)),
    ("admin", Sees.ALL, set(ROLE_PERMISSIONS)),
    ("manager", Sees.ALL, set(ROLE_PERMISSIONS) - {P.SETTINGS, P.RETENTION, P.AUDIT_LOG}),
    ("quality", Sees.ALL, HEARING | {P.TOPICS_EDIT, P.RUNS_APPLY, P.MARKS_EDIT}),
    ("supervisor", Sees.GROUPS, HEARING),
    ("operator", Sees.OWN, HEARING),
]


@pytest.mark.parametrize(("name", "sees", "permissions"), TABLE, ids=[row[0] for row in TABLE])
def test_default_role(name: str, sees: Sees, permissions: set[Permission]) -> None:
    role = DEFAULT_ROLES[name]
    assert role.sees is sees
    assert role.permissions == permissions


def test_there_are_no_other_roles() -> None:
    assert list(DEFAULT_ROLES) == [row[0] for row in TABLE]


def test_intake_is_for_machines_only() -> None:
    assert P.INTAKE not in ROLE_PERMISSIONS
    assert len(ROLE_PERMISSIONS) == len(P) - 1


def test_requirement_names_the_permission() -> None:
    caller = Caller(1, "user:1", frozenset({P.CALLS}), Sees.ALL)
    caller.require(P.CALLS)
    assert not caller.may(P.PRICE)
    with pytest.raises(Forbidden, match="`price`"):
        caller.require(P.PRICE)
