"""A worker process with a trivial handler: waits for a file, then adds one to the contact's speech_ms."""

import sys
import time
from pathlib import Path

from sqlalchemy import Connection, update

from shared.db.session import Database
from shared.db.tables import contacts
from shared.queue.runner import Finish, JobContext, Parts
from shared.queue.worker import run_worker
from shared.settings import load_settings
from shared.storage.disk import DiskStore


def handle(context: JobContext) -> Finish:
    go = context.parts.settings.data_dir / "go"
    deadline = time.monotonic() + 60
    while not go.exists() and time.monotonic() < deadline:
        context.progress(0.5)
        time.sleep(0.02)

    def finish(connection: Connection) -> None:
        connection.execute(
            update(contacts)
            .where(
                contacts.c.account_id == context.job.account_id,
                contacts.c.id == context.job.subject_id,
            )
            .values(speech_ms=contacts.c.speech_ms + 1)
        )

    return finish


if __name__ == "__main__":
    settings = load_settings()
    parts = Parts(settings, Database(settings.database_address), DiskStore(Path(sys.argv[1])))
    run_worker(parts, {"tag": handle}, sort="topics")
