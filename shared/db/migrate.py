"""Brings a database to the newest schema, from code: no alembic.ini, no shell."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.db.session import Database
from shared.errors import SettingsError

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(database: Database | None = None) -> Config:
    """Alembic's configuration bound to `database`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Run the migrations that are missing; concurrent callers wait for each other."""
    command.upgrade(alembic_config(database), "head")


def head_revision() -> str:
    """Revision this program was written for."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise SettingsError("the program carries no migrations")
    return head


def current_revision(database: Database) -> str | None:
    """Revision of the database, None when it is empty."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise SettingsError, saying what to run, unless the database is at this program's schema."""
    current, head = current_revision(database), head_revision()
    if current != head:
        raise SettingsError(
            f"the database is at schema {current or 'none'}, this program needs {head}: "
            "run `tematika migrate`"
        )
