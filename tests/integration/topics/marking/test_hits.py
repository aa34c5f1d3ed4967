"""The hits of a topic, page by page."""

import pytest

from services.gateway.accounts import NewAccount
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.journal.world import World

from .conftest import API, SignIn

EXPECTED = ["new 1", "new 2", "old 1", "old 2", "old 3"]


@pytest.fixture
def topic(parts: Parts, account: NewAccount) -> int:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic, other = world.topic("refund", active_version=2), world.topic("thanks")
        versions = [world.version(topic, 1), world.version(topic, 2)]
        old = world.call("old", minute=0)
        new = world.call("new", minute=5, group_id=world.group("sales"))
        mark = world.mark(old, topic, topic_version_id=versions[0])
        # The second recording begins a minute after the first.
        first = world.recording(old, "first")
        second = world.recording(old, "second", offset_ms=60_000)
        anna = world.employee("anna")
        world.hit(mark, second, 100, "old 3")
        world.hit(mark, first, 50_000, "old 2", employee_id=anna)
        world.hit(mark, first, 1000, "old 1")
        mark = world.mark(new, topic, topic_version_id=versions[1])
        world.mark(new, topic, "correction", verdict=False)
        only = world.recording(new, "only")
        world.hit(mark, only, 700, "new 1")
        world.hit(mark, only, 700, "new 2")
        world.hit(world.mark(new, other), only, 900, "of another topic")
    return topic


def test_newest_contact_first_then_in_its_order(owner: Api, topic: int) -> None:
    path = f"{API}/topics/{topic}/hits"
    whole = owner.get(path).json
    assert [hit["text"] for hit in whole["items"]] == EXPECTED
    assert whole["next_cursor"] is None
    paged, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"{path}?limit=2{cursor and f'&cursor={cursor}'}").json
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == whole["items"]
    by_text = {hit["text"]: hit for hit in whole["items"]}
    assert by_text["old 3"]["contact_start_ms"] == 60_100
    assert by_text["old 2"]["employee_name"] == "anna"
    assert (by_text["old 1"]["version"], by_text["old 1"]["current"]) == (1, False)
    assert (by_text["new 1"]["version"], by_text["new 1"]["current"]) == (2, True)
    assert by_text["old 1"]["effective"] is True
    assert by_text["new 1"]["effective"] is False
    assert by_text["new 1"]["contact_external_id"] == "new"


def test_of_a_period_and_of_what_is_seen(
    owner: Api,
    stranger: Api,
    topic: int,
    account: NewAccount,
    make_api: MakeApi,
    sign_in: SignIn,
) -> None:
    path = f"{API}/topics/{topic}/hits"

    def texts(api: Api, query: str = "") -> list[str]:
        return [hit["text"] for hit in api.get(f"{path}{query}").json["items"]]

    assert texts(owner, "?started_from=2026-09-21T14:18:20Z") == EXPECTED[:2]
    assert texts(owner, "?started_to=2026-09-21T14:18:20Z") == EXPECTED[2:]
    assert texts(sign_in("head", role="supervisor", groups=["sales"])) == EXPECTED[:2]
    assert stranger.get(path).status_code == 404
    assert owner.get(f"{API}/topics/999/hits").status_code == 404
    assert make_api(account.account_id, Permission.CALLS).get(path).status_code == 403
