"""Long lists of ids, side by side or with gaps, are the same condition as short ones."""

import pytest
from sqlalchemy import insert, select

from shared.db.among import among
from shared.db.session import Database
from shared.db.tables import lexicon
from tests.rows import add_account

STORED = 300


@pytest.fixture
def account_id(database: Database) -> int:
    """An account with words of the numbers 0 to STORED, every seventh missing."""
    with database.write() as connection:
        account_id = add_account(connection)
        words = [n for n in range(STORED) if n % 7]
        connection.execute(
            insert(lexicon),
            [{"account_id": account_id, "word_no": n, "form": str(n)} for n in words],
        )
    return account_id


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([], id="none"),
        pytest.param([5], id="one"),
        pytest.param([*range(10, 200)], id="side-by-side"),
        pytest.param([*range(199, 9, -1)], id="falling"),
        pytest.param([n for n in range(10, 200) if n % 10], id="few-gaps"),
        pytest.param([n for n in range(10, 200) if n % 3], id="many-gaps"),
        pytest.param([*range(10, 100), *range(10, 100)], id="twice"),
        pytest.param([12] * 100, id="always-the-same"),
        pytest.param([-5, *range(250, 400)], id="far-away"),
        pytest.param([*range(-40, 400)], id="more-than-there-are"),
    ],
)
def test_among(database: Database, account_id: int, ids: list[int]) -> None:
    with database.read() as connection:
        found = connection.execute(
            select(lexicon.c.word_no).where(
                lexicon.c.account_id == account_id, among(connection, lexicon.c.word_no, ids)
            )
        ).scalars()
        assert sorted(found) == sorted({n for n in ids if 0 <= n < STORED and n % 7})
