"""Making an account is one whole step or none."""

import pytest
from sqlalchemy import func, select

from services.gateway.accounts import create_account
from shared.db.session import Database
from shared.db.tables import accounts, lexicon_counters, roles, sources, tokens, users
from shared.errors import Conflict, InvalidInput
from tests.gateway_client import PASSWORD

TABLES = (accounts, lexicon_counters, roles, sources, tokens, users)


def counts(database: Database) -> list[int]:
    with database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        ]


def make(database: Database, login: str, password: str = PASSWORD) -> None:
    with database.write() as connection:
        create_account(connection, name="a", owner_login=login, owner_password=password)


def test_account_has_all_it_needs(database: Database) -> None:
    make(database, "anna")
    assert counts(database) == [1, 1, 6, 1, 1, 1]


def test_taken_login_leaves_nothing(database: Database) -> None:
    make(database, "anna")
    before = counts(database)
    with pytest.raises(Conflict, match="taken"):
        make(database, " ANNA ")
    assert counts(database) == before


def test_short_password_leaves_nothing(database: Database) -> None:
    with pytest.raises(InvalidInput, match="8 characters"):
        make(database, "anna", "short")
    assert counts(database) == [0] * len(TABLES)
