"""One migration head; the migrated schema is the tables' on both databases; the way back works."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.db.migrate import alembic_config, require_current, upgrade
from shared.db.session import Database
from shared.db.tables import metadata


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    require_current(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrade_is_repeatable_and_downgrade_works(database: Database) -> None:
    config = alembic_config(database)
    command.downgrade(config, "base")
    upgrade(database)
    upgrade(database)
    require_current(database)
