"""How much sound has left this process and is not in the audit log yet."""

import atexit
import threading

import structlog

from shared import audit
from shared.audit import Heard
from shared.db.session import Database
from shared.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)

WRITTEN_EVERY_S = 5.0


class ServedSound:
    """Gathers what many range requests of one listening send, so that each costs no write.

    It is written after WRITTEN_EVERY_S at most and when the process ends. Lost is at most that much
    listening, when the process is killed or the database is away; the row that says who heard what
    is never lost, for it is committed before the first byte.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Database, dict[Heard, int]] = {}

    def add(self, database: Database, heard: Heard, served_ms: int) -> None:
        """Count sound that has left."""
        with self._lock:
            if not self._waiting:
                timer = threading.Timer(WRITTEN_EVERY_S, self.write)
                timer.daemon = True
                timer.start()
            of_database = self._waiting.setdefault(database, {})
            of_database[heard] = of_database.get(heard, 0) + served_ms

    def write(self) -> None:
        """Write what was gathered."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for database, served in waiting.items():
            try:
                with database.write() as connection:
                    for heard, served_ms in served.items():
                        audit.note_served(connection, heard, served_ms)
            except DatabaseUnavailable as error:
                log.warning("served-sound-not-noted", listenings=len(served), detail=error.detail)


SERVED = ServedSound()
"""Of this process."""

atexit.register(SERVED.write)
