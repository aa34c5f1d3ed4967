"""`tematika retention`, as people start it."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from shared.db.tables import accounts
from tests.integration.player.destruction.world import World
from tests.processes import environment

# The terminal is the same over both.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def due(world: World) -> Iterator[World]:
    """Two calls that are due and one favourite, and a worker."""
    for favourite in (False, False, True):
        world.call("client: да", sound=b"sound", started_at_ms=1, favourite=favourite)
    with world.database.write() as connection:
        connection.execute(update(accounts).values(retention_days=30))
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            world.work()

    thread = threading.Thread(target=work)
    thread.start()
    yield world
    stop.set()
    thread.join()


def tematika(world: World, *arguments: str) -> tuple[int, str, str]:
    process = subprocess.run(
        [sys.executable, "-m", "services.cli", "retention", *arguments],
        env=environment(world.parts.settings, COLUMNS="200"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


def counts(out: str) -> dict[str, str]:
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 2}


def test_a_dry_run_shows_what_is_due_and_apply_destroys_it(due: World) -> None:
    names = due.object_names()
    code, out, err = tematika(due)
    assert (code, counts(out)["retention"], counts(out)["all"]) == (0, "2", "2"), err
    assert "--apply" in err
    assert due.object_names() == names

    code, _, err = tematika(due, "--apply")
    assert (code, due.object_names()) == (1, names), err

    code, out, err = tematika(due, "--apply", "--yes")
    assert (code, counts(out)["retention"]) == (0, "2"), err
    assert len(due.object_names()) == len(names) // 3
