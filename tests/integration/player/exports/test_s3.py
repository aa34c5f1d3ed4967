"""Exports over a real S3 store."""

import pytest

from shared.db.session import Database
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.s3 import S3Store
from tests.gateway_client import Api
from tests.integration.player.exports.world import API, World, opened, order

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def parts(settings: Settings, database: Database, s3_store: S3Store) -> Parts:
    """Everything over S3."""
    return Parts(settings=settings, database=database, store=s3_store)


def test_streamed_prepared_fetched_in_ranges_and_removed(world: World, owner: Api) -> None:
    # More than one part of a multipart upload.
    call = world.call("a", length=9 << 20)
    lost = world.call("lost", contact={"started_at_ms": 1_790_000_000_001})
    world.parts.store.delete(world.object_name(lost, "playback"))
    streamed = opened(order(owner, transcripts=["txt"]).data)
    assert streamed.lacks == [("rec-lost", "not-in-store")]
    assert streamed.members[call.member("Запись 1.mp3")] == call.sounds["playback"]

    export_id = world.prepared(owner, transcripts=["txt"])
    file = f"{API}/exports/{export_id}/file"
    whole = owner.get(file)
    assert opened(whole.data).members == streamed.members
    middle = owner.get(file, headers={"Range": "bytes=5000000-5999999"})
    assert (middle.status_code, middle.data) == (206, whole.data[5_000_000:6_000_000])
    resumed = owner.get(
        file, headers={"Range": "bytes=9000000-", "If-Range": whole.headers["ETag"]}
    )
    assert (resumed.status_code, resumed.data) == (206, whole.data[9_000_000:])
    assert owner.head(file).headers["Content-Length"] == str(len(whole.data))

    assert owner.delete(f"{API}/exports/{export_id}").status_code == 204
    assert list(world.parts.store.names("exports/")) == []
