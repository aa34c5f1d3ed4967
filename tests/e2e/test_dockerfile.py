"""The Dockerfile's COPY, RUN and CMD steps, replayed in an empty folder and a clean virtual environment."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.dockerfile import ROOT, read_dockerfile
from tests.e2e.test_distributed import free_port
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(900)


def ignored(folder: Path, target: Path) -> bool:
    """Whether .dockerignore keeps a COPY source out of the build."""
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    relative = target.relative_to(folder).as_posix()
    return not any(relative == name or relative.startswith(f"{name}/") for name in allowed)


def test_the_image_builds_and_serves(tmp_path: Path) -> None:
    app, state = tmp_path / "app", tmp_path / "state"
    app.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    env = {"PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    env |= {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_"))}
    steps = read_dockerfile()
    for step in steps:
        if step.word == "ENV":
            env |= dict(pair.split("=", 1) for pair in step.words)
            env["TEMATIKA_DATA_DIR"] = str(state)
        elif step.word == "COPY":
            *sources, target = step.words
            for source in sources:
                assert not ignored(ROOT, ROOT / source), f".dockerignore leaves out {source}"
                copy(ROOT / source, app / target)
        elif step.word == "RUN":
            command = step.rest.replace("/var/lib/tematika", str(state))
            if os.geteuid() != 0:
                command = command.split("&& chown")[0]
            subprocess.run(["sh", "-ec", command], cwd=app, env=env, check=True)
    (command,) = [step.words for step in steps if step.word == "CMD"]
    port = free_port()
    env |= {"TEMATIKA_PORT": str(port), "TEMATIKA_HOST": "127.0.0.1"}
    subprocess.run(["tematika", "init"], cwd=app, env=env, check=True, capture_output=True)
    process = subprocess.Popen(command, cwd=app, env=env, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port), within_s=60, what="the gateway of the image")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif target.name in ("", ".") or target.is_dir():
        shutil.copy(source, target / source.name)
    else:
        shutil.copy(source, target)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).is_success
    except httpx.TransportError:
        return False
