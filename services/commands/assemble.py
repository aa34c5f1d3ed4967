"""Puts the parts of one process together from its settings."""

from shared.db.migrate import require_current
from shared.db.session import Database
from shared.logs import configure_logging
from shared.queue.runner import Parts
from shared.settings import Settings, load_settings
from shared.storage.opening import open_store


def assemble(
    settings: Settings | None = None, *, pool_size: int = 0, any_schema: bool = False
) -> Parts:
    """Read the settings, set up logging, and connect database and store.

    Raises SettingsError when a setting is wrong or the schema is not this program's, unless
    `any_schema`.
    """
    settings = settings or load_settings()
    configure_logging(settings)
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_address, pool_size=pool_size)
    if not any_schema:
        require_current(database)
    return Parts(settings=settings, database=database, store=open_store(settings))
