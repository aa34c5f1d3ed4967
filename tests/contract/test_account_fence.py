"""The fence that watches every statement in every test can tell good from bad."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from shared.db.tables import accounts, contacts, hits, jobs, legs, marks
from tests.account_fence import unbound

m = marks.alias("m")


@pytest.mark.parametrize(
    ("statement", "loose"),
    [
        pytest.param(select(contacts.c.id), {"contacts"}, id="all rows"),
        pytest.param(select(contacts).where(contacts.c.id == 1), {"contacts"}, id="by id only"),
        pytest.param(select(contacts).where(contacts.c.account_id == 1), set(), id="bound"),
        pytest.param(select(accounts.c.id), set(), id="the accounts themselves"),
        pytest.param(
            select(hits)
            .join(marks, (marks.c.account_id == hits.c.account_id) & (marks.c.id == hits.c.mark_id))
            .where(marks.c.account_id == 1),
            set(),
            id="bound through a join",
        ),
        pytest.param(
            select(hits).join(marks, marks.c.id == hits.c.mark_id).where(marks.c.account_id == 1),
            {"hits"},
            id="join by id only",
        ),
        pytest.param(
            select(contacts).where(
                contacts.c.account_id == 1, select(m.c.id).where(m.c.contact_id == 1).exists()
            ),
            {"m"},
            id="subquery over every account",
        ),
        pytest.param(update(jobs).values(state="x"), {"jobs"}, id="update of all"),
        pytest.param(
            update(jobs).where(jobs.c.account_id == 1).values(state="x"), set(), id="update bound"
        ),
        pytest.param(delete(legs).where(legs.c.id == 1), {"legs"}, id="delete by id only"),
        pytest.param(insert(legs).values(contact_id=1), {"legs"}, id="insert without account"),
        pytest.param(insert(legs).values(account_id=1), set(), id="insert with account"),
    ],
)
def test_unbound(statement: Any, loose: set[str]) -> None:
    assert unbound(statement) == loose
