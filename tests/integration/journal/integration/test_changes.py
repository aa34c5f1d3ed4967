"""GET /integration/changes: whoever follows the feed misses nothing, in whatever order is committed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from services.gateway.accounts import NewAccount
from shared.contacts.changes import Changed, note_changes, number_changes
from shared.db.session import Database
from shared.db.tables import contact_changes
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.test_visibility import sign_in
from tests.integration.journal.world import World

API = "/api/v1"
PATH = f"{API}/integration/changes"


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> list[int]:
    """Five calls that are named call-0 … call-4."""
    with parts.database.write() as connection:
        world = World(connection, account)
        return [world.call(f"call-{number}", minute=number) for number in range(5)]


class Reader:
    """Follows the feed as a foreign page does."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.after: str | None = None

    def read(self, limit: int = 1000) -> dict[str, Any]:
        query = f"limit={limit}" + (f"&after={self.after}" if self.after else "")
        answer = self.api.get(f"{PATH}?{query}")
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json
        self.after = document["next_after"]
        return document

    def news(self) -> list[tuple[str, str]]:
        return [(item["external_id"], item["what"]) for item in self.read()["items"]]


def note(database: Database, account: NewAccount, ids: list[int], what: Changed) -> None:
    with database.write() as connection:
        note_changes(connection, account.account_id, ids, what)


def test_an_item_says_what_changed_and_where(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    note(parts.database, account, calls[:1], Changed.TRANSCRIPT | Changed.TOPICS)
    answer = owner.get(PATH).json
    first, second = answer["items"]
    assert {first.pop("what"), second["what"]} == {"transcript", "topics"}
    assert first.pop("changed_at").endswith("Z")
    assert first == {
        "number": 1,
        "source": "pbx",
        "external_id": "call-0",
        "contact_id": calls[0],
        "link": f"/contacts/{calls[0]}",
    }
    assert (second["number"], answer["next_after"], answer["more"]) == (2, "2", False)


def test_a_contact_that_changes_again_comes_again_at_the_end(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    reader, late = Reader(owner), Reader(owner)
    assert reader.news() == []
    note(parts.database, account, calls[:2], Changed.TOPICS)
    assert reader.news() == [("call-0", "topics"), ("call-1", "topics")]
    note(parts.database, account, calls[:1], Changed.TOPICS)
    note(parts.database, account, calls[:1], Changed.RECORDING)
    # Its topics have not changed once more because its recording did.
    assert sorted(reader.news()) == [("call-0", "recording"), ("call-0", "topics")]
    assert reader.news() == []
    # Who has read nothing yet hears of each change once.
    assert sorted(late.news()) == [
        ("call-0", "recording"),
        ("call-0", "topics"),
        ("call-1", "topics"),
    ]


def test_parts_of_the_feed_join_without_gap(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    note(parts.database, account, calls, Changed.RECORDING)
    reader = Reader(owner)
    read = [reader.read(limit=2) for _ in range(4)]
    assert [[item["number"] for item in one["items"]] for one in read] == [[1, 2], [3, 4], [5], []]
    assert [one["more"] for one in read] == [True, True, False, False]
    assert [one["next_after"] for one in read] == ["2", "4", "5", "5"]


def test_now_begins_behind_everything(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    note(parts.database, account, calls[:3], Changed.TOPICS)
    reader = Reader(owner)
    reader.after = "now"
    assert reader.news() == []
    note(parts.database, account, calls[1:2], Changed.TOPICS)
    assert reader.news() == [("call-1", "topics")]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_slow_transaction_is_not_passed_by(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    """It noted its change before the one that was read, and commits after; SQLite has one writer."""
    reader = Reader(owner)
    with parts.database.write() as slow:
        note_changes(slow, account.account_id, calls[:1], Changed.TOPICS)
        note(parts.database, account, calls[1:2], Changed.TOPICS)
        assert reader.news() == [("call-1", "topics")]
        assert reader.news() == []
    assert reader.news() == [("call-0", "topics")]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_reader_does_not_wait_for_a_slow_transaction(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    """A change that is committed, not yet numbered, and being made again: it comes afterwards."""
    reader = Reader(owner)
    note(parts.database, account, calls[:2], Changed.TOPICS)
    with parts.database.write() as slow:
        note_changes(slow, account.account_id, calls[:1], Changed.TOPICS)
        assert reader.news() == [("call-1", "topics")]
    assert reader.news() == [("call-0", "topics")]


def test_what_is_rolled_back_never_comes(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    reader = Reader(owner)
    with parts.database.read() as rolled_back:
        note_changes(rolled_back, account.account_id, calls, Changed.TOPICS)
    assert reader.news() == []


def test_a_reader_beside_many_writers_hears_of_every_change(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int]
) -> None:
    def write(turn: int) -> None:
        note(parts.database, account, calls[turn % 5 :], Changed.TOPICS)
        number_changes(parts.database, account.account_id)

    reader = Reader(owner)
    read = []
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, turn) for turn in range(15)]
        while not all(writer.done() for writer in writers):
            read += reader.read()["items"]
        for writer in writers:
            writer.result()
    read += reader.read()["items"]
    numbers = [item["number"] for item in read]
    assert numbers == sorted(set(numbers))
    with parts.database.read() as connection:
        stored = connection.execute(contact_changes.select()).all()
    heard = {item["contact_id"]: item["number"] for item in read}
    assert heard == {row.contact_id: row.number for row in stored}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("6", id="not-given-out-yet"),
        pytest.param("999999999999999999999", id="too-great"),
        pytest.param("-1", id="negative"),
        pytest.param("x", id="no-number"),
        pytest.param("%D9%A1", id="foreign-digit"),
        pytest.param("", id="empty"),
    ],
)
def test_an_unknown_place_is_refused(
    owner: Api, account: NewAccount, parts: Parts, calls: list[int], after: str
) -> None:
    note(parts.database, account, calls, Changed.TOPICS)
    assert owner.get(f"{PATH}?after=0").json["next_after"] == "5"
    answer = owner.get(f"{PATH}?after={after}")
    assert (answer.status_code, answer.json["code"]) == (400, "unknown-position")
    assert answer.json["errors"][0]["path"] == "query.after"


def test_everybody_hears_of_what_they_see(
    app: Flask, owner: Api, stranger: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        sales = world.group("sales")
        calls = [world.call(f"call-{number}") for number in range(3)]
        calls.append(world.call("sold", group_id=sales))
        calls.append(world.call("last"))
    note(parts.database, account, calls, Changed.TOPICS)
    head = Reader(sign_in(app, owner, "sales-head", role="supervisor", groups=["sales"]))
    read = [head.read(limit=2) for _ in range(3)]
    assert [[item["external_id"] for item in one["items"]] for one in read] == [[], ["sold"], []]
    assert [one["more"] for one in read] == [True, True, False]
    assert Reader(stranger).read() == {"items": [], "next_after": "0", "more": False}
