"""Another process holds SQLite's write lock for longer than anybody waits."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask.testing import FlaskClient

from shared.db.session import Database
from shared.queue.runner import Parts
from shared.settings import Settings
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
NEXT_PATH = "/api/v1/sources/pbx/recordings/rec-2?contact=call-1"
BATCH_PATH = "/api/v1/sources/pbx/contacts"


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A database whose lock is waited for 0.2 s only."""
    database = Database(f"{settings.database_address}?timeout=0.2")
    yield database
    database.close()


def test_a_locked_database_refuses_what_writes_and_leaves_nothing(
    settings: Settings, parts: Parts, intake: Api, owner: Api, client: FlaskClient
) -> None:
    intake.put(CALL_PATH, json=CALL)
    kept = intake.put(SOUND_PATH, data=SOUND).json["id"]
    before, stored = rows(parts), objects(parts)
    batch = json.dumps(CALL | {"external_id": "call-9"})

    with closing(sqlite3.connect(settings.data_dir / "tematika.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(intake.put(NEXT_PATH, data=SOUND), "database-unavailable")
        refused(intake.put(CALL_PATH + "0", json=CALL), "database-unavailable")
        lines = intake.post(BATCH_PATH, data=batch, content_type="application/x-ndjson")
        assert "database-unavailable" in lines.text
        # The listening could not be noted, so there is none.
        refused(owner.get(f"/api/v1/recordings/{kept}/sound"), "database-unavailable")
        assert owner.get("/api/v1/contacts").status_code == 200, "readers do not wait for it"
        assert unhealthy(client) == {"database": "database-unavailable"}
        assert (rows(parts), objects(parts)) == (before, stored)
        other.execute("ROLLBACK")

    assert unhealthy(client) == {}
    assert intake.put(NEXT_PATH, data=SOUND).status_code == 201
    assert owner.get(f"/api/v1/recordings/{kept}/sound").status_code == 200
