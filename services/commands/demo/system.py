"""A Tematika of the demo's own: a fresh folder, an account bound to the demo model, `tematika serve`."""

import os
import secrets
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

import httpx

from services.commands.assemble import assemble
from services.commands.demo.samples import SAMPLES
from services.commands.init import make_account
from shared.db.migrate import upgrade
from shared.errors import Unavailable
from shared.settings import PREFIX, Settings

READY_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it answers and who may ask."""

    address: str
    login: str
    password: str
    log: Path


@contextmanager
def running_demo(folder: Path, port: int) -> Iterator[Demo]:
    """Make a fresh demo in `folder` and run it until the block ends; what was there is removed.

    `port` is the wished one; a free one is taken when it is in use.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        # The demo is the embedded mode, whatever the shell was set up for.
        del os.environ[name]
    settings = Settings(data_dir=folder, port=_free_port(port), log_level="warning")
    demo = _make(settings)
    env = {
        **os.environ,
        PREFIX + "DATA_DIR": str(folder),
        PREFIX + "PORT": str(settings.port),
        PREFIX + "LOG_FORMAT": "json",
    }
    with demo.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is ours to handle: the terminal sends it to the whole foreground group.
            start_new_session=True,
        )
    try:
        _wait_ready(demo, process)
        yield demo
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _make(settings: Settings) -> Demo:
    parts = assemble(settings, any_schema=True)
    upgrade(parts.database)
    parts.store.prepare()
    password = secrets.token_urlsafe(9)
    make_account(
        parts,
        languages=("ru", "en"),
        name="Демонстрация",
        owner_login="demo",
        owner_password=password,
        speech_model=str(SAMPLES / "model"),
    )
    parts.database.close()
    return Demo(
        address=f"http://{settings.host}:{settings.port}",
        login="demo",
        password=password,
        log=settings.data_dir / "demo.log",
    )


def _free_port(wished: int) -> int:
    for port in (wished, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("no port is free on 127.0.0.1")


def _wait_ready(demo: Demo, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{demo.address}/health/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise Unavailable(f"the demo did not start; its log: {demo.log}")
