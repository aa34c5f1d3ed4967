"""docker-compose.yml refuses to start without secrets, and `make env` writes them once."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.env import SECRETS, make_env
from shared.domain.pipeline import WORKERS
from tests.e2e.compose import MissingVariable, read_compose, read_env

ROOT = Path(__file__).parents[2]


def test_make_env_writes_random_secrets_for_the_owner_only(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert make_env(one)
    assert make_env(two)
    assert one.stat().st_mode & 0o777 == 0o600
    first, second = read_env(one), read_env(two)
    for name in SECRETS:
        assert len(first[name]) >= 40
        assert first[name] != second[name]


def test_make_env_keeps_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("X=1\n")
    assert not make_env(target)
    assert target.read_text() == "X=1\n"


def test_the_make_target_runs_without_an_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-s", "-f", str(ROOT / "Makefile"), "env"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "docker compose up" in done.stdout
    assert (tmp_path / ".env").exists()


@pytest.mark.parametrize("missing", [*SECRETS, "S3_ACCESS_KEY"])
def test_compose_refuses_without_a_secret_and_names_the_command(
    tmp_path: Path, missing: str
) -> None:
    make_env(tmp_path / ".env")
    variables = read_env(tmp_path / ".env")
    del variables[missing]
    with pytest.raises(MissingVariable, match="run `make env` first"):
        read_compose(variables)


def test_compose_has_a_worker_of_each_sort_after_migration(tmp_path: Path) -> None:
    make_env(tmp_path / ".env")
    services = read_compose(read_env(tmp_path / ".env"))
    for sort in WORKERS:
        assert services[sort].command == ["tematika", "worker", sort]
    for name in (*WORKERS, "gateway"):
        assert services[name].depends_on == {"migrate": "service_completed_successfully"}
    for name in ("postgres", "redis", "minio", "gateway"):
        assert services[name].has_healthcheck
