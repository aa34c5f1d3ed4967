"""Topics with counts and the marks of a contact over HTTP."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from services.gateway.accounts import NewAccount
from services.topics.catalogue.packs import load_packs
from services.topics.tasks import HANDLERS
from shared.db.tables import marks, topics
from shared.queue.runner import Parts, run_job
from tests.gateway_client import Api

from .calls import Account

API = "/api/v1"
OPENING = "operator: здравствуйте компания вектор"
REFUND = "client: верните деньги"


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> Account:
    with parts.database.write() as connection:
        load_packs(connection, account.account_id, ["ru"])
    return Account(parts.database, account.account_id, account.source_id)


def tagged(parts: Parts, calls: Account, *lines: str) -> int:
    contact_id = calls.call(*lines)
    run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")
    return contact_id


def topic_id(parts: Parts, calls: Account, key: str) -> int:
    with parts.database.read() as connection:
        return int(
            connection.execute(
                select(topics.c.id).where(topics.c.account_id == calls.id, topics.c.key == key)
            ).scalar_one()
        )


def set_mark(parts: Parts, calls: Account, contact_id: int, key: str, **values: Any) -> None:
    topic = topic_id(parts, calls, key)
    with parts.database.write() as connection:
        connection.execute(
            insert(marks).values(
                account_id=calls.id,
                contact_id=contact_id,
                topic_id=topic,
                created_at_ms=1,
                **values,
            )
        )


def counts(owner: Api, query: str = "") -> dict[str, int]:
    listed = owner.get(f"{API}/topics{query}").json
    return {topic["key"]: topic["contacts"] for topic in listed["items"]}


def test_topics_are_counted_by_the_mark_that_counts(
    parts: Parts, calls: Account, owner: Api
) -> None:
    one = tagged(parts, calls, OPENING, REFUND)
    two = tagged(parts, calls, OPENING, "client: спасибо")
    calls.call(OPENING, REFUND)
    listed = owner.get(f"{API}/topics").json
    assert (listed["contacts"], listed["not_judged"]) == (3, 1)
    found = counts(owner)
    assert (found["refund"], found["greeting"], found["supervisor"]) == (1, 2, 0)
    set_mark(parts, calls, two, "refund", origin="operator", verdict=True)
    assert counts(owner)["refund"] == 2
    set_mark(parts, calls, one, "refund", origin="correction", verdict=False)
    assert counts(owner)["refund"] == 1


def test_counts_are_of_a_period(parts: Parts, calls: Account, owner: Api) -> None:
    tagged(parts, calls, OPENING, REFUND)
    assert counts(owner, "?started_from=2023-11-14T22:13:20Z")["refund"] == 1
    assert counts(owner, "?started_from=2023-11-14T22:13:21Z")["refund"] == 0
    assert counts(owner, "?started_to=2023-11-14T22:13:20Z")["refund"] == 0
    assert owner.get(f"{API}/topics?started_from=yesterday").status_code == 422


def test_a_topic_shows_its_rule(parts: Parts, calls: Account, owner: Api) -> None:
    found = owner.get(f"{API}/topics/{topic_id(parts, calls, 'refund')}").json
    assert found["group"] == "Жалобы"
    assert found["version"] == 1
    assert found["in_force"]["rule"]["said"]["by"] == "client"
    assert found["in_force"]["should_match"]


def test_marks_carry_their_evidence(parts: Parts, calls: Account, owner: Api) -> None:
    contact_id = tagged(parts, calls, OPENING, REFUND)
    found = owner.get(f"{API}/contacts/{contact_id}/marks").json
    assert found["judged"] is True
    refund = next(mark for mark in found["items"] if mark["topic_key"] == "refund")
    assert (refund["origin"], refund["verdict"], refund["effective"]) == ("rule", True, True)
    assert refund["current"] is True
    assert [hit["text"] for hit in refund["hits"]] == ["верните деньги"]
    set_mark(parts, calls, contact_id, "refund", origin="correction", verdict=False)
    found = owner.get(f"{API}/contacts/{contact_id}/marks").json
    effective = {
        mark["origin"]: mark["effective"]
        for mark in found["items"]
        if mark["topic_key"] == "refund"
    }
    assert effective == {"rule": False, "correction": True}


def test_another_account_sees_nothing(
    parts: Parts, calls: Account, owner: Api, stranger: Api
) -> None:
    contact_id = tagged(parts, calls, OPENING, REFUND)
    refund = topic_id(parts, calls, "refund")
    assert stranger.get(f"{API}/topics").json["items"] == []
    assert stranger.get(f"{API}/topics/{refund}").status_code == 404
    assert stranger.get(f"{API}/contacts/{contact_id}/marks").status_code == 404
    assert owner.get(f"{API}/contacts/{contact_id}/marks").status_code == 200
