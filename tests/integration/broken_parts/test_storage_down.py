"""The S3 server stops and comes back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.player.tasks import HANDLERS
from shared.db.tables import jobs
from shared.domain.pipeline import JobState
from shared.queue.runner import Parts, run_job
from shared.storage.s3 import S3Store
from tests.fixtures.ceph import CephServer
from tests.fixtures.s3 import S3Server
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

# What the database is makes no difference to storage.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
NEXT_PATH = "/api/v1/sources/pbx/recordings/rec-2?contact=call-1"


@pytest.fixture
def store(own_ceph: CephServer) -> S3Store:
    """A bucket of a server that the test may stop."""
    store = S3Server(own_ceph.endpoint, own_ceph.access_key, own_ceph.secret_key).store("outage")
    store.prepare()
    return store


def test_nothing_is_lost_or_half_stored(
    own_ceph: CephServer, parts: Parts, intake: Api, owner: Api, client: FlaskClient
) -> None:
    intake.put(CALL_PATH, json=CALL)
    kept = intake.put(SOUND_PATH, data=SOUND).json["id"]
    before, stored = rows(parts), objects(parts)
    assert unhealthy(client) == {}

    own_ceph.stop_gateway()
    refused(intake.put(NEXT_PATH, data=SOUND), "storage-unavailable")
    refused(owner.get(f"/api/v1/recordings/{kept}/sound"), "storage-unavailable")
    assert unhealthy(client) == {"storage": "storage-unavailable"}
    assert owner.get("/api/v1/contacts").status_code == 200
    assert intake.put(CALL_PATH, json=CALL).status_code == 200
    job_id = _playback_job(parts)
    assert run_job(parts, HANDLERS, job_id, worker="test")
    assert _job(parts, job_id) == (JobState.PENDING, "storage-unavailable", 0)
    assert rows(parts) == before, "nothing was stored, and nobody has listened"

    own_ceph.start_gateway()
    assert objects(parts) == stored
    assert unhealthy(client) == {}
    assert intake.put(NEXT_PATH, data=SOUND).status_code == 201
    assert owner.get(f"/api/v1/recordings/{kept}/sound").data == SOUND
    with parts.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(due_at_ms=0))
    assert run_job(parts, HANDLERS, job_id, worker="test")
    assert _job(parts, job_id)[0] == JobState.DONE


def _playback_job(parts: Parts) -> int:
    with parts.database.read() as connection:
        statement = select(jobs.c.id).where(jobs.c.kind == "playback")
        return int(connection.execute(statement).scalar_one())


def _job(parts: Parts, job_id: int) -> tuple[str, str, int]:
    with parts.database.read() as connection:
        row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one()
    return row.state, row.error_code, row.tries
