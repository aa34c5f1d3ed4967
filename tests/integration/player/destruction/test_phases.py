"""Two phases: whatever happens between them, the objects go and the act says so once they have."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from shared.db.tables import jobs
from shared.queue.runner import Parts
from shared.runs import control
from shared.settings import Settings
from shared.storage.disk import DiskStore
from tests.integration.player.destruction.world import World, places_in_database
from tests.integration.runs.world import OPENING
from tests.processes import environment, start, wait_until

Start = Callable[..., subprocess.Popen[bytes]]

LINES = (OPENING, "client: тетрагидрофуран")
WORD = "тетрагидрофуран".encode()


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker of a module with its arguments."""
    settings = settings.model_copy(update={"lease_s": 2, "heartbeat_s": 0.3, "sweep_s": 0.05})
    settings.model_fields_set.update({"lease_s", "heartbeat_s", "sweep_s"})
    processes: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "worker.log"

    def begin(module: str, *arguments: str) -> subprocess.Popen[bytes]:
        process = start(["-m", module, *arguments], environment(settings), log)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
    print(log.read_text())


def test_a_worker_that_is_killed_between_the_phases(
    world: World, settings: Settings, start_worker: Start
) -> None:
    calls = [world.call(*LINES, sound=b"sound %d" % number) for number in range(3)]
    run_id = world.start(contact_ids=calls)
    victim = start_worker(
        "tests.integration.player.destruction.killing_worker", str(settings.objects_path)
    )
    assert victim.wait(timeout=60) == -signal.SIGKILL
    assert {row.state for row in world.act(run_id)} == {"marked"}
    assert len(world.object_names()) == 18

    start_worker("services.cli", "worker", "player")
    wait_until(lambda: world.run(run_id).state == "done", within_s=60, what="the run")
    act = world.act(run_id)
    assert [row.state for row in act] == ["destroyed"] * 3
    assert [len(row.facts["objects"]) for row in act] == [6] * 3
    assert world.object_names() == set()
    assert places_in_database(world.database, WORD) == set()


class Refusing(DiskStore):
    """A store that says it removes and does not, as a bucket that keeps versions may."""

    def delete(self, name: str) -> None:
        """Leave it."""


def test_an_object_that_stays_fails_the_run_and_it_can_go_on(world: World) -> None:
    call = world.call(*LINES, sound=b"sound")
    run_id = world.start(contact_ids=[call])
    refusing = Refusing(world.parts.settings.objects_path)
    world.work(Parts(world.parts.settings, world.database, refusing))
    run = world.run(run_id)
    assert (run.state, run.error_code) == ("failed", "object-stays")
    assert [row.state for row in world.act(run_id)] == ["marked"]
    with world.database.write() as connection:
        control.resume(connection, world.account_id, run_id)
    world.work()
    assert world.run(run_id).state == "done"
    assert [row.state for row in world.act(run_id)] == ["destroyed"]
    assert world.object_names() == set()


def test_a_store_that_is_down_is_waited_for(world: World) -> None:
    call = world.call(*LINES, sound=b"sound")
    run_id = world.start(contact_ids=[call])
    folder = world.parts.settings.objects_path
    away = folder.with_name("away")
    folder.rename(away)
    world.work()
    assert world.run(run_id).state == "running"
    with world.database.read() as connection:
        waiting = connection.execute(jobs.select().where(jobs.c.kind == "destroy")).one()
    assert (waiting.state, waiting.error_code) == ("pending", "storage-unavailable")
    away.rename(folder)
    with world.database.write() as connection:
        connection.execute(update(jobs).values(due_at_ms=0))
    world.work()
    assert world.run(run_id).state == "done"
    assert world.object_names() == set()


def test_what_a_cancelled_run_began_is_ended_by_the_next_pass(world: World) -> None:
    call = world.call(*LINES, sound=b"sound")
    cancelled = world.start(contact_ids=[call])
    refusing = Refusing(world.parts.settings.objects_path)
    world.work(Parts(world.parts.settings, world.database, refusing))
    with world.database.write() as connection:
        control.cancel(connection, world.account_id, cancelled)
    world.destroy()
    assert [row.state for row in world.act(cancelled)] == ["destroyed"]
    assert world.object_names() == set()


def test_a_cancelled_run_destroys_nothing_more(world: World) -> None:
    calls = [world.call(*LINES, sound=b"sound") for _ in range(3)]
    run_id = world.start(contact_ids=calls)
    with world.database.write() as connection:
        control.cancel(connection, world.account_id, run_id)
    world.work()
    assert world.act(run_id) == []
    assert len(world.object_names()) == 18
