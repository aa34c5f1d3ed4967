"""What is measured: a real gateway with one long recording, nginx on the same bytes, and S3."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minio import Minio
from sqlalchemy import insert

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from services.gateway.accounts import create_account
from shared.db.migrate import upgrade
from shared.db.session import Database, now_ms
from shared.db.tables import contacts, recordings, renditions
from shared.permissions import Permission
from shared.settings import PREFIX, Settings
from shared.storage.opening import open_store
from tests.fixtures.ceph import CephServer

BUCKET = "bench"
_UP_WITHIN_S = 60.0
_BEGIN_MS = 1_790_000_000_000
_ROOT = Path(__file__).parent.parent.parent

# sendfile and keep-alive as an administrator would have them; one worker, as the gateway is one.
_NGINX = """\
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True)
class Target:
    """One recording behind one server: where it is asked for and with which headers."""

    port: int
    path: str
    headers: dict[str, str]


@contextmanager
def gateway(folder: Path, original: Path, playback: Path, ceph: CephServer | None) -> Iterator[int]:
    """A gateway over SQLite with a recording of both files; its port. Its token: `token_of`."""
    folder.mkdir(parents=True)
    port = _free_port()
    values: dict[str, object] = {"data_dir": folder, "port": port, "log_level": "error"}
    if ceph is not None:
        values |= {
            "storage": "s3",
            "s3_endpoint": ceph.endpoint,
            "s3_access_key": ceph.access_key,
            "s3_secret_key": ceph.secret_key,
            "s3_bucket": BUCKET,
            "s3_secure": False,
        }
    settings = Settings.model_validate(values)
    _fill(settings, folder / "token", original, playback)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    environment |= {PREFIX + name.upper(): str(value) for name, value in values.items()}
    command = [sys.executable, "-m", "services.gateway.serve"]
    with _running(command, port, folder / "gateway.log", environment):
        yield port


def token_of(folder: Path) -> dict[str, str]:
    """The header that opens the gateway of this folder."""
    return {"Authorization": f"Bearer {(folder / 'token').read_text()}"}


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[int]:
    """An nginx that serves the files below `root`; its port. SystemExit if it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("this compares with nginx: apt-get install nginx-light")
    folder.mkdir(parents=True)
    port = _free_port()
    configuration = folder / "nginx.conf"
    # Started by root it would read the files as nobody.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(_NGINX.format(user=user, folder=folder, root=root, port=port))
    command = [program, "-c", str(configuration), "-e", str(folder / "error.log")]
    with _running(command, port, folder / "nginx.log", dict(os.environ)):
        yield port


def presigned(ceph: CephServer, name: str) -> Target:
    """An object of the bench's bucket straight from S3."""
    client = Minio(
        ceph.endpoint,
        access_key=ceph.access_key,
        secret_key=ceph.secret_key,
        region="us-east-1",
        secure=False,
    )
    url = client.presigned_get_object(BUCKET, name)
    host, _, path = url.removeprefix("http://").partition("/")
    return Target(int(host.rpartition(":")[2]), f"/{path}", {"Host": host})


def object_names() -> tuple[str, str]:
    """Names of the original and of the playback object in every store of the bench."""
    return "originals/1/long", "renditions/1/long.mp3"


def _fill(settings: Settings, token_file: Path, original: Path, playback: Path) -> None:
    database = Database(settings.database_address)
    upgrade(database)
    store = open_store(settings)
    store.prepare()
    names = object_names()
    stored = []
    for name, path in zip(names, (original, playback), strict=True):
        with path.open("rb") as body:
            size_bytes = path.stat().st_size
            kind = "application/octet-stream"
            stored.append(store.put(name, body, limit_bytes=size_bytes, content_type=kind))
    with database.write() as connection:
        account = create_account(
            connection, name="Bench", owner_login="bench", owner_password="bench bench bench"
        )
        account_id = account.account_id
        secret = new_token()
        add_token(
            connection,
            account_id=account_id,
            name="bench",
            secret=secret,
            scopes=[Permission.SOUND, Permission.CALLS],
        )
        of_account = {"account_id": account_id, "external_id": "long"}
        connection.execute(
            insert(contacts).values(
                id=1,
                source_id=account.source_id,
                started_at_ms=_BEGIN_MS,
                raw={},
                created_at_ms=now_ms(),
                changed_at_ms=now_ms(),
                **of_account,
            )
        )
        connection.execute(
            insert(recordings).values(
                id=1,
                source_id=account.source_id,
                contact_id=1,
                leg_external_ids=[],
                object_name=names[0],
                size_bytes=stored[0].size_bytes,
                sha256=stored[0].sha256,
                container="wav",
                codec="pcm_s16le",
                channels=2,
                rate_hz=8000,
                duration_ms=3_600_000,
                received_at_ms=now_ms(),
                **of_account,
            )
        )
        connection.execute(
            insert(renditions).values(
                account_id=account_id,
                recording_id=1,
                kind="playback",
                object_name=names[1],
                size_bytes=stored[1].size_bytes,
                sha256=stored[1].sha256,
                content_type="audio/mpeg",
                notes={},
                created_at_ms=now_ms(),
            )
        )
    database.close()
    token_file.write_text(secret)


@contextmanager
def _running(
    command: list[str], port: int, log: Path, environment: dict[str, str]
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=_ROOT, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + _UP_WITHIN_S
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} did not come up: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
