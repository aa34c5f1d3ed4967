"""People's word on a topic: set, changed, taken back, and what counts then."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from shared.db.tables import contact_changes, marks
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.journal.world import WHOLE_TIME, World

from .conftest import API, SignIn


@dataclass
class Marked:
    """A contact that a rule has put under a topic, and another topic."""

    contact: int
    topic: int
    other: int

    def path(self, topic: int | None = None) -> str:
        return f"{API}/contacts/{self.contact}/marks/{topic or self.topic}"


@pytest.fixture
def marked(parts: Parts, account: NewAccount) -> Marked:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic = world.topic("refund", active_version=1)
        contact = world.call("call", group_id=world.group("sales"))
        world.mark(contact, topic, topic_version_id=world.version(topic, 1))
        return Marked(contact, topic, world.topic("thanks"))


def under(owner: Api, topic: int) -> bool:
    items = owner.get(f"{API}/contacts?{WHOLE_TIME}&topic={topic}").json["items"]
    return bool(items)


def changes(parts: Parts) -> int:
    """How many contacts changed since the last look."""
    with parts.database.write() as connection:
        gone = connection.execute(contact_changes.delete().returning(contact_changes.c.contact_id))
        return len(gone.all())


def test_a_correction_counts_until_it_is_taken_back(
    parts: Parts, marked: Marked, owner: Api, sign_in: SignIn
) -> None:
    quality = sign_in("vera", role="quality")
    answer = quality.put(marked.path(), json={"verdict": False})
    assert answer.status_code == 201, answer.text
    said = answer.json
    assert (said["origin"], said["verdict"], said["effective"]) == ("correction", False, True)
    assert said["author"]["name"] == "vera"
    assert changes(parts) == 1
    assert not under(owner, marked.topic)
    listed = owner.get(f"{API}/contacts/{marked.contact}/marks").json["items"]
    assert {(one["origin"], one["effective"]) for one in listed} == {
        ("rule", False),
        ("correction", True),
    }
    assert [one["author"] for one in listed if one["origin"] == "rule"] == [None]
    assert quality.delete(marked.path()).status_code == 204
    assert changes(parts) == 1
    assert under(owner, marked.topic)
    assert quality.delete(marked.path()).status_code == 204
    assert changes(parts) == 0


def test_the_same_word_again_changes_nothing_and_keeps_its_author(
    parts: Parts, marked: Marked, sign_in: SignIn
) -> None:
    vera, oleg = sign_in("vera", role="quality"), sign_in("oleg", role="quality")
    first = vera.put(marked.path(), json={"verdict": True})
    changes(parts)
    again = oleg.put(marked.path(), json={"verdict": True})
    assert (again.status_code, again.json) == (200, first.json)
    assert changes(parts) == 0
    other = oleg.put(marked.path(), json={"verdict": False}).json
    assert (other["id"], other["author"]["name"]) == (first.json["id"], "oleg")
    assert changes(parts) == 1


def test_each_origin_has_its_own_word(marked: Marked, owner: Api) -> None:
    path = marked.path(marked.other)
    said = {"import": True, "voice_menu": False, "operator": True, "correction": False}
    counts = {}
    for origin, verdict in said.items():
        body = {"origin": origin, "verdict": verdict}
        assert owner.put(path, json=body).json["effective"] is True
        counts[origin] = under(owner, marked.other)
    assert counts == said
    for origin, left in (("correction", True), ("operator", False), ("voice_menu", True)):
        assert owner.delete(f"{path}?origin={origin}").status_code == 204
        assert under(owner, marked.other) is left


WRONG: dict[str, tuple[Any, str]] = {
    "a rule's": ({"origin": "rule", "verdict": True}, "origin"),
    "no verdict": ({"origin": "operator"}, "verdict"),
    "a word for a verdict": ({"verdict": "yes"}, "verdict"),
    "more than that": ({"verdict": True, "note": "x"}, "note"),
}


def test_wrong_words_are_refused_with_their_place(parts: Parts, marked: Marked, owner: Api) -> None:
    found = {}
    for name, (body, _) in WRONG.items():
        refused = owner.put(marked.path(), json=body)
        assert refused.status_code == 422
        found[name] = refused.json["errors"][0]["path"]
    assert found == {name: place for name, (_, place) in WRONG.items()}
    assert owner.delete(f"{marked.path()}?origin=rule").status_code == 422
    with parts.database.read() as connection:
        assert connection.execute(select(marks.c.origin)).scalars().all() == ["rule"]


def test_who_may_not_or_does_not_see_changes_nothing(
    parts: Parts,
    account: NewAccount,
    marked: Marked,
    owner: Api,
    stranger: Api,
    sign_in: SignIn,
    make_api: MakeApi,
) -> None:
    editor = {"permissions": ["calls", "hits", "marks.edit"], "sees": "groups"}
    assert owner.put(f"{API}/roles/head", json=editor).status_code in {200, 201}
    with parts.database.write() as connection:
        World(connection, account).group("help")
    reader = make_api(account.account_id, Permission.CALLS, Permission.HITS)
    body = {"verdict": False}
    tried = {
        "without the permission": reader.put(marked.path(), json=body),
        "of another group": sign_in("h", role="head", groups=["help"]).put(
            marked.path(), json=body
        ),
        "of another account": stranger.put(marked.path(), json=body),
        "topic of nobody": owner.put(f"{API}/contacts/{marked.contact}/marks/999", json=body),
        "contact of nobody": owner.put(f"{API}/contacts/999/marks/{marked.topic}", json=body),
        "taken back elsewhere": stranger.delete(marked.path()),
        "of the group": sign_in("s", role="head", groups=["sales"]).put(marked.path(), json=body),
    }
    assert {name: answer.status_code for name, answer in tried.items()} == {
        "without the permission": 403,
        "of another group": 404,
        "of another account": 404,
        "topic of nobody": 404,
        "contact of nobody": 404,
        "taken back elsewhere": 404,
        "of the group": 201,
    }
    with parts.database.read() as connection:
        origins = connection.execute(select(marks.c.origin)).scalars().all()
    assert sorted(origins) == ["correction", "rule"]
