"""kill -9 of workers in the middle of a run: it ends with the same result as an undisturbed one."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.integration.runs.world import OTHER_REFUND, World, conversation
from tests.processes import environment, start, wait_until

Start = Callable[[], subprocess.Popen[bytes]]

CALLS = 60
CHUNKS = CALLS // 4


@pytest.fixture
def start_worker(small_chunks: Settings, tmp_path: Path) -> Iterator[Start]:
    settings = small_chunks.model_copy(update={"lease_s": 2, "heartbeat_s": 0.3, "sweep_s": 0.05})
    processes: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "worker.log"

    def begin() -> subprocess.Popen[bytes]:
        process = start(["-m", "services.cli", "worker", "topics"], environment(settings), log)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
    print(log.read_text())


def test_a_run_survives_its_worker(world: World, start_worker: Start) -> None:
    for seed in range(CALLS):
        world.account.call(*conversation(seed))
    world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
    undisturbed = world.changes(world.finish(apply=False))
    run_id = world.start()

    victim = start_worker()
    wait_until(
        lambda: world.run(run_id).chunks_done >= CHUNKS // 4, within_s=60, what="some chunks"
    )
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    start_worker()
    wait_until(lambda: world.run(run_id).state == "done", within_s=60, what="the run")
    run = world.run(run_id)
    assert (run.chunks_done, run.subjects_done) == (run.chunks_total, CALLS)
    assert world.changes(run_id) == undisturbed
    assert world.findings() == world.judged_directly()
