"""kill -9 of the worker that builds an export: another one builds it whole, and nothing is left."""

import signal
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from shared.settings import Settings
from shared.storage.unreferenced import sweep_unreferenced
from tests.gateway_client import Api
from tests.integration.player.exports.world import API, World, order, sha256_of_zeros
from tests.processes import environment, start, wait_until

SIZE_BYTES = 150 << 20
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    quick = settings.model_copy(update={"lease_s": 2, "heartbeat_s": 0.1, "sweep_s": 0.05})
    processes: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "worker.log"

    def begin() -> subprocess.Popen[bytes]:
        process = start(["-m", "services.cli", "worker", "player"], environment(quick), log)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
    print(log.read_text())


def test_an_export_survives_its_worker(
    world: World, owner: Api, start_worker: Start, tmp_path: Path
) -> None:
    for number in range(2):
        world.long_call(f"long-{number}", SIZE_BYTES)
    call = world.call("short")
    export_id = order(owner, sound=["original"], prepared=True).json["id"]

    victim = start_worker()
    wait_until(lambda: world.job(export_id).progress > 0.1, within_s=90, what="some bytes")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert world.job(export_id).state == "running"
    assert owner.get(f"{API}/exports/{export_id}").json["state"] == "running"
    assert list(world.parts.store.names("exports/")) == []

    heir = start_worker()
    wait_until(lambda: world.job(export_id).state == "done", within_s=120, what="the export")
    heir.terminate()
    heir.wait()
    assert world.job(export_id).attempt == 2
    row = world.row(export_id)
    path = world.parts.settings.objects_path / row.object_name
    with path.open("rb") as file:
        digest = sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    assert (digest.hexdigest(), path.stat().st_size) == (row.sha256, row.size_bytes)
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        manifest = archive.read("manifest.csv").decode()
        assert archive.read(call.member("Запись 1 (оригинал).wav")) == call.sounds["original"]
    assert sorted(sizes.values())[-2:] == [SIZE_BYTES] * 2
    assert manifest.count(sha256_of_zeros(SIZE_BYTES)) == 2
    assert row.missing == {}
    sweep_unreferenced(world.parts.database, world.parts.store, older_than_s=-1)
    assert [name for name, _ in world.parts.store.names("exports/")] == [row.object_name]
