"""The key that signs sessions and cursors: from the settings, or kept in the embedded data_dir."""

import os
import secrets
from pathlib import Path

from shared.errors import SettingsError
from shared.settings import Settings

_BYTES = 32


def secret_key(settings: Settings) -> bytes:
    """The process's secret; made once and kept in `data_dir`/secret-key in embedded mode.

    SettingsError in distributed mode without one: every gateway must sign with the same key.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        if len(given) < _BYTES:
            raise SettingsError(f"TEMATIKA_SECRET_KEY is shorter than {_BYTES} characters")
        return given.encode()
    if not settings.embedded:
        raise SettingsError("TEMATIKA_SECRET_KEY is needed in distributed mode: run `make env`")
    return _kept(settings.data_dir / "secret-key")


def _kept(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails where a rename would replace the key another process has just made.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_bytes()
    if len(key) < _BYTES:
        raise SettingsError(f"{path} does not hold a key; remove it to have a new one made")
    return key
