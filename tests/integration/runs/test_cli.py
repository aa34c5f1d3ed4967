"""`tematika reanalyze`, as people start it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from shared.db.tables import runs
from tests.integration.runs.world import OPENING, OTHER_REFUND, REFUND, THANKS, World
from tests.processes import environment

# The terminal is the same over both.
ONE_DATABASE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def changed(world: World) -> World:
    """Six calls, half of which a changed topic marks anew."""
    for n in range(6):
        world.account.call(OPENING, REFUND if n % 2 else THANKS)
    world.tag_all()
    world.activate("refund", OTHER_REFUND)
    return world


def begin(world: World, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "reanalyze", *arguments],
        env=environment(world.parts.settings, COLUMNS="200"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tematika(world: World, *arguments: str) -> tuple[int, str, str]:
    process = begin(world, *arguments)
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


@contextmanager
def a_worker(world: World) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            world.work()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def run_ids(world: World) -> list[int]:
    with world.database.read() as connection:
        return list(connection.execute(select(runs.c.id).order_by(runs.c.id)).scalars())


def test_a_dry_run_shows_before_and_after_and_is_applied(changed: World) -> None:
    before = changed.stored()
    with a_worker(changed):
        code, out, err = tematika(
            changed, "--topic", "refund", "--since", "2020-01-01", "--dry-run"
        )
        assert (code, changed.stored()) == (0, before), err
        (row,) = [line.split() for line in out.splitlines() if " refund " in line]
        assert [cell for cell in row if cell.isdigit()] == ["3", "6", "3", "0", "0"]
        (dry,) = run_ids(changed)
        assert f"--apply {dry}" in err
        assert tematika(changed, "--apply", str(dry))[0] == 0
    assert changed.findings() == changed.judged_directly()


@ONE_DATABASE
def test_without_a_worker_it_says_so_and_ctrl_c_leaves_the_run(changed: World) -> None:
    process = begin(changed, "--yes", "--account", "Ромашка")
    assert process.stderr is not None
    told = ""
    while "tematika worker topics" not in told:
        told += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=20)
    (run_id,) = run_ids(changed)
    assert f"--watch {run_id}" in rest
    assert changed.run(run_id).state == "planning"
    assert tematika(changed, "--cancel", str(run_id))[0] == 0
    assert changed.run(run_id).state == "cancelled"
    code, _, err = tematika(changed, "--resume", str(run_id))
    assert (code, err.count("\n")) == (1, 1)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--topic", "nothing"], "there is no topic nothing", id="no such topic"),
        pytest.param(["--since", "yesterday"], "«yesterday»", id="no date"),
        pytest.param(["--account", "Лютик"], "«Лютик» names no account", id="no such account"),
        pytest.param(["--drafts"], "--dry-run", id="drafts are not applied"),
        pytest.param(["--watch", "1", "--cancel", "1"], "one thing", id="two things at once"),
        pytest.param(["--watch", "99"], "there is no run 99", id="no such run"),
        pytest.param([], "Judge 0 calls", id="asks before it changes anything"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_begins(
    world: World, arguments: list[str], said: str
) -> None:
    code, _, err = tematika(world, *arguments)
    assert code != 0
    assert said in err
    assert run_ids(world) == []
