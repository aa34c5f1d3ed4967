"""Retention and destruction over HTTP: who may, what is refused, and the act that is kept."""

import csv
import io

import pytest
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from shared.db.tables import audit_log, contacts, sources
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import Api, MakeApi
from tests.integration.player.destruction.world import World
from tests.integration.runs.world import make_world
from tests.integration.topics.calls import Account

API = "/api/v1"
P = Permission
DAYS = {"retention_days": 30}


@pytest.fixture
def world(parts: Parts, settings: Settings, account: NewAccount) -> World:
    """The world of the account that the clients call."""
    with parts.database.read() as connection:
        source_id = connection.execute(
            select(sources.c.id).where(sources.c.account_id == account.account_id)
        ).scalar_one()
    topics = make_world(parts, Account(parts.database, account.account_id, source_id))
    return World(parts, topics)


@pytest.fixture
def call(world: World) -> int:
    return world.call("client: =да", sound=b"RIFF sound", started_at_ms=1)


def put(intake: Api, world: World, recording_id: int, body: bytes) -> tuple[int, str]:
    name = world.recording(recording_id).external_id
    answer = intake.put(f"{API}/sources/pbx/recordings/{name}", data=body, content_type="audio/wav")
    return answer.status_code, answer.json.get("code", "")


def test_a_call_is_destroyed_and_the_act_tells_of_it(
    world: World, owner: Api, intake: Api, call: int
) -> None:
    recording_id = world.recording_of(call)
    started = owner.delete(f"{API}/recordings/{recording_id}")
    assert (started.status_code, started.json["kind"], started.json["state"]) == (
        202, "destroy", "planning",
    )  # fmt: skip
    run_id = started.json["id"]
    world.work()

    act = owner.get(f"{API}/destructions/{run_id}").json
    assert (act["state"], act["request"], act["dry_run"]) == ("done", True, False)
    assert (act["planned"], act["marked"], act["destroyed"]) == (0, 0, 1)
    assert (act["reasons"], act["size_bytes"]) == ({"request": 1}, 10)
    assert [one["run_id"] for one in owner.get(f"{API}/destructions").json["items"]] == [run_id]
    (one,) = owner.get(f"{API}/destructions/{run_id}/recordings").json["items"]
    assert (one["source"], one["contact_id"], one["state"]) == ("pbx", call, "destroyed")
    assert one["started_at"] == "1970-01-01T00:00:00.001Z"

    table = owner.get(f"{API}/destructions/{run_id}/act.csv")
    assert table.status_code == 200
    (line,) = csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff")))
    assert line["recording"] == world.recording(recording_id).external_id
    assert (line["state"], line["reason"], line["sha256"]) == (
        "destroyed", "request", one["sha256"],
    )  # fmt: skip
    assert len(line["objects"].split()) == 6
    with world.database.read() as connection:
        noted = connection.execute(
            select(audit_log.c.details).where(audit_log.c.action == "export")
        )
        assert noted.scalars().all() == [{"destruction": run_id}]

    detail = owner.get(f"{API}/contacts/{call}").json
    assert detail["recordings"][0]["destroyed_at"] <= one["destroyed_at"]
    assert detail["recordings"][0]["renditions"] == []
    assert detail["sound"] == "none"
    again = owner.delete(f"{API}/recordings/{recording_id}")
    assert (again.status_code, again.json["code"]) == (410, "recording-destroyed")
    for body in (b"RIFF sound", b"RIFF\x00\x00\x00\x00WAVE other"):
        assert put(intake, world, recording_id, body) == (409, "recording-destroyed")


def test_formulas_in_an_act_are_harmless(world: World, owner: Api, call: int) -> None:
    with world.database.write() as connection:
        connection.execute(contacts.update().values(external_id="=HYPERLINK(1)"))
    run_id = world.destroy(call)
    table = owner.get(f"{API}/destructions/{run_id}/act.csv").text
    assert ",'=HYPERLINK(1)," in table


def test_a_dry_run_lists_what_is_due(world: World, owner: Api, call: int) -> None:
    assert owner.patch(f"{API}/account", json=DAYS).status_code == 200
    answer = owner.post(f"{API}/runs/destroy", json={})
    assert (answer.status_code, answer.json["dry_run"]) == (202, True)
    world.work()
    run_id = answer.json["id"]
    (due,) = owner.get(f"{API}/destructions/{run_id}/recordings").json["items"]
    assert (due["state"], due["reason"], due["contact_id"]) == ("planned", "retention", call)
    assert owner.get(f"{API}/destructions/{run_id}").json["planned"] == 1
    assert len(world.object_names()) == 6


def test_a_held_call_is_not_destroyed(world: World, owner: Api, call: int) -> None:
    keeping = owner.patch(f"{API}/contacts/{call}/keeping", json={"legal_hold": True})
    assert keeping.json == {"favourite": False, "legal_hold": True}
    shown = owner.get(f"{API}/contacts/{call}").json
    assert (shown["favourite"], shown["legal_hold"]) == (False, True)
    recording_id = world.recording_of(call)
    for answer in (
        owner.delete(f"{API}/recordings/{recording_id}"),
        owner.post(f"{API}/runs/destroy", json={"contacts": [call], "dry_run": False}),
        owner.post(f"{API}/runs/destroy", json={"recordings": [recording_id]}),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "legal-hold")
    world.work()
    assert len(world.object_names()) == 6


def test_each_sort_of_keeping_has_its_permission(
    world: World, account: NewAccount, make_api: MakeApi, call: int
) -> None:
    path = f"{API}/contacts/{call}/keeping"
    quality = make_api(account.account_id, P.CALLS, P.MARKS_EDIT)
    assert quality.patch(path, json={"favourite": True}).json["favourite"] is True
    assert quality.patch(path, json={"legal_hold": True}).status_code == 403
    assert quality.patch(path, json={}).json == {"favourite": True, "legal_hold": False}
    keeper = make_api(account.account_id, P.CALLS, P.RETENTION)
    assert keeper.patch(path, json={"legal_hold": True}).json["legal_hold"] is True
    assert keeper.patch(path, json={"favourite": False}).status_code == 403
    assert keeper.patch(path, json={"legal_hold": None}).status_code == 422


def test_a_retention_needs_its_permission_when_it_changes(
    account: NewAccount, owner: Api, make_api: MakeApi
) -> None:
    settings = make_api(account.account_id, P.SETTINGS, P.CALLS)
    assert settings.patch(f"{API}/account", json=DAYS).status_code == 403
    assert settings.patch(f"{API}/account", json={"retention_days": None}).status_code == 200
    assert owner.patch(f"{API}/account", json=DAYS).json["retention_days"] == 30
    assert settings.patch(f"{API}/account", json=DAYS | {"name": "Роза"}).status_code == 200
    assert settings.patch(f"{API}/account", json={"retention_days": None}).status_code == 403
    for days in (0, 36_501, -1, "30", 1.5):
        refused = owner.patch(f"{API}/account", json={"retention_days": days})
        assert (refused.status_code, refused.json["errors"][0]["path"]) == (422, "retention_days")

    group = f"{API}/groups/sales"
    assert settings.put(group, json={"name": "Sales"} | DAYS).status_code == 403
    assert owner.put(group, json={"name": "Sales"} | DAYS).json["retention_days"] == 30
    # What is left out stays: a retention is never lost by the way.
    assert settings.put(group, json={"name": "Sale"}).json["retention_days"] == 30
    assert settings.put(group, json={"name": "S", "retention_days": None}).status_code == 403
    assert owner.put(group, json={"name": "S", "retention_days": None}).json["name"] == "S"
    assert owner.get(f"{API}/groups").json["items"][0]["retention_days"] is None
    assert (
        owner.patch(f"{API}/account", json={"retention_days": None}).json["retention_days"] is None
    )


def test_who_may_destroy_and_read_acts(
    world: World, account: NewAccount, make_api: MakeApi, stranger: Api, call: int
) -> None:
    manager = make_api(account.account_id, *(set(Permission) - {P.RETENTION}))
    recording_id = world.recording_of(call)
    run_id = world.start(contact_ids=[call], apply=False)
    for answer in (
        manager.delete(f"{API}/recordings/{recording_id}"),
        manager.post(f"{API}/runs/destroy", json={}),
        manager.get(f"{API}/destructions"),
        manager.get(f"{API}/destructions/{run_id}/act.csv"),
        manager.post(f"{API}/runs/{run_id}/cancel"),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    for answer in (
        stranger.delete(f"{API}/recordings/{recording_id}"),
        stranger.post(f"{API}/runs/destroy", json={"contacts": [call]}),
        stranger.get(f"{API}/destructions/{run_id}"),
        stranger.get(f"{API}/destructions/{run_id}/recordings"),
        stranger.get(f"{API}/destructions/{run_id}/act.csv"),
        stranger.patch(f"{API}/contacts/{call}/keeping", json={"favourite": True}),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert stranger.get(f"{API}/destructions").json["items"] == []


def test_a_run_that_judges_topics_is_no_act(world: World, owner: Api) -> None:
    run_id = world.topics.start()
    assert owner.get(f"{API}/destructions/{run_id}").status_code == 404
    assert owner.get(f"{API}/destructions").json["items"] == []


def test_pages_of_an_act(world: World, owner: Api) -> None:
    calls = [world.call("client: да", sound=b"sound") for _ in range(3)]
    run_id = world.destroy(*calls)
    path: str | None = f"{API}/destructions/{run_id}/recordings?limit=2"
    seen: list[int] = []
    first = owner.get(path).json
    seen += [one["recording_id"] for one in first["items"]]
    rest = owner.get(f"{path}&cursor={first['next_cursor']}").json
    seen += [one["recording_id"] for one in rest["items"]]
    assert seen == [world.recording_of(one) for one in calls]
    assert rest["next_cursor"] is None
