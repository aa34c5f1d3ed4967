"""The signing key: given, kept, or refused."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.gateway.secret_key import secret_key
from shared.errors import SettingsError
from shared.settings import Settings


def test_kept_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings), range(32)))
    assert len(keys) == 1
    path = tmp_path / "var" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]
    assert secret_key(settings) in keys


def test_given_key_is_used(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("a" * 32))
    assert secret_key(settings) == b"a" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"secret_key": SecretStr("short")}, "shorter", id="short"),
        pytest.param({"broker_url": SecretStr("redis://x")}, "make env", id="distributed"),
    ],
)
def test_bad_key_stops_the_start(tmp_path: Path, settings: dict[str, SecretStr], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        secret_key(Settings.model_validate({"data_dir": tmp_path, **settings}))


def test_damaged_key_file_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_bytes(b"")
    with pytest.raises(SettingsError, match="does not hold a key"):
        secret_key(Settings(data_dir=tmp_path))
