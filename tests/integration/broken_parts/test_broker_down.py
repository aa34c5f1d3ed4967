"""The broker is gone and comes back: the job table is the truth, so nothing waits for it but jobs."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from shared.db.session import Database
from shared.db.tables import jobs
from shared.errors import BrokerUnavailable
from shared.queue.broker import Publisher, make_celery
from shared.queue.runner import Parts
from shared.queue.sweeper import Sweeper
from shared.settings import Settings
from shared.storage import ObjectStore
from tests.fixtures.forwarder import Forwarder
from tests.gateway_client import Api
from tests.integration.broken_parts.outage import CALL, CALL_PATH, SOUND, SOUND_PATH, unhealthy
from tests.processes import environment, start, wait_until


@pytest.fixture
def wire(redis_url: str) -> Iterator[Forwarder]:
    """The way to the broker."""
    address = urlsplit(redis_url)
    wire = Forwarder(lambda: socket.create_connection((address.hostname, address.port or 6379)))
    yield wire
    wire.cut()


@pytest.fixture
def settings(settings: Settings, redis_url: str, wire: Forwarder) -> Settings:
    """Distributed mode, with the broker at the end of that way."""
    number = urlsplit(redis_url).path
    return settings.model_copy(
        update={
            "broker_url": SecretStr(f"redis://127.0.0.1:{wire.port}{number}"),
            "secret_key": SecretStr("k" * 40),
        }
    )


def states(database: Database, kind: str) -> list[str]:
    with database.read() as connection:
        statement = select(jobs.c.state).where(jobs.c.kind == kind).order_by(jobs.c.id)
        return list(connection.execute(statement).scalars())


def test_intake_goes_on_and_health_names_the_broker(
    settings: Settings, parts: Parts, wire: Forwarder, account: NewAccount
) -> None:
    app = create_app(parts)
    intake = Api(app.test_client(), {"Authorization": f"Bearer {account.intake_token}"})
    wire.cut()
    assert intake.put(CALL_PATH, json=CALL).status_code == 201
    assert intake.put(SOUND_PATH, data=SOUND).status_code == 201
    assert unhealthy(app.test_client()) == {"broker": "broker-unavailable"}

    sweeper = Sweeper(
        parts.database, Publisher(make_celery(settings)), kinds=["tag"], max_attempts=3, ahead=2
    )
    with pytest.raises(BrokerUnavailable):
        sweeper.sweep()
    wire.restore()
    assert sweeper.sweep() == 1, "what the broker did not take is sent again at once"
    assert unhealthy(app.test_client()) == {}


def test_jobs_run_as_soon_as_a_worker_finds_the_broker(
    settings: Settings,
    database: Database,
    store: ObjectStore,
    intake: Api,
    wire: Forwarder,
    tmp_path: Path,
) -> None:
    (tmp_path / "go").touch()
    wire.cut()
    intake.put(CALL_PATH, json=CALL)
    settings.model_fields_set.update({"broker_url", "data_dir", "database_url", "sweep_s"})
    log = tmp_path / "worker.log"
    worker = start(
        ["-m", "tests.integration.queue.trivial_worker", str(settings.objects_path)],
        environment(settings),
        log,
    )
    try:
        wait_until(lambda: "sweep-failed" in log.read_text(), within_s=60, what="a failed sweep")
        assert states(database, "tag") == ["pending"]
        wire.restore()
        wait_until(lambda: states(database, "tag") == ["done"], within_s=60, what="the first job")

        wire.cut()
        assert intake.put(CALL_PATH + "0", json=CALL).status_code == 201
        wire.restore()
        wait_until(lambda: states(database, "tag") == ["done"] * 2, within_s=60, what="the second")
    finally:
        worker.kill()
        worker.wait()
        print(log.read_text())
