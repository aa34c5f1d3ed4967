"""`tematika serve`: the gateway and, in embedded mode, one worker process of each sort beside it."""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

import click
import structlog

from services.commands.assemble import assemble
from shared.db.migrate import upgrade
from shared.domain.pipeline import WORKERS
from shared.settings import load_settings

log = structlog.get_logger(__name__)

STOP_WITHIN_S = 10
# A worker that ends at once every time must not spin.
RESTART_AFTER_S = 2.0


class Workers:
    """Keeps one worker process of each sort alive until told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._thread = threading.Thread(target=self._watch, name="workers", daemon=True)

    def start(self) -> None:
        """Start all workers and the thread that restarts those that end."""
        for sort in WORKERS:
            self._begin(sort)
        self._thread.start()

    def stop(self) -> None:
        """Let running jobs end for a while, then kill: a lease gives an unfinished job to the next run."""
        self._stop.set()
        self._thread.join(timeout=5)
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _begin(self, sort: str) -> None:
        self._processes[sort] = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "worker", sort, "--with-parent"],
            stdin=subprocess.DEVNULL,
        )

    def _watch(self) -> None:
        while not self._stop.wait(RESTART_AFTER_S):
            for sort, process in list(self._processes.items()):
                status = process.poll()
                if status is not None:
                    log.warning("worker-ended", worker=sort, status=status)
                    self._begin(sort)


@click.command()
@click.option("--workers/--no-workers", default=None, help="Default: workers in embedded mode.")
def serve(*, workers: bool | None) -> None:
    """Start the gateway; in embedded mode the workers too, one process of each sort."""
    settings = load_settings()
    if settings.embedded and not settings.database_url:
        # The embedded database belongs to this one program: nobody has to migrate it by hand.
        parts = assemble(settings, any_schema=True)
        upgrade(parts.database)
        parts.store.prepare()
    parts = assemble(settings)
    parts.database.close()
    beside = Workers() if (settings.embedded if workers is None else workers) else None
    # gunicorn takes over this process's signals, so the gateway runs in a child of its own.
    gateway = subprocess.Popen(
        [sys.executable, "-m", "services.gateway.serve"], stdin=subprocess.DEVNULL
    )

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        gateway.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGINT, forward)
    if beside:
        beside.start()
    try:
        status = gateway.wait()
    finally:
        if beside:
            beside.stop()
    sys.exit(0 if status in (0, -signal.SIGTERM, -signal.SIGINT) else os.EX_SOFTWARE)
