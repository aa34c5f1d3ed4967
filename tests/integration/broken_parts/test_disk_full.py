"""One disk holds database and sound, as in the embedded mode, and has no room left."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db.session import Database
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.disk import DiskStore
from tests.fixtures.small_disk import small_disk
from tests.gateway_client import Api
from tests.integration.broken_parts.outage import (
    CALL,
    CALL_PATH,
    SOUND,
    SOUND_PATH,
    objects,
    refused,
    rows,
    unhealthy,
)

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    with small_disk(tmp_path / "disk", size="16m") as folder:
        yield folder


@pytest.fixture
def database(settings: Settings, disk: Path) -> Iterator[Database]:
    """The migrated database, moved to the small disk."""
    shutil.copy(settings.data_dir / "tematika.db", disk / "tematika.db")
    # Connections that stay open, as the gateway's do: opening one takes room for a shared index.
    database = Database(f"sqlite:///{disk / 'tematika.db'}", pool_size=4)
    yield database
    database.close()


@pytest.fixture
def store(disk: Path) -> DiskStore:
    """Sound beside the database."""
    store = DiskStore(disk / "objects")
    store.prepare()
    return store


def fill(disk: Path) -> Path:
    """A file that takes all room that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        file.write(bytes(shutil.disk_usage(disk).free))
    assert shutil.disk_usage(disk).free == 0
    return filler


def test_a_recording_that_does_not_fit_leaves_nothing(
    parts: Parts, intake: Api, disk: Path
) -> None:
    before = rows(parts)
    answer = intake.put(SOUND_PATH, data=SOUND + bytes(16 << 20))
    refused(answer, "storage-full")
    assert answer.headers["Retry-After"] == "60"
    assert (rows(parts), objects(parts)) == (before, [])
    assert list((disk / "objects" / ".tmp").iterdir()) == []
    assert intake.put(SOUND_PATH, data=SOUND).status_code == 202


def test_a_full_disk_refuses_and_is_named_until_there_is_room(
    parts: Parts, intake: Api, owner: Api, client: FlaskClient, disk: Path
) -> None:
    assert intake.put(CALL_PATH, json=CALL).status_code == 201
    filler = fill(disk)
    refused(intake.put(SOUND_PATH, data=SOUND), "storage-full")
    assert unhealthy(client)["storage"] == "storage-full"

    # What the journal of the database has room for is stored; the first that it has not is refused.
    stored = 0
    while (answer := _put_large_call(intake, stored)).status_code == 201:
        stored += 1
        assert stored < 100, "the disk never was full"
    refused(answer, "database-unavailable")
    assert rows(parts)["contacts"] == 1 + stored
    assert owner.get("/api/v1/contacts").status_code == 200

    filler.unlink()
    assert unhealthy(client) == {}
    assert _put_large_call(intake, stored).status_code == 201
    assert intake.put(SOUND_PATH, data=SOUND).status_code == 201
    assert rows(parts)["contacts"] == 2 + stored


def _put_large_call(intake: Api, number: int) -> Any:
    path = f"/api/v1/sources/pbx/contacts/large-{number}"
    return intake.put(path, json=CALL | {"raw": {"note": "ы" * 200_000}})
