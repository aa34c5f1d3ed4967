"""`tematika doctor`: checks settings, database, broker, storage and model, and says what is wrong."""

import sys
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from services.transcribe.check import check_model
from shared.db.migrate import current_revision, head_revision, require_current
from shared.db.session import Database
from shared.errors import TematikaError
from shared.logs import configure_logging
from shared.queue.broker import check_broker
from shared.settings import Settings, load_settings
from shared.storage.opening import open_store


def _database(settings: Settings) -> str:
    database = Database(settings.database_address)
    if not settings.database_url and not (settings.data_dir / "tematika.db").exists():
        return "not made yet: `tematika init` makes it"
    database.clock_ms()
    require_current(database)
    return f"{database.dialect}, schema {current_revision(database)} of {head_revision()}"


def _broker(settings: Settings) -> str:
    check_broker(settings)
    return "embedded: workers feed themselves" if settings.embedded else "answers"


def _storage(settings: Settings) -> str:
    store = open_store(settings)
    store.check()
    where = settings.objects_path if settings.storage == "disk" else settings.s3_bucket
    return f"{settings.storage}: {where}, wrote, read and deleted a probe"


def _model(settings: Settings) -> str:
    if not settings.speech_model:
        return "none set: only an account bound to a model of its own (the demo) is recognised"
    return check_model(settings, settings.speech_model)


CHECKS: tuple[tuple[str, Callable[[Settings], str]], ...] = (
    ("database", _database),
    ("broker", _broker),
    ("storage", _storage),
    ("model", _model),
)


@click.command()
def doctor() -> None:
    """Check settings, database, broker, storage and model; exit 1 when something is wrong."""
    console = Console()
    table = Table("part", "state", "what was found", title="tematika doctor")
    try:
        settings = load_settings()
    except TematikaError as error:
        table.add_row("settings", "[red]wrong[/]", error.detail)
        console.print(table)
        sys.exit(1)
    configure_logging(settings.model_copy(update={"log_level": "error"}))
    table.add_row("settings", "[green]ok[/]", "all known and well-formed")
    healthy = True
    for name, check in CHECKS:
        try:
            table.add_row(name, "[green]ok[/]", check(settings))
        except TematikaError as error:
            healthy = False
            table.add_row(name, "[red]wrong[/]", error.detail)
    console.print(table)
    sys.exit(0 if healthy else 1)
