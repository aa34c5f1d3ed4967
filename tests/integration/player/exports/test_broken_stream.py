"""Over a real connection: an archive that cannot go on breaks off, and every client sees it."""

import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from shared.permissions import Permission
from shared.settings import Settings
from tests.integration.player.exports.world import API, SINCE, World
from tests.processes import environment, start, wait_until

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def address(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """Of a gateway process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "gateway.log"
    env = environment(settings, TEMATIKA_PORT=str(port))
    process = start(["-m", "services.gateway.serve"], env, log)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, log.read_text("utf-8")
        try:
            return httpx.get(f"{address}/health/live", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, within_s=60, what="the gateway's first answer")
    yield address
    process.kill()
    process.wait()


def test_a_store_that_goes_down_breaks_the_connection(
    world: World, address: str, tmp_path: Path
) -> None:
    for number in range(2):
        # Longer than whatever waits between the gateway and its client.
        world.long_call(f"{number}", 40 << 20)
    secret = new_token()
    with world.parts.database.write() as connection:
        add_token(
            connection,
            account_id=world.account_id,
            name="test",
            secret=secret,
            scopes=[Permission.EXPORT, Permission.SOUND],
        )
    path = tmp_path / "broken.zip"
    asked = {"filter": SINCE, "sound": ["original"]}
    with (
        path.open("wb") as file,
        httpx.stream(
            "POST",
            f"{address}{API}/exports",
            json=asked,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
        ) as answer,
    ):
        assert answer.status_code == 200
        assert "Content-Length" not in answer.headers
        pieces = answer.iter_raw()
        file.write(next(pieces))
        root = world.parts.settings.objects_path
        root.rename(root.with_name("unmounted"))
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            file.writelines(pieces)
    assert path.stat().st_size > 40 << 20
    assert not zipfile.is_zipfile(path)
