"""Thumbs, and the precision and recall that follow from them."""

from dataclasses import dataclass

import pytest
from sqlalchemy import update

from services.gateway.accounts import NewAccount
from shared.db.tables import marks, topics
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.world import World

from .conftest import API, SignIn


@dataclass
class Judged:
    """A topic whose rule has set it on the contacts `found`, and not on `passed`."""

    topic: int
    versions: list[int]
    found: list[int]
    passed: int
    ruleless: int

    def path(self, contact: int, topic: int | None = None) -> str:
        return f"{API}/contacts/{contact}/topics/{topic or self.topic}/thumb"


@pytest.fixture
def judged(parts: Parts, account: NewAccount) -> Judged:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic = world.topic("refund", active_version=1)
        versions = [world.version(topic, 1), world.version(topic, 2)]
        sales = world.group("sales")
        found = [world.call(f"call-{n}", minute=n, group_id=sales) for n in range(3)]
        for contact in found:
            world.mark(contact, topic, topic_version_id=versions[0])
        return Judged(topic, versions, found, world.call("passed"), world.topic("manual"))


def precision(api: Api, judged: Judged) -> dict[str, object]:
    return dict(api.get(f"{API}/topics/{judged.topic}/precision").json)


def test_opinions_give_precision_and_recall(judged: Judged, owner: Api, sign_in: SignIn) -> None:
    nothing = {"right": 0, "wrong": 0, "missed": 0, "precision": None, "recall": None}
    assert precision(owner, judged) == nothing | {"topic_id": judged.topic, "versions": []}
    opinions = [
        (judged.found[0], {"opinion": "right"}),
        (judged.found[0], {"opinion": "right", "start_ms": 4000}),
        (judged.found[0], {"opinion": "missed", "start_ms": 9000}),
        (judged.found[1], {"opinion": "right"}),
        (judged.found[2], {"opinion": "wrong"}),
        (judged.passed, {"opinion": "missed"}),
    ]
    for contact, body in opinions:
        answer = owner.put(judged.path(contact), json=body)
        assert answer.status_code == 204, answer.text
    counted = {"right": 3, "wrong": 1, "missed": 2, "precision": 0.75, "recall": 0.6}
    assert precision(owner, judged) == counted | {
        "topic_id": judged.topic,
        "versions": [counted | {"version": 1}],
    }
    # Whoever sees fewer contacts is told of fewer.
    head = sign_in("head", role="supervisor", groups=["sales"])
    assert precision(head, judged)["missed"] == 1


def test_a_place_counts_once_by_the_newest_opinion(
    judged: Judged, owner: Api, sign_in: SignIn
) -> None:
    contact = judged.found[0]
    vera, oleg = sign_in("vera", role="quality"), sign_in("oleg", role="operator")
    vera.put(judged.path(contact), json={"opinion": "right"})
    owner.put(judged.path(contact), json={"opinion": "right"})
    vera.put(judged.path(contact), json={"opinion": "wrong"})
    # Not one of their calls: not seen.
    assert oleg.put(judged.path(contact), json={"opinion": "right"}).status_code == 404
    now = precision(owner, judged)
    assert (now["right"], now["wrong"]) == (0, 1)
    listed = owner.get(f"{API}/contacts/{contact}/marks").json["thumbs"]
    assert [(one["opinion"], one["start_ms"], one["version"]) for one in listed] == [
        ("right", 0, 1),
        ("wrong", 0, 1),
    ]
    assert [one["author"] and one["author"]["name"] for one in listed] == [None, "vera"]
    assert vera.delete(judged.path(contact)).status_code == 204
    assert vera.delete(judged.path(contact)).status_code == 204
    assert precision(owner, judged)["right"] == 1


def test_an_opinion_is_on_the_version_that_set_the_mark(
    parts: Parts, judged: Judged, owner: Api
) -> None:
    with parts.database.write() as connection:
        connection.execute(
            update(topics).where(topics.c.id == judged.topic).values(active_version=2)
        )
        connection.execute(
            update(marks)
            .where(marks.c.contact_id == judged.found[1])
            .values(topic_version_id=judged.versions[1])
        )
    for contact, opinion in zip(
        [*judged.found, judged.passed], ["wrong", "right", "wrong", "missed"], strict=True
    ):
        owner.put(judged.path(contact), json={"opinion": opinion})
    found = precision(owner, judged)
    assert found["versions"] == [
        {"version": 2, "right": 1, "wrong": 0, "missed": 1, "precision": 1.0, "recall": 0.5},
        {"version": 1, "right": 0, "wrong": 2, "missed": 0, "precision": 0.0, "recall": None},
    ]


def test_opinions_on_nothing_are_refused(judged: Judged, owner: Api, stranger: Api) -> None:
    found, passed = judged.found[0], judged.passed
    tried = {
        "right, but nothing is set": owner.put(judged.path(passed), json={"opinion": "right"}),
        "missed, but it is set": owner.put(judged.path(found), json={"opinion": "missed"}),
        "missed by no rule": owner.put(
            judged.path(passed, judged.ruleless), json={"opinion": "missed"}
        ),
        "no opinion": owner.put(judged.path(found), json={"opinion": "fine"}),
        "before the call": owner.put(judged.path(found), json={"opinion": "right", "start_ms": -1}),
        "of another account": stranger.put(judged.path(found), json={"opinion": "right"}),
        "precision of another account": stranger.get(f"{API}/topics/{judged.topic}/precision"),
    }
    assert {name: answer.status_code for name, answer in tried.items()} == {
        "right, but nothing is set": 409,
        "missed, but it is set": 409,
        "missed by no rule": 409,
        "no opinion": 422,
        "before the call": 422,
        "of another account": 404,
        "precision of another account": 404,
    }
