"""External ids and topic counts of the contacts that match, and the state of the services."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from shared.db.tables import accounts, topics
from shared.http.schemas import iso_time
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import Api, MakeApi
from tests.integration.journal.integration.rules import judged, topic_in_force
from tests.integration.journal.test_visibility import sign_in
from tests.integration.journal.world import MINUTE_MS, NOON_MS, WHOLE_TIME, World

API = "/api/v1/integration"
READING = ("contacts", "topic-counts", "services", "changes")


def at(minute: int) -> str:
    return iso_time(NOON_MS + minute * MINUTE_MS)


def names(api: Any, query: str) -> list[str]:
    answer = api.get(f"{API}/contacts?{query}")
    assert answer.status_code == 200, answer.text
    return [item["external_id"] for item in answer.json["items"]]


@pytest.fixture
def refund(parts: Parts, account: NewAccount) -> int:
    """A topic that is set on the first and the second of four calls, of which the last is newer
    than the rules.
    """
    with parts.database.write() as connection:
        world = World(connection, account)
        topic, _ = topic_in_force(world, "test/refund", name="Возврат", revision=2)
        topic_in_force(world, "test/greeting", name="Приветствие", revision=1)
        sales = world.group("sales")
        calls = [
            world.call("first", minute=0, group_id=sales),
            world.call("second", minute=1),
            world.call("third", minute=2, group_id=sales),
            world.call("fourth", minute=3),
        ]
        world.mark(calls[0], topic)
        world.mark(calls[1], topic, "operator")
        world.mark(calls[2], topic)
        world.mark(calls[2], topic, "correction", verdict=False)
        for call in calls[:3]:
            judged(world, call, 2)
    return topic


def test_ids_by_period_and_topics(owner: Api, refund: int) -> None:
    assert names(owner, WHOLE_TIME) == ["fourth", "third", "second", "first"]
    assert names(owner, f"from={at(1)}&to={at(3)}") == ["third", "second"]
    assert names(owner, f"{WHOLE_TIME}&topic=test/refund") == ["second", "first"]
    assert names(owner, f"from={at(1)}&topic={refund}") == ["second"]
    asked = f"{WHOLE_TIME}&topic_verdict=test/refund:not_judged"
    assert names(owner, asked) == ["fourth"]
    wrong = owner.get(f"{API}/contacts?{WHOLE_TIME}&topic=nothing")
    assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (422, "query.topic")


def test_ids_come_in_pages(owner: Api, account: NewAccount, refund: int) -> None:
    first = owner.get(f"{API}/contacts?{WHOLE_TIME}&limit=3").json
    last = owner.get(f"{API}/contacts?{WHOLE_TIME}&limit=3&cursor={first['next_cursor']}").json
    assert [item["external_id"] for item in first["items"]] == ["fourth", "third", "second"]
    assert last["next_cursor"] is None
    (item,) = last["items"]
    contact = item.pop("contact_id")
    assert item == {
        "source": "pbx",
        "external_id": "first",
        "started_at": at(0),
        "link": f"/contacts/{contact}",
    }


def test_counts_of_a_period(owner: Api, stranger: Api, refund: int) -> None:
    answer = owner.get(f"{API}/topic-counts?{WHOLE_TIME}").json
    assert (answer["contacts"], answer["not_judged"]) == (4, 1)
    assert answer["items"][0] == {
        "id": refund,
        "key": "test/refund",
        "name": "Возврат",
        "colour": "#607d8b",
        "contacts": 2,
        "link": f"/topics/{refund}",
    }
    assert [(item["name"], item["contacts"]) for item in answer["items"][1:]] == [
        ("Приветствие", 0)
    ]
    later = owner.get(f"{API}/topic-counts?from={at(1)}&topic=test/refund").json
    assert (later["contacts"], later["not_judged"], later["items"][0]["contacts"]) == (1, 0, 1)
    assert stranger.get(f"{API}/topic-counts?{WHOLE_TIME}").json == {
        "contacts": 0,
        "not_judged": 0,
        "items": [],
    }


def test_everybody_counts_what_they_see(app: Flask, owner: Api, refund: int) -> None:
    head = sign_in(app, owner, "sales-head", role="supervisor", groups=["sales"])
    assert names(head, WHOLE_TIME) == ["third", "first"]
    answer = head.get(f"{API}/topic-counts?{WHOLE_TIME}").json
    assert (answer["contacts"], answer["items"][0]["contacts"]) == (2, 1)


def test_archived_topics_are_not_offered(owner: Api, parts: Parts, refund: int) -> None:
    with parts.database.write() as connection:
        connection.execute(update(topics).where(topics.c.id == refund).values(archived_at_ms=1))
    answer = owner.get(f"{API}/topic-counts?{WHOLE_TIME}").json
    assert [item["name"] for item in answer["items"]] == ["Приветствие"]


def test_services_become_connected(owner: Api, account: NewAccount, parts: Parts) -> None:
    def told() -> list[tuple[str, str | None, str]]:
        items = owner.get(f"{API}/services").json["items"]
        assert [item["name"] for item in items] == ["Запись разговоров", "Речевая аналитика"]
        return [(item["state"], item["missing"], item["link"]) for item in items]

    sources, speech, settings = "/settings/sources", "/settings/speech", "/topics"
    assert told() == [
        ("available", "recordings", sources),
        ("available", "speech-model", speech),
    ]
    with parts.database.write() as connection:
        world = World(connection, account)
        world.recording(world.call("call"), "rec")
        connection.execute(update(accounts).values(speech_model="large-v3-turbo"))
    assert told() == [("connected", None, sources), ("available", "topics", settings)]
    with parts.database.write() as connection:
        topic_in_force(World(connection, account), "test/refund")
    assert told() == [("connected", None, sources), ("connected", None, settings)]


def test_the_installations_model_counts_too(
    account: NewAccount, owner: Api, parts: Parts, settings: Settings
) -> None:
    whole = settings.model_copy(update={"speech_model": str(Path("models/large"))})
    app = create_app(Parts(whole, parts.database, parts.store))
    api = Api(app.test_client(), owner.headers)
    assert api.get(f"{API}/services").json["items"][1]["missing"] == "topics"


@pytest.mark.parametrize("path", READING)
def test_needs_the_permission_to_see_calls(
    account: NewAccount, make_api: MakeApi, path: str
) -> None:
    nearly = make_api(account.account_id, *(set(Permission) - {Permission.CALLS}))
    assert nearly.get(f"{API}/{path}").status_code == 403
