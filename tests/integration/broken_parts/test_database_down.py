"""The PostgreSQL server is gone and comes back, under a gateway with open connections."""

import socket
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import make_url

from shared.db.session import Database
from shared.queue.runner import Parts
from shared.settings import Settings
from tests.fixtures.forwarder import Forwarder
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

pytestmark = pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
NEXT_PATH = "/api/v1/sources/pbx/recordings/rec-2?contact=call-1"


@pytest.fixture
def wire(settings: Settings) -> Iterator[Forwarder]:
    """The way to the server."""
    url = make_url(settings.database_address)
    host, port = str(url.query.get("host") or url.host or "127.0.0.1"), url.port or 5432

    def connect() -> socket.socket:
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        local = socket.socket(socket.AF_UNIX)
        local.connect(f"{host}/.s.PGSQL.{port}")
        return local

    wire = Forwarder(connect)
    yield wire
    wire.cut()


@pytest.fixture
def database(settings: Settings, wire: Forwarder) -> Iterator[Database]:
    """The database over that way, with the gateway's pool."""
    url = make_url(settings.database_address)
    address = url.difference_update_query(["host", "port"]).set(host="127.0.0.1", port=wire.port)
    database = Database(address.render_as_string(hide_password=False), pool_size=4)
    yield database
    database.close()


def test_nothing_is_lost_or_half_stored(
    wire: Forwarder, parts: Parts, intake: Api, owner: Api, client: FlaskClient
) -> None:
    intake.put(CALL_PATH, json=CALL)
    kept = intake.put(SOUND_PATH, data=SOUND).json["id"]
    before, stored = rows(parts), objects(parts)
    assert unhealthy(client) == {}

    wire.cut()
    for _ in range(2):
        refused(intake.put(NEXT_PATH, data=SOUND), "database-unavailable")
        refused(intake.put(CALL_PATH + "0", json=CALL), "database-unavailable")
        refused(owner.get("/api/v1/contacts"), "database-unavailable")
        refused(owner.get(f"/api/v1/recordings/{kept}/sound"), "database-unavailable")
    assert unhealthy(client) == {"database": "database-unavailable"}
    assert objects(parts) == stored

    wire.restore()
    assert rows(parts) == before
    assert unhealthy(client) == {}
    assert intake.put(NEXT_PATH, data=SOUND).status_code == 201
    assert owner.get(f"/api/v1/recordings/{kept}/sound").data == SOUND


class CutsWire:
    """A body on whose way the database is lost: its object is stored, its row cannot be."""

    def __init__(self, wire: Forwarder) -> None:
        self._wire, self._left = wire, SOUND

    def read(self, size: int = -1) -> bytes:
        piece, self._left = self._left, b""
        if not piece:
            self._wire.cut()
        return piece


def test_a_database_lost_during_an_upload_leaves_no_object(
    wire: Forwarder, parts: Parts, intake: Api
) -> None:
    intake.put(CALL_PATH, json=CALL)
    before = rows(parts)
    answer = intake.put(
        SOUND_PATH,
        environ_overrides={
            "wsgi.input": CutsWire(wire),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )
    refused(answer, "database-unavailable")
    assert objects(parts) == []
    wire.restore()
    assert rows(parts) == before
    assert intake.put(SOUND_PATH, data=SOUND).status_code == 201
