"""Topics that come with a contact: found or made, corrected, and never a person's of ours."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from shared.db.tables import contact_changes, marks, topics
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.intake.state import stored_state
from tests.integration.journal.world import World

PATH = "/api/v1/sources/pbx/contacts/call-1"
CALL = {"started_at": "2026-03-01T10:00:00"}


def put(intake: Api, *names: str, **fields: Any) -> tuple[int, str]:
    answer = intake.put(PATH, json=CALL | {"topics": list(names)} | fields)
    assert answer.status_code in {200, 201}, answer.text
    return answer.status_code, answer.json["outcome"]


def state(parts: Parts, account: NewAccount) -> dict[str, Any]:
    return stored_state(parts.database, account.account_id)


def set_topics(parts: Parts, account: NewAccount) -> set[tuple[str, str]]:
    """(topic, origin) of every yes."""
    return {
        (topic, origin) for _, topic, origin, verdict in state(parts, account)["marks"] if verdict
    }


def test_topics_are_found_by_key_and_name_or_made(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        refund = world.topic("refund", "Возврат", active_version=1)
        world.topic("gone", "Оплата", archived_at_ms=1)
        payment = world.topic("payment", "Оплата")
    assert put(intake, "refund", "Оплата", "Новинка") == (201, "created")
    with parts.database.read() as connection:
        found = connection.execute(
            select(topics.c.id, topics.c.key, topics.c.active_version)
            .join(marks, marks.c.topic_id == topics.c.id)
            .order_by(topics.c.id)
        ).all()
    assert [row.id for row in found][:2] == [refund, payment]
    assert (found[2].key, found[2].active_version) == ("novinka", 0)


def test_another_list_corrects_those_of_its_origin(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    put(intake, "Оплата", "Доставка")
    assert put(intake, "Оплата", topics_origin="voice_menu") == (200, "changed")
    with parts.database.write() as connection:
        connection.execute(contact_changes.delete())
    assert put(intake, "Доставка", "Оплата", "Доставка") == (200, "unchanged")
    with parts.database.read() as connection:
        assert connection.execute(select(contact_changes)).all() == []
    assert put(intake, "Возврат", "Доставка") == (200, "changed")
    with parts.database.read() as connection:
        assert connection.execute(select(contact_changes.c.what)).scalars().all() == [1]
    assert set_topics(parts, account) == {
        ("Возврат", "operator"),
        ("Доставка", "operator"),
        ("Оплата", "voice_menu"),
    }
    # A correction of something else says nothing about topics.
    intake.put(PATH, json={"talk_ms": 5})
    assert len(set_topics(parts, account)) == 3
    assert put(intake) == (200, "changed")
    assert set_topics(parts, account) == {("Оплата", "voice_menu")}


def test_a_persons_word_and_a_rules_stay(
    intake: Api, owner: Api, parts: Parts, account: NewAccount
) -> None:
    put(intake, "Оплата", "Доставка")
    with parts.database.write() as connection:
        world = World(connection, account)
        ids = dict(connection.execute(select(topics.c.name, topics.c.id)).all())
        contact = connection.execute(select(marks.c.contact_id).limit(1)).scalar_one()
        world.mark(contact, ids["Оплата"], "rule")
        world.mark(contact, ids["Доставка"], "correction", verdict=False)
        world.mark(contact, world.topic("person", "Сами"), "operator", author_id=account.owner_id)
        world.mark(
            contact,
            world.topic("person-no", "Сами нет"),
            "operator",
            verdict=False,
            author_id=account.owner_id,
        )
    put(intake, "Возврат", "Сами нет")
    assert state(parts, account)["marks"] == {
        ("call-1", "Оплата", "rule", True),
        ("call-1", "Доставка", "correction", False),
        ("call-1", "Сами", "operator", True),
        ("call-1", "Сами нет", "operator", False),
        ("call-1", "Возврат", "operator", True),
    }
    # A no that a machine has set gives way to a yes that is handed in.
    path = f"/api/v1/contacts/{contact}/marks/{ids['Доставка']}"
    assert owner.put(path, json={"origin": "operator", "verdict": False}).status_code == 201
    put(intake, "Доставка")
    assert ("Доставка", "operator") in set_topics(parts, account)


@pytest.fixture
def crowded(parts: Parts, account: NewAccount) -> Flask:
    """A gateway where an account has two topics at most, and has one."""
    with parts.database.write() as connection:
        World(connection, account).topic("refund")
        World(connection, account).topic("old", archived_at_ms=1)
    few = parts.settings.model_copy(update={"max_topics": 2})
    return create_app(replace(parts, settings=few))


def test_more_topics_than_an_account_may_have_are_refused(
    crowded: Flask, parts: Parts, account: NewAccount
) -> None:
    intake = Api(crowded.test_client(), {"Authorization": f"Bearer {account.intake_token}"})
    refused = intake.put(PATH, json=CALL | {"topics": ["refund", "old", "Раз", "Два"]})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["path"] == "topics[3]"
    left = state(parts, account)
    assert (left["contacts"], len(left["topics"])) == ({}, 2)
    lines = b'{"external_id": "a", "started_at": "2026-03-01T10:00:00", "topics": ["%s"]}\n'
    answer = intake.post(
        "/api/v1/sources/pbx/contacts",
        data=b"".join(lines % name.encode() for name in ("Раз", "Два", "refund")),
        content_type="application/x-ndjson",
    )
    statuses = [line["status"] for line in map(json.loads, answer.data.splitlines())]
    assert statuses == [201, 422, 200]
