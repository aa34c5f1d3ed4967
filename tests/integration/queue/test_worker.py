"""The sweeper thread of a worker process."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from shared.domain.pipeline import Priority
from shared.queue import jobs
from shared.queue.runner import Parts
from shared.queue.sweeper import Sweeper
from shared.queue.worker import _sweep_until
from tests.rows import add_account


@pytest.fixture
def told_to_stop() -> Iterator[threading.Event]:
    """Set when this process gets SIGTERM."""
    told = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: told.set())
    yield told
    signal.signal(signal.SIGTERM, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_worker_ends_with_its_sweeper(parts: Parts, told_to_stop: threading.Event) -> None:
    """One that lived on would never again publish a job, nor take one back, and nobody would know."""

    def broken(job_id: int, kind: str, priority: Priority) -> None:
        raise ZeroDivisionError("a mistake of ours")

    with parts.database.write() as connection:
        account_id = add_account(connection)
        jobs.ask(connection, account_id=account_id, kind="tag", subject_id=1)
    sweeper = Sweeper(parts.database, broken, kinds=["tag"], max_attempts=3, ahead=2)
    stop = threading.Event()
    thread = threading.Thread(target=_sweep_until, args=(sweeper, stop, parts))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert told_to_stop.wait(10)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_sweeper_that_is_stopped_ends_nothing(
    parts: Parts, told_to_stop: threading.Event
) -> None:
    sweeper = Sweeper(parts.database, lambda *_: None, kinds=["tag"], max_attempts=3, ahead=2)
    stop = threading.Event()
    stop.set()
    _sweep_until(sweeper, stop, parts)
    assert not told_to_stop.is_set()
    os.kill(os.getpid(), signal.SIGTERM)
    assert told_to_stop.wait(10)
