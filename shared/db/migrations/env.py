"""Alembic's entry: runs the migrations on the Database handed over by shared/db/migrate.py."""

from alembic import context
from sqlalchemy import text

from shared.db.session import Database
from shared.db.tables import metadata

# Any constant will do: it keeps two hosts from migrating one PostgreSQL at once.
LOCK = 7_301_952


def run() -> None:
    """Migrate in one transaction, holding a lock that other migrations wait for."""
    database: Database = context.config.attributes["database"]
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        context.run_migrations()


run()
