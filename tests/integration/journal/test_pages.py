"""Pages of the list hold every call once, whatever their times."""

import random

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.world import WHOLE_TIME, World

API = "/api/v1"


def pages(api: Api, query: str) -> list[list[int]]:
    """Ids page by page."""
    found, cursor = [], ""
    while True:
        answer = api.get(f"{API}/contacts?{query}{cursor}")
        assert answer.status_code == 200, answer.text
        found.append([item["id"] for item in answer.json["items"]])
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json['next_cursor']}"


def test_pages_are_whole_and_in_order_under_equal_times(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    chance = random.Random(7)
    begun: dict[int, int] = {}
    with parts.database.write() as connection:
        world = World(connection, account)
        topic = world.topic("test/odd")
        for number in range(40):
            minute = chance.randrange(4)
            contact = world.call(f"call-{number}", minute=minute)
            begun[contact] = minute
            if contact % 2:
                # Two origins: a call is not listed once for each.
                world.mark(contact, topic)
                world.mark(contact, topic, "operator")
    whole = sorted(begun, key=lambda contact: (begun[contact], contact), reverse=True)
    for limit in (1, 7, 20, 39, 40, 41):
        found = pages(owner, f"{WHOLE_TIME}&limit={limit}")
        assert [contact for page in found for contact in page] == whole, limit
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1], "the last page is not empty"
    odd = [contact for contact in whole if contact % 2]
    found = pages(owner, f"{WHOLE_TIME}&limit=3&topic={topic}")
    assert [contact for page in found for contact in page] == odd


def test_calls_that_come_while_pages_are_turned_move_no_other(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        there = [World(connection, account).call(f"call-{n}", minute=n) for n in range(6)]
    first = owner.get(f"{API}/contacts?{WHOLE_TIME}&limit=2").json
    with parts.database.write() as connection:
        world = World(connection, account)
        world.call("newest", minute=10)
        late = world.call("late, in between", minute=1)
    rest = owner.get(f"{API}/contacts?{WHOLE_TIME}&limit=50&cursor={first['next_cursor']}").json
    seen = [item["id"] for item in first["items"] + rest["items"]]
    assert seen == [there[5], there[4], there[3], there[2], late, there[1], there[0]]


def test_cursor_is_bound_to_filter_and_account(
    owner: Api, stranger: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        for number in range(3):
            World(connection, account).call(f"call-{number}")
    cursor = owner.get(f"{API}/contacts?{WHOLE_TIME}&limit=1").json["next_cursor"]
    for caller, query in (
        (owner, f"{WHOLE_TIME}&direction=inbound"),
        (owner, "from=2026-01-02T00:00:00Z"),
        (stranger, WHOLE_TIME),
    ):
        refused = caller.get(f"{API}/contacts?{query}&limit=1&cursor={cursor}")
        assert refused.status_code == 422
        assert refused.json["code"] == "bad-cursor"
