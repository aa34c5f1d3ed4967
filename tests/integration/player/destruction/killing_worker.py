"""A player worker that is killed between the phases: right before it removes its first object."""

import os
import signal
import sys
from pathlib import Path

from services.commands.worker import handlers_of
from shared.db.session import Database
from shared.queue.runner import Parts
from shared.queue.worker import run_worker
from shared.settings import load_settings
from shared.storage.disk import DiskStore


class DeadlyStore(DiskStore):
    """Kills its process instead of removing an object."""

    def delete(self, name: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings = load_settings()
    parts = Parts(settings, Database(settings.database_address), DeadlyStore(Path(sys.argv[1])))
    run_worker(parts, handlers_of("player"), sort="player")
