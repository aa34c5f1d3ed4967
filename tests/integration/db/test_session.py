"""What the database's errors tell whoever reads the log."""

import pytest
from sqlalchemy.exc import IntegrityError

from shared.db.session import Database
from tests.rows import add_account, add_source


def test_an_error_does_not_tell_what_was_to_be_stored(database: Database) -> None:
    """Unexpected errors are logged, and stand in `error_message` of jobs: they hold no row."""
    with database.write() as connection:
        account_id = add_account(connection)
        add_source(connection, account_id, "pbx")
    with pytest.raises(IntegrityError) as caught, database.write() as connection:
        add_source(connection, account_id, "pbx", time_zone="+79990001122")
    assert "INSERT INTO sources" in str(caught.value)
    assert "+79990001122" not in str(caught.value)
