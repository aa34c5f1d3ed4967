"""`tematika worker`: one worker process of one sort."""

import threading
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click
import structlog

from services.commands.assemble import assemble
from services.player.destruction.daily import start_daily_runs
from shared.domain.pipeline import STAGES, WORKERS, kinds_of
from shared.errors import Unavailable
from shared.parent import die_with_parent
from shared.queue.runner import Handler, Parts
from shared.queue.worker import run_worker
from shared.storage.unreferenced import sweep_unreferenced

log = structlog.get_logger(__name__)

# Unreferenced objects only cost room.
SWEEP_OBJECTS_EVERY_S = 3600.0
# What falls due is looked for once a day; so late after midnight at most.
LOOK_FOR_DUE_EVERY_S = 600.0

# Which module does a sort of worker's stages; imported only by that sort.
DOORS = MappingProxyType({sort: f"services.{sort}.tasks" for sort in WORKERS})


def handlers_of(sort: str) -> Mapping[str, Handler]:
    """Handlers of every kind of job that one sort of worker does."""
    return {
        kind: import_module(DOORS[STAGES[kind].worker]).HANDLERS[kind] for kind in kinds_of(sort)
    }


@click.command()
@click.argument("sort", type=click.Choice([*WORKERS, "all"]))
@click.option(
    "--with-parent", is_flag=True, hidden=True, help="Stop when the process that started it ends."
)
def worker(sort: str, *, with_parent: bool) -> None:
    """Start a worker: transcribe, topics, player, or all three in one process."""
    if with_parent:
        die_with_parent()
    parts = assemble()
    if sort in ("player", "all"):
        threading.Thread(
            target=_sweep_objects, args=(parts,), name="sweep-objects", daemon=True
        ).start()
        threading.Thread(target=_destroy_due, args=(parts,), name="retention", daemon=True).start()
    run_worker(parts, handlers_of(sort), sort=sort)


def _destroy_due(parts: Parts) -> None:
    pause = threading.Event()
    while True:
        try:
            start_daily_runs(parts.database)
        except Unavailable as error:
            log.warning("retention-not-started", code=error.code, detail=error.detail)
        pause.wait(LOOK_FOR_DUE_EVERY_S)


def _sweep_objects(parts: Parts) -> None:
    pause = threading.Event()
    while not pause.wait(SWEEP_OBJECTS_EVERY_S):
        try:
            removed = sweep_unreferenced(parts.database, parts.store)
        except Unavailable as error:
            log.warning("objects-not-swept", code=error.code, detail=error.detail)
        else:
            log.info("objects-swept", removed=removed)
