"""Which contacts a caller sees: one condition, on both databases."""

import pytest
from sqlalchemy import select

from shared.contacts.visibility import visible
from shared.db.session import Database
from shared.db.tables import contacts, employees, groups, legs
from shared.permissions import Caller, Permission, Sees
from tests.rows import add, add_account, add_contact, add_source

ME, OTHER = 1, 2
SALES, SUPPORT = 1, 2


@pytest.fixture
def account(database: Database) -> int:
    """Calls of two people and two groups, a transferred one among them, and a stranger's call."""
    with database.write() as connection:
        account_id = add_account(connection)
        source = add_source(connection, account_id)
        for name in ("me", "other"):
            add(connection, employees, account_id=account_id, external_id=name, name=name)
        for name in ("sales", "support"):
            add(connection, groups, account_id=account_id, external_id=name, name=name)
        calls = {
            "mine": [(ME, SALES)],
            "others": [(OTHER, SUPPORT)],
            "transferred": [(ME, SALES), (OTHER, SUPPORT)],
        }
        for name, parts in calls.items():
            last_employee, last_group = parts[-1]
            contact = add_contact(
                connection,
                account_id,
                source,
                name,
                employee_id=last_employee,
                group_id=last_group,
            )
            for position, (employee, group) in enumerate(parts):
                add(
                    connection,
                    legs,
                    account_id=account_id,
                    contact_id=contact,
                    external_id=f"{name}-{position}",
                    position=position,
                    started_at_ms=0,
                    employee_id=employee,
                    group_id=group,
                )
        add_contact(connection, account_id, source, "nobodys")
        stranger = add_account(connection, "Лютик")
        add_contact(connection, stranger, add_source(connection, stranger), "strangers")
    return account_id


ALL = {"mine", "others", "transferred", "nobodys"}


@pytest.mark.parametrize(
    ("sees", "group_ids", "employee_id", "own", "wanted"),
    [
        pytest.param(Sees.ALL, set(), None, False, ALL, id="all"),
        pytest.param(Sees.GROUPS, {SALES}, None, False, {"mine", "transferred"}, id="group"),
        pytest.param(
            Sees.GROUPS,
            {SALES, SUPPORT},
            None,
            False,
            {"mine", "others", "transferred"},
            id="groups",
        ),
        pytest.param(Sees.GROUPS, set(), None, False, set(), id="no-group"),
        pytest.param(Sees.GROUPS, set(), ME, False, set(), id="supervisor-without-switch"),
        pytest.param(
            Sees.GROUPS, set(), ME, True, {"mine", "transferred"}, id="supervisor-with-own"
        ),
        pytest.param(Sees.OWN, {SALES}, ME, False, set(), id="operator-without-switch"),
        pytest.param(
            Sees.OWN, {SUPPORT}, ME, True, {"mine", "transferred"}, id="operator-with-switch"
        ),
        pytest.param(Sees.OWN, {SALES}, None, True, set(), id="not-an-employee"),
    ],
)
def test_visible(
    database: Database,
    account: int,
    sees: Sees,
    group_ids: set[int],
    employee_id: int | None,
    own: bool,  # noqa: FBT001 - a column of the table
    wanted: set[str],
) -> None:
    caller = Caller(
        account,
        "user:1",
        frozenset({Permission.CALLS}),
        sees,
        employee_id=employee_id,
        group_ids=frozenset(group_ids),
        own_calls_visible=own,
    )
    with database.read() as connection:
        seen = connection.execute(select(contacts.c.external_id).where(visible(caller))).scalars()
        assert set(seen) == wanted
