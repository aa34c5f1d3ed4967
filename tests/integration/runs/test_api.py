"""Runs over HTTP, behind their account and as far as the caller sees the calls."""

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from shared.db.tables import audit_log, contacts
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import PASSWORD, Api, MakeApi
from tests.integration.runs.world import OPENING, OTHER_REFUND, REFUND, THANKS, World, make_world
from tests.integration.topics.calls import Account

API = "/api/v1"


@pytest.fixture
def world(parts: Parts, small_chunks: Settings, account: NewAccount) -> World:
    """Ten calls of the caller's account, tagged before `refund` changed."""
    made = make_world(
        Parts(small_chunks, parts.database, parts.store),
        account=Account(parts.database, account.account_id, account.source_id),
    )
    for n in range(10):
        made.account.call(OPENING, REFUND if n % 2 else THANKS)
    made.tag_all()
    made.activate("refund", OTHER_REFUND)
    return made


def ids(world: World) -> list[int]:
    with world.database.read() as connection:
        return list(connection.execute(select(contacts.c.id).order_by(contacts.c.id)).scalars())


def test_from_dry_run_to_undo(world: World, owner: Api) -> None:
    refund, asking = world.topic_ids["refund"], world.topic_ids["angry-refund"]
    asked = owner.post(f"{API}/runs/retag", json={"topics": [refund]})
    assert asked.status_code == 202
    assert (asked.json["state"], asked.json["dry_run"]) == ("planning", True)
    world.work()
    dry = owner.get(f"{API}/runs/{asked.json['id']}").json
    assert (dry["state"], dry["done"], dry["total"], dry["progress"]) == ("done", 10, 10, 1.0)
    none = {"added": 0, "removed": 0, "unchanged": 0, "undecidable": 0}
    assert dry["results"] == [
        {"topic_id": asking, "key": "angry-refund", "name": "Angry-Refund"} | none,
        {"topic_id": refund, "key": "refund", "name": "Refund"}
        | none
        | {"added": 5, "unchanged": 5},
    ]
    before = world.stored()
    applied = owner.post(f"{API}/runs/retag", json={"dry_run": False, "dry_run_id": dry["id"]})
    assert (applied.status_code, applied.json["topics"]) == (202, [refund, asking])
    run = f"{API}/runs/{applied.json['id']}"
    world.work(most=2)
    assert owner.post(f"{run}/undo").status_code == 409
    assert owner.post(f"{run}/pause").json["state"] == "paused"
    world.work()
    assert owner.get(run).json["chunks_done"] == 1
    assert owner.post(f"{run}/resume").json["state"] == "running"
    world.work()
    assert owner.get(run).json["state"] == "done"
    assert owner.post(f"{run}/cancel").status_code == 409
    assert owner.post(f"{run}/undo").json["state"] == "undoing"
    world.work()
    assert owner.get(run).json["state"] == "undone"
    assert world.stored() == before
    listed = owner.get(f"{API}/runs?limit=1").json
    assert [item["id"] for item in listed["items"]] == [applied.json["id"]]
    more = owner.get(f"{API}/runs?limit=1&cursor={listed['next_cursor']}").json
    assert [item["id"] for item in more["items"]] == [dry["id"]]
    assert owner.get(f"{API}/runs?kind=retranscribe").json["items"] == []


def test_pages_of_changed_contacts(world: World, owner: Api) -> None:
    run_id = world.finish("refund", apply=False)
    path = f"{API}/runs/{run_id}/topics/{world.topic_ids['refund']}?limit=2"
    seen: list[int] = []
    page = owner.get(path).json
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = owner.get(f"{path}&cursor={page['next_cursor']}").json
    assert seen == ids(world)[0::2]
    assert owner.get(f"{path}&change=removed").json["items"] == []
    assert page["items"][0]["source"] == "pbx"


def test_all_changes_as_a_table(world: World, owner: Api) -> None:
    contact_ids = ids(world)
    with world.database.write() as connection:
        connection.execute(
            update(contacts).where(contacts.c.id == contact_ids[0]).values(external_id="=1+1")
        )
    run_id = world.finish("refund", apply=False)
    answer = owner.get(f"{API}/runs/{run_id}/changes.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeffcontact_id,")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [int(row["contact_id"]) for row in rows] == contact_ids[0::2]
    assert rows[0] == {
        "contact_id": str(contact_ids[0]), "external_id": "'=1+1",
        "started_at": "2023-11-14T22:13:20.000Z", "topic_key": "refund", "topic": "Refund",
        "change": "added",
    }  # fmt: skip
    assert len(owner.get(f"{API}/runs/{run_id}/changes.csv?change=removed").text.splitlines()) == 1
    with world.database.read() as connection:
        noted = connection.execute(select(audit_log.c.action, audit_log.c.details)).all()
    assert [tuple(row) for row in noted] == [("export", {"run": run_id})] * 2


def test_another_account_sees_and_touches_nothing(world: World, owner: Api, stranger: Api) -> None:
    run_id = world.finish(apply=False)
    for path in ("", f"/topics/{world.topic_ids['refund']}", "/changes.csv"):
        assert stranger.get(f"{API}/runs/{run_id}{path}").status_code == 404
        assert owner.get(f"{API}/runs/{run_id}{path}").status_code == 200
    for verb in ("pause", "resume", "cancel", "undo"):
        assert stranger.post(f"{API}/runs/{run_id}/{verb}").status_code == 404
    assert stranger.get(f"{API}/runs").json["items"] == []
    answer = stranger.post(f"{API}/runs/retag", json={"topics": [world.topic_ids["refund"]]})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        pytest.param("retag", {"topics": [99]}, "topics[0]", id="no such topic"),
        pytest.param("retag", {"topics": []}, "topics", id="no topic at all"),
        pytest.param("retag", {"dry_run": False, "drafts": True}, "", id="drafts are not applied"),
        pytest.param("retag", {"dry_run_id": 1}, "", id="a dry run of a dry run"),
        pytest.param(
            "retag", {"dry_run": False, "dry_run_id": 1, "topics": [1]}, "", id="topics twice"
        ),
        pytest.param("retag", {"filter": {"source": ["x"]}}, "filter.source", id="no such source"),
        pytest.param(
            "retag",
            {"filter": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}},
            "filter.to",
            id="ends before it begins",
        ),
        pytest.param("retranscribe", {"model": "/etc"}, "model", id="a folder of the server"),
        pytest.param("retranscribe", {"model": "../x"}, "model", id="a folder above"),
    ],
)
def test_wrong_requests_name_the_place(
    world: World, owner: Api, path: str, body: object, place: str
) -> None:
    answer = owner.post(f"{API}/runs/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert [one["path"] for one in answer.json["errors"]] == [place]


def test_a_run_needs_its_permission(world: World, make_api: MakeApi, account: NewAccount) -> None:
    reader = make_api(account.account_id, *(set(Permission) - {Permission.RUNS_APPLY}))
    assert reader.post(f"{API}/runs/retag", json={}).status_code == 403
    assert reader.get(f"{API}/runs").status_code == 403


def test_who_sees_some_calls_sees_their_changes_and_starts_nothing(
    world: World, owner: Api, app: Flask
) -> None:
    """A role of people of one group, which may apply runs."""
    run_id = world.finish("refund", apply=False)
    seen = ids(world)[2]
    group_id = owner.put(f"{API}/groups/sales", json={"name": "Sales"}).json["id"]
    with world.database.write() as connection:
        connection.execute(update(contacts).where(contacts.c.id == seen).values(group_id=group_id))
    role = {"permissions": ["calls", "runs.apply", "export"], "sees": "groups"}
    owner.put(f"{API}/roles/head", json=role)
    head = {"login": "head", "name": "Head", "password": PASSWORD, "role": "head"}
    made = owner.post(f"{API}/users", json=head | {"groups": ["sales"]})
    assert made.status_code == 201, made.text
    client = app.test_client()
    session = client.post(f"{API}/session", json={"login": "head", "password": PASSWORD})
    api = Api(client, {"X-CSRF-Token": session.json["csrf_token"]})
    shown = api.get(f"{API}/runs/{run_id}/topics/{world.topic_ids['refund']}").json["items"]
    assert [item["id"] for item in shown] == [seen]
    lines = api.get(f"{API}/runs/{run_id}/changes.csv").text.splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == [str(seen)]
    for path in ("retag", "retranscribe", f"{run_id}/cancel"):
        assert api.post(f"{API}/runs/{path}", json={}).status_code == 403


def test_retranscription_goes_through_the_same_door(world: World, owner: Api) -> None:
    asked = owner.post(f"{API}/runs/retranscribe", json={"model": "large-v3"})
    assert asked.status_code == 202
    assert (asked.json["kind"], asked.json["model"]) == ("retranscribe", "large-v3")
    run = f"{API}/runs/{asked.json['id']}"
    assert owner.post(f"{API}/runs/retranscribe", json={}).status_code == 409
    assert owner.get(f"{run}/topics/{world.topic_ids['refund']}").status_code == 404
    assert owner.post(f"{run}/cancel").json["state"] == "cancelled"
    assert owner.post(f"{run}/undo").status_code == 409
