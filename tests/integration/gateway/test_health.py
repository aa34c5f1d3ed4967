"""Health and metrics with parts that work, are gone, or hang."""

import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from shared.db.session import Database
from shared.queue import jobs
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.disk import DiskStore
from tests.gateway_client import Api


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def gateway(folder: Path, database: str = "", broker: str = "") -> Flask:
    settings = Settings(
        data_dir=folder,
        database_url=database,
        broker_url=SecretStr(broker),
        secret_key=SecretStr("k" * 40),
    )
    store = DiskStore(settings.objects_path)
    store.prepare()
    return create_app(Parts(settings, Database(settings.database_address), store))


def wrong(answer: dict[str, dict[str, dict[str, object]]]) -> dict[str, object]:
    return {name: part["code"] for name, part in answer["parts"].items() if not part["ok"]}


def test_all_well(client: FlaskClient) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "ok"
    assert set(answer.json["parts"]) == {"database", "storage"}
    assert client.get("/health/live").json == {"status": "ok", "parts": {}}


def test_broker_is_asked_in_distributed_mode(
    redis_url: str, parts: Parts, settings: Settings
) -> None:
    distributed = settings.model_copy(
        update={"broker_url": SecretStr(redis_url), "secret_key": SecretStr("k" * 40)}
    )
    app = create_app(Parts(distributed, parts.database, parts.store))
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 200, answer.text
    assert answer.json["parts"]["broker"]["ok"]


def test_parts_that_are_gone_are_named_without_addresses(tmp_path: Path, closed_port: int) -> None:
    app = gateway(
        tmp_path,
        database=f"postgresql+psycopg://someone:hush@127.0.0.1:{closed_port}/none",
        broker=f"redis://:hush@127.0.0.1:{closed_port}",
    )
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert wrong(answer.json) == {
        "database": "database-unavailable",
        "broker": "broker-unavailable",
    }
    for secret in ("hush", "someone", "127.0.0.1", str(closed_port)):
        assert secret not in answer.text


def test_lost_storage_is_named(client: FlaskClient, settings: Settings) -> None:
    shutil.rmtree(settings.objects_path, ignore_errors=True)
    settings.objects_path.write_bytes(b"a file where the folder should be")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert wrong(answer.json) == {"storage": "storage-unavailable"}


def test_hanging_parts_do_not_hang_the_answer(tmp_path: Path, silent_port: int) -> None:
    app = gateway(
        tmp_path,
        database=f"postgresql+psycopg://x@127.0.0.1:{silent_port}/none",
        broker=f"redis://127.0.0.1:{silent_port}",
    )
    started = time.monotonic()
    answer = app.test_client().get("/health/ready")
    took_s = time.monotonic() - started
    assert answer.status_code == 503
    assert set(wrong(answer.json)) == {"database", "broker"}
    assert answer.json["parts"]["storage"]["ok"]
    assert took_s < 4.5, "connecting to the database alone may take 5 s"


def test_locked_sqlite_is_told_in_time(tmp_path: Path) -> None:
    app = gateway(tmp_path)
    with sqlite3.connect(tmp_path / "tematika.db", isolation_level=None) as locker:
        locker.execute("PRAGMA journal_mode = WAL")
        locker.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        answer = app.test_client().get("/health/ready")
        took_s = time.monotonic() - started
        locker.execute("ROLLBACK")
    assert wrong(answer.json)["database"] == "no-answer"
    assert took_s < 5, "SQLite itself would wait 10 s"


def test_database_down_is_503_with_retry_after(tmp_path: Path, closed_port: int) -> None:
    app = gateway(tmp_path, database=f"postgresql+psycopg://x@127.0.0.1:{closed_port}/none")
    client = app.test_client()
    answers = [
        client.get("/api/v1/jobs", headers={"Authorization": "Bearer tmk_x"}),
        client.post("/api/v1/session", json={"login": "a", "password": "b"}),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["code"] == "database-unavailable"
        for secret in ("127.0.0.1", str(closed_port)):
            assert secret not in answer.text


def samples(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics_count_requests_by_template_only(owner: Api, client: FlaskClient) -> None:
    for path in ("/api/v1/jobs/1", "/api/v1/jobs/2", "/api/v1/никуда", "/wp-login.php"):
        owner.get(path)
    client.open("/health/live", method="BREW")
    found = samples(client)
    requests = {
        labels: n for (name, labels), n in found.items() if name == "tematika_http_requests_total"
    }
    by_job = (("method", "GET"), ("route", "/api/v1/jobs/{job_id}"), ("status", "404"))
    unmatched = (("method", "GET"), ("route", "unmatched"), ("status", "404"))
    assert requests[by_job] == 2
    assert requests[unmatched] == 2
    assert (("method", "other"), ("route", "unmatched"), ("status", "405")) in requests


def test_metrics_tell_the_queues(client: FlaskClient, parts: Parts, account: NewAccount) -> None:
    with parts.database.write() as connection:
        jobs.ask(connection, account_id=account.account_id, kind="tag", subject_id=1)
    found = samples(client)
    assert found["tematika_job_table_readable", ()] == 1
    assert found["tematika_jobs", (("kind", "tag"), ("state", "pending"))] == 1
    assert found["tematika_jobs", (("kind", "denoise-medium"), ("state", "failed"))] == 0
    assert found["tematika_queue_oldest_age_seconds", (("kind", "tag"),)] >= 0
    assert found["tematika_queue_estimated_seconds", (("kind", "denoise-medium"),)] == 0, (
        "nothing waits"
    )


def test_metrics_survive_the_database(tmp_path: Path, closed_port: int) -> None:
    app = gateway(tmp_path, database=f"postgresql+psycopg://x@127.0.0.1:{closed_port}/none")
    found = samples(app.test_client())
    assert found["tematika_job_table_readable", ()] == 0
