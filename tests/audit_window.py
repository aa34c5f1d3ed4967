"""Room in the audit log's window: a test that reads several times must not straddle its edge."""

import time

from shared.audit import WINDOW_MS
from shared.db.session import Database

_NEEDED_MS = 20_000


def await_room_in_window(database: Database) -> None:
    """Return while the present window lasts long enough for a test's requests."""
    left_ms = WINDOW_MS - database.clock_ms() % WINDOW_MS
    if left_ms < _NEEDED_MS:
        time.sleep((left_ms + 1) / 1000)
