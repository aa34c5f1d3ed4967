"""A large export is prepared by a worker, fetched in ranges, kept for a day, and removed."""

from typing import Any

import pytest
from sqlalchemy import select, update

from services.player.exports.spec import LIFE_MS, MOST_BYTES, STREAMED_BYTES, STREAMED_RECORDINGS
from services.player.tasks import HANDLERS
from shared.db.session import now_ms
from shared.db.tables import export_recordings, exports
from shared.permissions import Permission
from shared.queue.runner import run_job
from shared.storage.unreferenced import sweep_unreferenced
from tests.gateway_client import Api, MakeApi
from tests.integration.player.exports.world import API, World, opened, order
from tests.rows import add_recording


def fetched(api: Api, export_id: int, **headers: str) -> Any:
    return api.get(f"{API}/exports/{export_id}/file", headers=headers)


def shown(api: Api, export_id: int) -> Any:
    return api.get(f"{API}/exports/{export_id}").json


def expire(world: World, export_id: int) -> None:
    with world.parts.database.write() as connection:
        connection.execute(
            update(exports).where(exports.c.id == export_id).values(expires_at_ms=now_ms())
        )


def objects(world: World) -> list[str]:
    return [name for name, _ in world.parts.store.names("exports/")]


def test_it_is_built_by_its_job_and_is_the_same_archive(world: World, owner: Api) -> None:
    calls = [world.call(f"{n}", contact={"started_at_ms": 1_790_000_000_000 + n}) for n in range(3)]
    world.change(calls[2], destroyed_at_ms=now_ms())
    made = order(owner, prepared=True, transcripts=["txt"], name="Сентябрь")
    assert made.status_code == 202
    export_id = made.json["id"]
    assert made.headers["Location"] == f"{API}/exports/{export_id}"
    assert made.json == shown(owner, export_id)
    assert (made.json["state"], made.json["progress"], made.json["size_bytes"]) == (
        "pending",
        0,
        None,
    )
    early = fetched(owner, export_id)
    assert (early.status_code, early.json["code"]) == (409, "export-not-ready")

    assert world.build(export_id) == "done"
    ready = shown(owner, export_id)
    body = fetched(owner, export_id)
    assert body.status_code == 200
    assert body.content_type == "application/zip"
    assert body.headers["ETag"] == f'"{ready["sha256"]}"'
    assert (
        "%D0%A1%D0%B5%D0%BD%D1%82%D1%8F%D0%B1%D1%80%D1%8C.zip"
        in body.headers["Content-Disposition"]
    )
    assert ready | {"expires_at": None} == made.json | {
        "state": "ready",
        "progress": 1,
        "size_bytes": len(body.data),
        "sha256": ready["sha256"],
        "recordings": 2,
        "missing": {"recording-destroyed": 2},
        "expires_at": None,
    }
    row = world.row(export_id)
    assert 0 <= row.expires_at_ms - LIFE_MS - row.created_at_ms < 60_000
    archive, streamed = opened(body.data), opened(order(owner, transcripts=["txt"]).data)
    assert archive.members == streamed.members
    assert archive.manifest == streamed.manifest


def test_ranges_put_together_are_the_file(world: World, owner: Api) -> None:
    world.call("a", length=70_000)
    export_id = world.prepared(owner)
    whole = fetched(owner, export_id)
    etag, size_bytes = whole.headers["ETag"], len(whole.data)
    parts = []
    for first in range(0, size_bytes, 20_000):
        part = fetched(owner, export_id, Range=f"bytes={first}-{first + 19_999}")
        assert part.status_code == 206
        assert part.headers["Content-Range"].endswith(f"/{size_bytes}")
        parts.append(part.data)
    assert b"".join(parts) == whole.data
    rest = {"Range": "bytes=60000-"}
    assert fetched(owner, export_id, **rest, **{"If-Range": etag}).data == whole.data[60_000:]
    assert fetched(owner, export_id, **rest, **{"If-Range": '"other"'}).data == whole.data
    assert fetched(owner, export_id, **{"If-None-Match": etag}).status_code == 304
    assert fetched(owner, export_id, Range=f"bytes={size_bytes}-").status_code == 416
    head = owner.head(f"{API}/exports/{export_id}/file")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(size_bytes))
    assert head.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("large", ["many", "long"])
def test_what_is_large_is_prepared_unasked(world: World, owner: Api, large: str) -> None:
    if large == "long":
        world.call("a", size_bytes=STREAMED_BYTES + 1)
    else:
        first = world.call("a")
        with world.parts.database.write() as connection:
            for number in range(STREAMED_RECORDINGS):
                add_recording(
                    connection,
                    world.account_id,
                    world.source_id,
                    first.contact_id,
                    f"more-{number}",
                )
    assert order(owner, sound=["original"]).status_code == 202


def test_what_no_archive_holds_is_refused(world: World, owner: Api) -> None:
    world.call("a", size_bytes=MOST_BYTES + 1)
    answer = order(owner, sound=["original"], prepared=True)
    assert (answer.status_code, answer.json["code"]) == (422, "export-too-large")


def test_lists_show_ones_own_the_newest_first(
    world: World, owner: Api, stranger: Api, make_api: MakeApi
) -> None:
    world.call("a")
    ids = [order(owner, prepared=True).json["id"] for _ in range(3)]
    first = owner.get(f"{API}/exports?limit=2").json
    assert [one["id"] for one in first["items"]] == [ids[2], ids[1]]
    second = owner.get(f"{API}/exports?limit=2&cursor={first['next_cursor']}").json
    assert [one["id"] for one in second["items"]] == [ids[0]]
    colleague = make_api(world.account_id, *Permission)
    for other in (stranger, colleague):
        assert other.get(f"{API}/exports").json["items"] == []
        for path in (f"{ids[0]}", f"{ids[0]}/file"):
            assert other.get(f"{API}/exports/{path}").status_code == 404
        assert other.delete(f"{API}/exports/{ids[0]}").status_code == 404


def test_it_expires_and_its_file_goes(world: World, owner: Api) -> None:
    world.call("a")
    kept, gone = world.prepared(owner), world.prepared(owner)
    expire(world, gone)
    answer = fetched(owner, gone)
    assert (answer.status_code, answer.json["code"]) == (410, "export-expired")
    assert shown(owner, gone)["state"] == "expired"
    assert sweep_unreferenced(world.parts.database, world.parts.store, older_than_s=-1) == 1
    assert objects(world) == [world.row(kept).object_name]
    assert fetched(owner, kept).status_code == 200
    # The next order forgets what the expired one held.
    order(owner, prepared=True)
    with world.parts.database.read() as connection:
        held = connection.execute(select(export_recordings.c.export_id)).scalars().all()
    assert held == [kept]


def test_an_expired_one_is_built_again_by_its_job(world: World, owner: Api) -> None:
    world.call("a")
    export_id = world.prepared(owner)
    before = objects(world)
    assert owner.post(f"{API}/jobs/{world.job(export_id).id}/retry").status_code == 200
    assert world.build(export_id) == "done"
    assert objects(world) == before
    expire(world, export_id)
    assert owner.post(f"{API}/jobs/{world.job(export_id).id}/retry").status_code == 200
    assert world.build(export_id) == "done"
    assert shown(owner, export_id)["state"] == "ready"
    assert objects(world) == [world.row(export_id).object_name] != before
    assert opened(fetched(owner, export_id).data).lacks == []


def test_removing_one_takes_its_file_and_its_job(world: World, owner: Api) -> None:
    world.call("a")
    built, waiting = world.prepared(owner), order(owner, prepared=True).json["id"]
    job_id = world.job(waiting).id
    for export_id in (built, waiting):
        assert owner.delete(f"{API}/exports/{export_id}").status_code == 204
        assert owner.get(f"{API}/exports/{export_id}").status_code == 404
        assert owner.get(f"{API}/exports/{export_id}/file").status_code == 404
        assert owner.delete(f"{API}/exports/{export_id}").status_code == 404
    assert objects(world) == []
    assert not run_job(world.parts, HANDLERS, job_id, worker="late")


def test_one_removed_while_it_is_built_leaves_nothing(world: World, owner: Api) -> None:
    world.call("a")
    export_id = order(owner, prepared=True).json["id"]
    world.build_while(export_id, lambda: owner.delete(f"{API}/exports/{export_id}"))
    assert shown(owner, export_id)["status"] == 404
    sweep_unreferenced(world.parts.database, world.parts.store, older_than_s=-1)
    assert objects(world) == []


def test_it_is_cancelled_and_resumed_by_its_job(world: World, owner: Api) -> None:
    world.call("a")
    export_id = order(owner, prepared=True).json["id"]
    job = f"{API}/jobs/{shown(owner, export_id)['job_id']}"
    assert owner.get(job).json["subject_id"] == export_id
    assert owner.post(f"{job}/cancel").json["state"] == "cancelled"
    assert shown(owner, export_id)["state"] == "cancelled"
    assert fetched(owner, export_id).json["code"] == "export-not-ready"
    assert owner.post(f"{job}/retry").status_code == 200
    assert world.build(export_id) == "done"
    assert shown(owner, export_id)["state"] == "ready"


def test_a_job_that_finds_nothing_left_says_so(world: World, owner: Api) -> None:
    call = world.call("a")
    export_id = order(owner, prepared=True).json["id"]
    world.change(call, contact_id=None)
    assert world.build(export_id) == "failed"
    failed = shown(owner, export_id)
    assert (failed["state"], failed["error_code"]) == ("failed", "nothing-to-export")
    assert "nothing-to-export" in fetched(owner, export_id).json["detail"]


def test_a_store_that_is_down_while_it_is_built_gives_the_job_back(
    world: World, owner: Api
) -> None:
    world.call("a")
    export_id = order(owner, prepared=True).json["id"]
    root = world.parts.settings.objects_path
    away = root.with_name("unmounted")
    root.rename(away)
    assert world.build(export_id) == "pending"
    assert shown(owner, export_id)["error_code"] == "storage-unavailable"
    away.rename(root)
    assert objects(world) == []
