"""Lets few previews run at once: each keeps a core busy that the process's other requests need."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from shared.errors import TooManyRequests

AT_ONCE = 2
RETRY_AFTER_S = 1

_places = BoundedSemaphore(AT_ONCE)


@contextmanager
def admitted() -> Iterator[None]:
    """One of AT_ONCE places of this process; TooManyRequests when all are taken."""
    if not _places.acquire(blocking=False):
        raise TooManyRequests(f"{AT_ONCE} previews are running already", RETRY_AFTER_S)
    try:
        yield
    finally:
        _places.release()
