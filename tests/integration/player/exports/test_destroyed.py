"""A recording that is destroyed does not live on in an archive, whenever it happens."""

import io
import zipfile

import pytest
from sqlalchemy import select

from services.player.delivery.schemas import Variant
from services.player.destruction.starting import start_request
from services.player.exports.contents_store import read_page
from services.player.exports.spec import Spec
from services.player.rendering.strength import Strength
from services.player.tasks import HANDLERS
from shared.contacts.filters import ContactFilter
from shared.db.tables import jobs, recordings
from shared.errors import DatabaseUnavailable
from shared.permissions import Caller, Permission, Sees
from shared.queue.runner import run_job
from shared.storage.unreferenced import sweep_unreferenced
from tests.gateway_client import Api
from tests.integration.player.exports.world import API, Call, World, opened, order


def destroy(world: World, call: Call) -> None:
    """Destroy a recording, as a person asks for it."""
    caller = Caller(world.account_id, "user:1", frozenset(Permission), Sees.ALL)
    with world.parts.database.write() as connection:
        start_request(connection, caller, recording_ids=[call.recording_id], apply=True)
    while True:
        with world.parts.database.read() as connection:
            job_id = connection.execute(
                select(jobs.c.id)
                .where(jobs.c.state == "pending", jobs.c.kind.in_(HANDLERS))
                .where(jobs.c.kind != "export")
                .order_by(jobs.c.id)
            ).scalar()
        if job_id is None:
            return
        assert run_job(world.parts, HANDLERS, job_id, worker="destroyer")


@pytest.fixture
def calls(world: World) -> list[Call]:
    return [world.call(f"{n}", contact={"started_at_ms": 1_790_000_000_000 + n}) for n in range(2)]


def test_a_prepared_export_goes_with_a_recording_in_it(
    world: World, owner: Api, calls: list[Call]
) -> None:
    export_id = world.prepared(owner)
    destroy(world, calls[0])
    answer = owner.get(f"{API}/exports/{export_id}/file")
    assert (answer.status_code, answer.json["code"]) == (410, "export-destroyed")
    assert owner.get(f"{API}/exports/{export_id}").json["state"] == "destroyed"
    assert list(world.parts.store.names("exports/")) == []

    assert owner.post(f"{API}/jobs/{world.job(export_id).id}/retry").status_code == 200
    assert world.build(export_id) == "done"
    archive = opened(owner.get(f"{API}/exports/{export_id}/file").data)
    assert archive.lacks == [("rec-0", "recording-destroyed")]
    assert list(archive.members.values()) == [calls[1].sounds["playback"]]


def test_an_export_without_it_stays(world: World, owner: Api, calls: list[Call]) -> None:
    later = {"from": "2026-09-21T14:13:20.001Z"}
    export_id = world.prepared(owner, filter=later)
    destroy(world, calls[0])
    archive = opened(owner.get(f"{API}/exports/{export_id}/file").data)
    assert list(archive.members.values()) == [calls[1].sounds["playback"]]


@pytest.mark.parametrize("which", [0, 1])
def test_one_destroyed_while_the_archive_is_built_is_not_in_it(
    world: World, owner: Api, calls: list[Call], which: int
) -> None:
    export_id = order(owner, prepared=True).json["id"]
    world.build_while(export_id, lambda: destroy(world, calls[which]))
    # What was built is thrown away, and the job waits to be done once more.
    assert world.job(export_id).state == "pending"
    assert list(world.parts.store.names("exports/")) == []
    assert world.build(export_id) == "done"
    archive = opened(owner.get(f"{API}/exports/{export_id}/file").data)
    assert archive.lacks == [(f"rec-{which}", "recording-destroyed")]
    assert list(archive.members.values()) == [calls[1 - which].sounds["playback"]]
    sweep_unreferenced(world.parts.database, world.parts.store, older_than_s=-1)
    assert owner.get(f"{API}/exports/{export_id}/file").status_code == 200


def test_a_stream_says_what_was_destroyed_before_it_got_there(
    world: World, owner: Api, calls: list[Call]
) -> None:
    answer = order(owner)
    pieces = answer.iter_encoded()
    body = next(pieces)
    destroy(world, calls[1])
    body += b"".join(pieces)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert len(archive.namelist()) == 2
    assert opened(body).lacks == [("rec-1", "recording-destroyed")]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_what_an_archive_is_about_to_hold_cannot_be_destroyed_before_that_is_noted(
    world: World, calls: list[Call]
) -> None:
    caller = Caller(world.account_id, "user:1", frozenset(Permission), Sees.ALL)
    spec = Spec("", (Variant.PLAYBACK,), (), Strength.LIGHT)
    # As destruction locks it, but without waiting.
    lock = (
        select(recordings.c.id)
        .where(recordings.c.id == calls[0].recording_id)
        .with_for_update(key_share=True, nowait=True)
    )
    database = world.parts.database

    def taken(*, hold: bool) -> bool:
        with database.write() as connection:
            read_page(connection, caller, ContactFilter(), spec, after=None, hold=hold)
            try:
                with database.write() as other:
                    other.execute(lock)
            except DatabaseUnavailable:
                return False
        return True

    assert taken(hold=False)
    assert not taken(hold=True)
