"""Which calls each filter of the list finds."""

from urllib.parse import quote

import pytest

from services.gateway.accounts import NewAccount
from shared.http.schemas import iso_time
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.world import WHOLE_TIME, World
from tests.rows import add_source

API = "/api/v1"


@pytest.fixture
def names(parts: Parts, account: NewAccount, other_account: NewAccount) -> dict[str, int]:
    """Ids that the queries of the table name as {anna}; the calls are named as they differ."""
    with parts.database.write() as connection:
        world = World(connection, account)
        ids = {"anna": world.employee("anna"), "boris": world.employee("boris")}
        ids |= {"sales": world.group("sales"), "help": world.group("help")}
        ids |= {name: world.topic(f"test/{name}") for name in ("refund", "thanks", "price")}
        other_pbx = add_source(connection, account.account_id, "pbx-2")

        first = world.call(
            "first",
            minute=0,
            direction="inbound",
            client_number="+74951234567",
            client_number_raw="8 (495) 123-45-67",
            client_number_kind="e164",
            employee_id=ids["anna"],
            group_id=ids["sales"],
        )
        world.leg(first, employee_id=ids["anna"], group_id=ids["sales"])
        moved = world.call(
            "moved",
            minute=1,
            direction="outbound",
            company_number="104",
            employee_id=ids["boris"],
            group_id=ids["help"],
        )
        world.leg(moved, 0, employee_id=ids["anna"], group_id=ids["sales"])
        world.leg(moved, 1, employee_id=ids["boris"], group_id=ids["help"])
        world.call("mail", minute=2, direction="", kind="voicemail", client_number_raw="x77012y")
        foreign = world.call("elsewhere", minute=3, source_id=other_pbx, direction="internal")

        world.mark(first, ids["refund"])
        world.mark(first, ids["thanks"])
        world.mark(first, ids["thanks"], "operator", verdict=False)
        world.mark(moved, ids["refund"], "operator", verdict=False)
        world.mark(moved, ids["refund"], "correction")
        world.mark(moved, ids["thanks"])
        world.mark(foreign, ids["thanks"], "operator")
        world.mark(foreign, ids["thanks"], "correction", verdict=False)
        world.mark(foreign, ids["thanks"], "rule")

        stranger = World(connection, other_account)
        theirs = stranger.call("theirs")
        stranger.mark(theirs, stranger.topic("test/refund"))
    return ids


# One table for one set of rows: a fresh database for every line would take minutes.
FOUND = {
    "all, the newest first": ("", ["elsewhere", "mail", "moved", "first"]),
    "direction": ("direction=inbound", ["first"]),
    "any of directions": ("direction=inbound&direction=internal", ["elsewhere", "first"]),
    "kind": ("kind=voicemail", ["mail"]),
    "kind of none": ("kind=fax", []),
    "source": ("source=pbx-2", ["elsewhere"]),
    "employee on any leg": ("employee={anna}", ["moved", "first"]),
    "employee of the last leg": ("employee={boris}", ["moved"]),
    "any of employees": ("employee={anna}&employee={boris}", ["moved", "first"]),
    "nobody": ("employee=4611686018427387904", []),
    "group on any leg": ("group={sales}", ["moved", "first"]),
    "group of the last leg": ("group={help}", ["moved"]),
    "correction says yes over a no": ("topic={refund}", ["moved", "first"]),
    "topic by key": ("topic=test/refund", ["moved", "first"]),
    "a person's no hides": ("topic={thanks}", ["moved"]),
    "topic of none": ("topic={price}", []),
    "any of topics": ("topic={price}&topic=test/thanks", ["moved"]),
    "a person's no": ("topic_verdict={thanks}:no", ["elsewhere", "first"]),
    "yes is what topic means": ("topic_verdict={refund}:yes", ["moved", "first"]),
    "no rule and nobody's word": ("topic_verdict=test/thanks:not_judged", ["mail"]),
    "nothing undecidable": ("topic_verdict={thanks}:undecidable", []),
    "any of verdicts": (
        "topic={refund}&topic_verdict={thanks}:no&topic_verdict={thanks}:undecidable",
        ["elsewhere", "moved", "first"],
    ),
    "all topics": ("topic={refund}&topic={thanks}&topic_match=all", ["moved"]),
    "all verdicts": ("topic={refund}&topic_verdict={thanks}:no&topic_match=all", ["first"]),
    "none of topics": ("topic={refund}&topic={thanks}&topic_match=none", ["elsewhere", "mail"]),
    "as many as there may be": (
        "&".join(["topic_verdict={thanks}:no", "topic_verdict={refund}:not_judged"] * 50),
        ["elsewhere", "mail", "first"],
    ),
    "all filters hold": ("topic={thanks}&direction=inbound", []),
    "part of a number": ("number=4951234", ["first"]),
    "number as people dial it": ("number=8 495 123-45-67", ["first"]),
    "number as people write it": ("number=+7 (495) 123-45-67", ["first"]),
    "our extension": ("number=104", ["moved"]),
    "raw text of an unknown number": ("number=7701", ["mail"]),
    "begin in, end out": ("from=2026-09-21T14:13:20Z&to=2026-09-21T14:14:20Z", ["first"]),
    "another zone": (
        "from=2026-09-21T17:14:20+03:00&to=2026-09-21T14:16:19Z",
        ["mail", "moved"],
    ),
    "no time at all": ("from=2026-09-21T14:13:20Z&to=2026-09-21T14:13:20Z", []),
}


def test_filters_find_exactly_these(owner: Api, names: dict[str, int]) -> None:
    found = {}
    for name, (query, _) in FOUND.items():
        period = "" if "from=" in query else f"{WHOLE_TIME}&"
        asked = quote(query.format(**names), safe="=&/")
        answer = owner.get(f"{API}/contacts?{period}{asked}".rstrip("&"))
        assert answer.status_code == 200, answer.text
        found[name] = [item["external_id"] for item in answer.json["items"]]
    assert found == {name: expected for name, (_, expected) in FOUND.items()}


def test_without_period_the_last_seven_days(owner: Api, account: NewAccount, parts: Parts) -> None:
    clock_ms = parts.database.clock_ms()
    with parts.database.write() as connection:
        world = World(connection, account)
        for days in (0, 5, 8):
            world.call(f"{days} days old", started_at_ms=clock_ms - days * 86_400_000)
    items = owner.get(f"{API}/contacts").json["items"]
    assert [item["external_id"] for item in items] == ["0 days old", "5 days old"]
    end = quote(iso_time(clock_ms - 4 * 86_400_000))
    items = owner.get(f"{API}/contacts?to={end}").json["items"]
    assert [item["external_id"] for item in items] == ["5 days old", "8 days old"]


REFUSED = {
    "from=2026-01-01": "query.from",
    "from=2026-02-01T00:00Z&to=2026-01-01T00:00Z": "query.to",
    "direction=sideways": "query.direction[0]",
    "employee=0": "query.employee[0]",
    "topic=test/none": "query.topic",
    "topic=999999": "query.topic",
    "source=none": "query.source",
    "topic_verdict=test/none:no": "query.topic_verdict",
    "topic_verdict=test/refund": "query.topic_verdict[0]",
    "topic_verdict=test/refund:said": "query.topic_verdict[0]",
    "topic_match=some": "query.topic_match",
    "number=12": "query.number",
    "number=abc123": "query.number",
    "group=sales": "query.group[0]",
    "topics=1": "query.topics",
}


def test_wrong_filters_are_refused_with_their_place(owner: Api) -> None:
    found = {}
    for query in REFUSED:
        refused = owner.get(f"{API}/contacts?{query}")
        assert refused.status_code == 422, refused.text
        found[query] = refused.json["errors"][0]["path"]
    assert found == REFUSED


def test_topic_of_another_account_is_unknown(
    owner: Api, other_account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        topic = World(connection, other_account).topic("test/secret")
    for name in (topic, "test/secret"):
        assert owner.get(f"{API}/contacts?topic={name}").status_code == 422
