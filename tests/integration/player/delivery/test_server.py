"""The real server: what it sends, what it is handed, and the log when it has ended."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from flask import Flask
from gunicorn.http.wsgi import FileWrapper
from werkzeug.test import EnvironBuilder

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from services.gateway.accounts import NewAccount
from services.player.delivery.ranges import OPEN_RANGE_BYTES
from services.player.mpeg.layer3 import FRAME_MS, info_bytes
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.player.delivery.conversation import Conversation, tone
from tests.processes import environment, start, wait_until

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
STEREO = np.concatenate([tone(440, 4), tone(700, 4)])
LONG_BYTES = 24 << 20


@dataclass
class Server:
    address: str
    process: subprocess.Popen[bytes]
    headers: dict[str, str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(
            f"{self.address}/api/v1/{path}", headers=self.headers | headers, timeout=60
        )


@pytest.fixture
def server(parts: Parts, account: NewAccount, tmp_path: Path) -> Iterator[Server]:
    secret = new_token()
    with parts.database.write() as connection:
        add_token(
            connection,
            account_id=account.account_id,
            name="test",
            secret=secret,
            scopes=(Permission.SOUND,),
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(parts.settings, TEMATIKA_PORT=str(port))
    log = tmp_path / "gateway.log"
    process = start(["-m", "services.gateway.serve"], env, log)
    made = Server(f"http://127.0.0.1:{port}", process, {"Authorization": f"Bearer {secret}"})

    def answers() -> bool:
        assert process.poll() is None, log.read_text("utf-8")
        try:
            return httpx.get(f"{made.address}/health/live", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, within_s=60, what="the gateway's first answer")
    yield made
    if process.poll() is None:
        process.kill()
    process.wait()


def test_a_stored_sound_leaves_to_the_byte(server: Server, call: Conversation) -> None:
    body = os.urandom(LONG_BYTES)
    recording_id = call.record(None, original=body)
    path = f"recordings/{recording_id}/sound?variant=original"
    assert server.get(path).content == body
    part = server.get(path, Range=f"bytes=1000-{LONG_BYTES - 1001}")
    assert (part.status_code, part.content) == (206, body[1000:-1000])
    rest = server.get(path, Range="bytes=5000-")
    assert (rest.status_code, rest.content) == (206, body[5000 : 5000 + OPEN_RANGE_BYTES])


def test_the_server_is_handed_the_file_itself(app: Flask, owner: Api, call: Conversation) -> None:
    """What gunicorn's sendfile asks for: its wrapper, untouched, around an open file at its place."""
    recording_id = call.record(STEREO)
    stored = call.made[recording_id, "playback"]
    environ = EnvironBuilder(
        path=f"/api/v1/recordings/{recording_id}/sound",
        headers=owner.headers | {"Range": "bytes=1000-2999"},
    ).get_environ()
    given = app(environ | {"wsgi.file_wrapper": FileWrapper}, lambda *_: lambda _: None)
    assert type(given) is FileWrapper
    descriptor = given.filelike.fileno()
    position = os.lseek(descriptor, 0, os.SEEK_CUR)
    assert os.pread(descriptor, 2000, position) == stored[1000:3000]
    # Without sendfile, as behind TLS, the same is read.
    assert b"".join(given) == stored[1000:3000]
    given.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)


def test_what_was_heard_is_noted_when_the_server_ends(server: Server, call: Conversation) -> None:
    first = call.record(STEREO)
    second = call.record(STEREO, offset_ms=6000)
    size_bytes = len(call.made[first, "playback"])
    # A file, in ranges that overlap: a part heard twice counts twice.
    server.get(f"recordings/{first}/sound")
    server.get(f"recordings/{first}/sound", Range=f"bytes=0-{size_bytes // 2 - 1}")
    # And a composed sound, of which this range holds the second recording only.
    composed = f"contacts/{call.contact_id}/sound"
    start_byte = info_bytes(2) + 6000 // FRAME_MS * 360
    answer = server.get(composed, Range=f"bytes={start_byte + 360}-")
    assert answer.status_code == 206
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=60) == 0
    served = {row.recording_id: row.served_ms for row in call.log()}
    assert served[first] == pytest.approx(6000, abs=100)
    assert served[second] == pytest.approx(4000, abs=150)
    assert len(call.log()) == 2
