"""Who sees which calls, in the list and by address."""

from flask import Flask
from flask.testing import FlaskClient

from services.gateway.accounts import NewAccount
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import PASSWORD, Api, MakeApi
from tests.integration.journal.world import WHOLE_TIME, World

API = "/api/v1"
P = Permission


def sign_in(app: Flask, owner: Api, login: str, **fields: object) -> FlaskClient:
    made = owner.post(
        f"{API}/users",
        json={"login": login, "name": login, "password": PASSWORD, **fields},
    )
    assert made.status_code == 201, made.text
    client = app.test_client()
    client.post(f"{API}/session", json={"login": login, "password": PASSWORD})
    return client


def test_each_role_sees_its_calls(
    app: Flask, owner: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        anna, sales, helpers = world.employee("anna"), world.group("sales"), world.group("help")
        ids = {
            "sold": world.call("sold", minute=0, group_id=sales),
            "helped": world.call("helped", minute=1, group_id=helpers),
            "moved": world.call("moved", minute=2, group_id=helpers),
            "anna's": world.call("anna's", minute=3, employee_id=anna),
        }
        # Transferred from sales to help, on anna's first leg.
        world.leg(ids["moved"], 0, group_id=sales, employee_id=anna)
        world.leg(ids["moved"], 1, group_id=helpers)
    people = {
        "manager": sign_in(app, owner, "manager", role="manager"),
        "supervisor": sign_in(app, owner, "sales-head", role="supervisor", groups=["sales"]),
        "supervisor of none": sign_in(app, owner, "no-head", role="supervisor"),
        "operator": sign_in(app, owner, "anna", role="operator", employee="anna"),
    }

    def seen() -> dict[str, list[str]]:
        return {
            who: [
                item["external_id"]
                for item in client.get(f"{API}/contacts?{WHOLE_TIME}").json["items"]
            ]
            for who, client in people.items()
        }

    def readable() -> dict[str, list[str]]:
        return {
            who: [
                name
                for name in ("anna's", "moved", "helped", "sold")
                if client.get(f"{API}/contacts/{ids[name]}").status_code == 200
                and client.get(f"{API}/contacts/by-key/pbx/{name}").status_code == 200
            ]
            for who, client in people.items()
        }

    expected = {
        "manager": ["anna's", "moved", "helped", "sold"],
        "supervisor": ["moved", "sold"],
        "supervisor of none": [],
        "operator": [],
    }
    assert seen() == expected
    assert readable() == expected
    owner.patch(f"{API}/account", json={"own_calls_visible": True})
    expected["operator"] = ["anna's", "moved"]
    assert seen() == expected
    assert readable() == expected
    # A filter does not widen what is seen.
    answer = people["supervisor"].get(f"{API}/contacts?{WHOLE_TIME}&group={helpers}")
    assert [item["external_id"] for item in answer.json["items"]] == ["moved"]


def test_contact_of_another_account_is_not_found(
    owner: Api, stranger: Api, account: NewAccount, other_account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        contact = World(connection, account).call("ours")
        World(connection, other_account).call("theirs")
    assert stranger.get(f"{API}/contacts/{contact}").status_code == 404
    assert stranger.get(f"{API}/contacts/by-key/pbx/ours").status_code == 404
    listed = stranger.get(f"{API}/contacts?{WHOLE_TIME}").json["items"]
    assert [item["external_id"] for item in listed] == ["theirs"]
    assert owner.get(f"{API}/contacts/by-key/pbx/ours").json["id"] == contact


def test_permissions(account: NewAccount, intake: Api, make_api: MakeApi, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        contact = world.call("call", raw={"vendor": "x"})
        mark = world.mark(contact, world.topic("test/refund", "Возврат"))
        world.hit(mark, world.recording(contact, "rec"), 1000, "верните деньги")
    for path in (f"contacts/{contact}", f"contacts?{WHOLE_TIME}", "contacts/by-key/pbx/call"):
        assert intake.get(f"{API}/{path}").status_code == 403
        assert make_api(account.account_id, P.HITS).get(f"{API}/{path}").status_code == 403

    def told(*scopes: Permission) -> tuple[bool, bool]:
        caller = make_api(account.account_id, P.CALLS, *scopes)
        whole = caller.get(f"{API}/contacts/{contact}")
        assert [topic["name"] for topic in whole.json["topics"]] == ["Возврат"]
        assert ("верните" in whole.text) == (whole.json["marks"] is not None)
        assert ("vendor" in whole.text) == (whole.json["raw"] is not None)
        return whole.json["marks"] is not None, whole.json["raw"] is not None

    assert told() == (False, False)
    assert told(P.HITS) == (True, False)
    assert told(P.DETAILS) == (False, True)
