"""docker-compose.yml for real: its commands and settings as local processes.

Real PostgreSQL, a Redis with the file's password, a real S3 server; the samples go in, a worker is
killed in the middle of a recognition, and every recording ends done once.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from services.commands.demo.client import Person
from services.commands.demo.command import hand_in_all, read_contacts
from services.commands.demo.samples import SAMPLES, read_calls
from services.commands.demo.system import Demo
from shared.db.session import Database
from shared.db.tables import jobs, recordings, transcripts
from tests.conftest import POSTGRES
from tests.e2e.compose import ROOT, Service, read_compose, read_env
from tests.fixtures.s3 import S3Server
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(900)

BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Host:
    """One host that runs the services of the compose file as processes."""

    def __init__(self, services: dict[str, Service], places: dict[str, str], folder: Path) -> None:
        self._services = services
        self._places = places
        self._folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """The service's environment with the containers' addresses replaced by local ones."""
        env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self._folder)}
        for key, value in self._services[name].environment.items():
            env[key] = value
            for there, here in self._places.items():
                env[key] = env[key].replace(there, here)
        return env | {"TEMATIKA_DATA_DIR": str(self._folder / name)} | more

    def run(self, name: str, command: list[str] | None = None) -> str:
        """Run a one-shot service to its end and return what it printed."""
        done = subprocess.run(
            command or self._services[name].command,
            env=self.environment(name),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a service that stays."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self._services[name].command,
                env=self.environment(name, **more),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running[name] = process
        return process

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in sorted(self._folder.glob("*.log")):
            print(f"=== {log.name}\n{log.read_text()[-4000:]}")


@pytest.fixture
def postgres_place(tmp_path: Path) -> Iterator[str]:
    """host:port/database where the compose file's user owns an empty database."""
    name = f"tematika_test_{uuid.uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"needs a PostgreSQL server (TEMATIKA_TEST_POSTGRES): {error}")
    with admin:
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'tematika'").fetchone():
            admin.execute("CREATE ROLE tematika LOGIN")
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER tematika").format(sql.Identifier(name)))
        yield f"127.0.0.1:{admin.info.port}/{name}"
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    admin.close()


@pytest.fixture
def host(tmp_path: Path, postgres_place: str, s3_server: S3Server) -> Iterator[Host]:
    if shutil.which("redis-server") is None:
        pytest.skip("needs a Redis server program: apt-get install redis-server")
    env_file = tmp_path / ".env"
    subprocess.run(
        [sys.executable, "-m", "deploy.env"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    variables = read_env(env_file) | {
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
    }
    services = read_compose(variables)
    redis_port = free_port()
    places = {
        "postgres:5432/tematika": postgres_place,
        "redis:6379": f"127.0.0.1:{redis_port}",
        "minio:9000": s3_server.endpoint,
    }
    host = Host(services, places, tmp_path)
    # The file's own command, with the program of the same protocol that is at hand.
    redis = subprocess.Popen(
        ["redis-server", *services["redis"].command[1:], "--port", str(redis_port)],
        stdout=subprocess.DEVNULL,
    )
    yield host
    host.stop()
    redis.kill()
    redis.wait()


def test_the_samples_survive_a_killed_worker(host: Host, tmp_path: Path) -> None:
    assert "schema" in host.run("migrate")
    made = host.run(
        "gateway",
        ["tematika", "init", "--password", "correct horse", "--model", str(SAMPLES / "model")],
    )
    assert "intake token" in made

    port = free_port()
    quick = {"TEMATIKA_LEASE_S": "6", "TEMATIKA_HEARTBEAT_S": "1"}
    host.start("gateway", TEMATIKA_PORT=str(port), TEMATIKA_HOST="127.0.0.1")
    for name in ("topics", "player"):
        host.start(name, **quick)
    victim = host.start("transcribe", **quick)

    address = f"http://127.0.0.1:{port}"
    wait_until(lambda: ready(address), within_s=60, what="the gateway")
    calls = read_calls()
    system = Demo(address, "owner", "correct horse", tmp_path)
    with Person(system) as person:
        hand_in_all(system, person, calls)

    database = Database(host.environment("gateway")["TEMATIKA_DATABASE_URL"])

    def states(kind: str) -> dict[str, int]:
        with database.read() as connection:
            rows = connection.execute(select(jobs.c.state).where(jobs.c.kind == kind)).scalars()
            found = list(rows)
        return {state: found.count(state) for state in set(found)}

    wait_until(lambda: "running" in states("transcribe"), within_s=120, what="a recognition")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert states("transcribe").get("running") == 1
    host.start("transcribe", **quick)

    count = sum(len(call.recordings) for call in calls)

    def all_done() -> bool:
        return all(states(kind) == {"done": count} for kind in ("transcribe", "playback")) and set(
            states("tag")
        ) == {"done"}

    wait_until(all_done, within_s=600, what="every recording done")
    with database.read() as connection:
        assert connection.execute(select(transcripts.c.recording_id)).scalars().all()
        ids = connection.execute(select(recordings.c.id)).scalars().all()
        made_of = connection.execute(select(transcripts.c.recording_id)).scalars().all()
        attempts = connection.execute(
            select(jobs.c.attempt).where(jobs.c.kind == "transcribe")
        ).scalars()
        assert sorted(ids) == sorted(made_of)
        assert max(attempts) == 2
    database.close()
    with Person(system) as person:
        contacts = read_contacts(person)
    assert [contact["external_id"] for contact in contacts] == [call.external_id for call in calls]


def ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", timeout=5).is_success
    except httpx.TransportError:
        return False
