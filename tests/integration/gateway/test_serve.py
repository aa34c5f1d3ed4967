"""The gateway as a process: it starts, answers, logs without secrets, and ends gracefully."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.settings import Settings
from shared.storage.disk import DiskStore
from tests.processes import environment, start, wait_until


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gateway.log"


@pytest.fixture
def server(tmp_path: Path, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    settings = Settings(data_dir=tmp_path)
    database = Database(settings.database_address)
    upgrade(database)
    database.close()
    DiskStore(settings.objects_path).prepare()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(settings, TEMATIKA_PORT=str(port), TEMATIKA_LOG_FORMAT="json")
    process = start(["-m", "services.gateway.serve"], env, log)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, log.read_text("utf-8")
        try:
            return httpx.get(f"{address}/health/live", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, within_s=60, what="the gateway's first answer")
    yield address, process
    if process.poll() is None:
        process.kill()
    process.wait()


def test_gateway_process(server: tuple[str, subprocess.Popen[bytes]], log: Path) -> None:
    address, process = server
    assert httpx.get(f"{address}/health/ready", timeout=30).status_code == 200
    assert "tematika_http_requests_total" in httpx.get(f"{address}/metrics", timeout=30).text
    refused = httpx.get(
        f"{address}/api/v1/jobs?cursor=hush-query",
        headers={
            "Authorization": "Bearer tmk_hush-token",
            "Cookie": "tematika_session=hush-cookie",
        },
        timeout=30,
    )
    assert refused.status_code == 401

    # A body without a length comes in pieces and is counted while it is read.
    pieces = httpx.post(
        f"{address}/api/v1/session",
        content=iter([b'{"login": "', b"x" * 5_000_000, b'"}']),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert pieces.status_code == 413

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"method", "path", "status", "duration_ms", "request_id"} <= requests[-1].keys()
    assert any(line["request_id"] == refused.headers["X-Request-Id"] for line in requests)
    assert "hush" not in log.read_text("utf-8")
