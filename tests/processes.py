"""Starting product processes in tests and waiting for what they do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from shared.settings import PREFIX, Settings

T = TypeVar("T")

ROOT = Path(__file__).parent.parent


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment that makes a product process run with `settings`."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if hasattr(value, "get_secret_value"):
            value = value.get_secret_value()
        env[PREFIX + name.upper()] = str(value)
    return env | more


def start(arguments: list[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `python ARGUMENTS` in the project's folder with its output in `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def wait_until(question: Callable[[], T], *, within_s: float, what: str) -> T:
    """Ask until the answer is truthy and return it; AssertionError naming `what` when time is up."""
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {within_s} s for: {what}"
        time.sleep(0.05)
