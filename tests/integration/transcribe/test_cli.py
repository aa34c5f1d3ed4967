"""`tematika model`, as people start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.transcribe.world import MODEL


def tematika(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Nothing listens on port 1: the model hub is out of reach.
    settings = {"TEMATIKA_DATA_DIR": str(folder), "HF_ENDPOINT": "http://127.0.0.1:1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMATIKA_")}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "model", *arguments],
        capture_output=True,
        text=True,
        env=kept | settings,
        timeout=200,
        check=False,
    )


def test_check_measures_a_model_here(tmp_path: Path) -> None:
    told = tematika(tmp_path, "check", str(MODEL))
    assert told.returncode == 0, told.stderr
    assert "tematika-demo" in told.stdout
    assert "(demo)" in told.stdout
    assert "s of sound per second here" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        pytest.param(("check", "small"), "tematika model pull small", id="not-fetched"),
        pytest.param(("check", "/no/such/folder"), "known names: tiny", id="no-such-folder"),
        pytest.param(("pull", "gigantic"), "known names: tiny", id="no-such-name"),
        pytest.param(("pull", "small"), "Check the network", id="hub-out-of-reach"),
    ],
)
def test_what_cannot_be_had_is_one_line_of_advice(tmp_path: Path, arguments, advice) -> None:
    told = tematika(tmp_path, *arguments)
    assert told.returncode == 1
    assert advice in told.stderr
    assert "Traceback" not in told.stderr
