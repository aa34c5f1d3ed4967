"""kill -9 of a worker at work: the job ends once, done by the next worker."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from shared.db.session import Database
from shared.db.tables import contacts, jobs
from shared.queue.jobs import ask
from shared.settings import Settings
from tests.processes import environment, start, wait_until
from tests.rows import add_account, add_contact, add_source

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture(params=["embedded", "redis"])
def broker(request: pytest.FixtureRequest) -> str:
    if request.param == "embedded":
        return ""
    return str(request.getfixturevalue("redis_url"))


@pytest.fixture
def start_worker(settings: Settings, broker: str, tmp_path: Path) -> Iterator[Start]:
    settings = settings.model_copy(
        update={"broker_url": SecretStr(broker), "lease_s": 2, "heartbeat_s": 0.3, "sweep_s": 0.1}
    )
    processes: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "worker.log"

    def begin() -> subprocess.Popen[bytes]:
        fields = {"broker_url", "lease_s", "heartbeat_s", "sweep_s", "data_dir", "database_url"}
        settings.model_fields_set.update(fields)
        process = start(
            ["-m", "tests.integration.queue.trivial_worker", str(tmp_path / "objects")],
            environment(settings),
            log,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
    print(log.read_text())


def test_job_of_a_killed_worker_is_done_once(
    database: Database, start_worker: Start, tmp_path: Path
) -> None:
    with database.write() as connection:
        account_id = add_account(connection)
        source_id = add_source(connection, account_id)
        ids = [add_contact(connection, account_id, source_id, f"call-{n}") for n in range(3)]
        for contact_id in ids:
            ask(connection, account_id=account_id, kind="tag", subject_id=contact_id)

    def states() -> list[str]:
        with database.read() as connection:
            return sorted(connection.execute(select(jobs.c.state)).scalars())

    victim = start_worker()
    wait_until(lambda: "running" in states(), within_s=40, what="the first job to run")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    (tmp_path / "go").touch()
    assert states() == ["pending", "pending", "running"]

    heir = start_worker()
    wait_until(lambda: states() == ["done"] * 3, within_s=60, what="all jobs done")
    with database.read() as connection:
        assert connection.execute(select(contacts.c.speech_ms)).scalars().all() == [1, 1, 1]
        attempts = sorted(connection.execute(select(jobs.c.attempt)).scalars())
    assert attempts == [1, 1, 2]

    heir.terminate()
    assert heir.wait(timeout=20) == 0
