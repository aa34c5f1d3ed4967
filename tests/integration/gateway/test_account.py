"""The account's settings, sources, groups, employees, roles and people."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from shared.db.tables import topics
from shared.permissions import DEFAULT_ROLES, Permission
from shared.queue.runner import Parts
from tests.gateway_client import OWNER_LOGIN, PASSWORD, Api, MakeApi
from tests.rows import add_contact

P = Permission
API = "/api/v1"


def person(**changes: object) -> dict[str, object]:
    return {
        "login": "anna@romashka.example",
        "name": "Анна",
        "password": PASSWORD,
        "role": "operator",
    } | changes


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], Api]:
    def with_login(login: str) -> Api:
        client = app.test_client()
        answer = client.post(f"{API}/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return Api(client, {"X-CSRF-Token": answer.json["csrf_token"]})

    return with_login


def test_new_account_is_whole(owner: Api) -> None:
    table = owner.get(f"{API}/roles").json["roles"]
    assert {role["name"]: set(role["permissions"]) for role in table} == {
        name: {str(permission) for permission in role.permissions}
        for name, role in DEFAULT_ROLES.items()
    }
    sources = owner.get(f"{API}/sources").json["items"]
    assert [source["external_id"] for source in sources] == ["pbx"]
    assert [user["login"] for user in owner.get(f"{API}/users").json["items"]] == [OWNER_LOGIN]


def test_account_settings_change_one_by_one(owner: Api) -> None:
    before = owner.get(f"{API}/account").json
    changed = owner.patch(f"{API}/account", json={"time_zone": "Asia/Omsk"})
    assert changed.status_code == 200
    assert changed.json == before | {"time_zone": "Asia/Omsk"}
    assert owner.patch(f"{API}/account", json={}).json == changed.json


def test_another_sense_of_unknown_speakers_outdates_every_verdict(
    owner: Api, stranger: Api, parts: Parts
) -> None:
    for api in (owner, stranger):
        api.post(
            f"{API}/topics", json={"name": "Возврат", "rule": {"said": {"phrases": ["возврат"]}}}
        )
    for setting, revision in (("anyone", 1), ("anyone", 1), ("undecidable", 2)):
        changed = owner.patch(f"{API}/account", json={"unknown_speaker": setting})
        assert (changed.status_code, changed.json["rules_revision"]) == (200, revision)
        with parts.database.read() as connection:
            stored = select(topics.c.rules_revision).order_by(topics.c.account_id)
            assert list(connection.execute(stored).scalars()) == [revision, 0]
    owner.patch(f"{API}/account", json={"time_zone": "Asia/Omsk"})
    assert owner.get(f"{API}/account").json["rules_revision"] == 2
    assert stranger.get(f"{API}/account").json["rules_revision"] == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"number_country": "XX"}, "number_country"),
        ({"language": "Russian"}, "language"),
        ({"name": None}, "name"),
        ({"speech_model": "/etc/passwd"}, "speech_model"),
        ({"detect_language": "yes"}, "detect_language"),
    ],
)
def test_bad_account_setting_is_refused(owner: Api, body: dict[str, object], path: str) -> None:
    refused = owner.patch(f"{API}/account", json=body)
    assert refused.status_code == 422, refused.text
    assert refused.json["errors"][0]["path"] == path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sources/АТС-2", {"name": "Вторая", "operator_channel": 1}),
        ("groups/sales", {"name": "Продажи", "own_calls_visible": True}),
        ("employees/a%2Fb", {"name": "Анна", "extension": "101"}),
    ],
)
def test_put_by_external_id_is_idempotent(
    owner: Api, stranger: Api, path: str, body: dict[str, object]
) -> None:
    first = owner.put(f"{API}/{path}", json=body)
    again = owner.put(f"{API}/{path}", json=body)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json == again.json
    assert body.items() <= first.json.items()
    assert stranger.delete(f"{API}/{path}").status_code == 404
    of_stranger = stranger.put(f"{API}/{path}", json=body | {"name": "Чужая"}).json
    assert of_stranger["id"] != first.json["id"]
    kind = path.partition("/")[0]
    names = [item["name"] for item in owner.get(f"{API}/{kind}").json["items"]]
    assert "Чужая" not in names
    assert owner.delete(f"{API}/{path}").status_code == 204
    assert owner.delete(f"{API}/{path}").status_code == 404


def test_source_with_calls_cannot_be_removed(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        add_contact(connection, account.account_id, account.source_id)
    refused = owner.delete(f"{API}/sources/pbx")
    assert refused.status_code == 409
    assert owner.get(f"{API}/sources/pbx").status_code == 200


def test_role_is_made_changed_and_removed(owner: Api) -> None:
    body = {"permissions": ["calls", "sound"], "sees": "groups"}
    assert owner.put(f"{API}/roles/listener", json=body).status_code == 201
    assert owner.put(f"{API}/roles/listener", json=body | {"sees": "all"}).status_code == 200
    made = owner.post(f"{API}/users", json=person(role="listener"))
    assert made.status_code == 201, made.text
    assert owner.delete(f"{API}/roles/listener").status_code == 409
    owner.patch(f"{API}/users/{made.json['id']}", json={"role": "operator"})
    assert owner.delete(f"{API}/roles/listener").status_code == 204
    assert owner.delete(f"{API}/roles/listener").status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        pytest.param("owner", {"permissions": ["calls"], "sees": "all"}, 409, id="owner-settings"),
        pytest.param(
            "owner", {"permissions": ["settings"], "sees": "own"}, 409, id="owner-sees-all"
        ),
        pytest.param("x", {"permissions": ["intake"], "sees": "all"}, 422, id="intake-in-role"),
        pytest.param(
            "x", {"permissions": ["settings"], "sees": "groups"}, 422, id="settings-of-a-group"
        ),
        pytest.param("Плохое", {"permissions": [], "sees": "all"}, 422, id="bad-name"),
        pytest.param("x", {"permissions": [], "sees": "some"}, 422, id="bad-sees"),
    ],
)
def test_role_that_cannot_be(owner: Api, name: str, body: dict[str, object], status: int) -> None:
    assert owner.put(f"{API}/roles/{name}", json=body).status_code == status


def test_permissions_cannot_be_raised_through_roles_and_people(
    account: NewAccount, make_api: MakeApi, owner: Api
) -> None:
    clerk = make_api(account.account_id, P.SETTINGS, P.CALLS)
    role = {"permissions": ["calls", "price"], "sees": "all"}
    assert clerk.put(f"{API}/roles/x", json=role).status_code == 403
    assert clerk.put(f"{API}/roles/operator", json=role).status_code == 403
    assert clerk.post(f"{API}/users", json=person(role="owner")).status_code == 403
    owner_id = owner.get(f"{API}/users").json["items"][0]["id"]
    answer = clerk.patch(f"{API}/users/{owner_id}", json={"password": "stolen account"})
    assert answer.status_code == 403


def test_person_gets_groups_and_employee(owner: Api) -> None:
    owner.put(f"{API}/groups/sales", json={"name": "Продажи"})
    owner.put(f"{API}/employees/101", json={"name": "Анна"})
    made = owner.post(f"{API}/users", json=person(groups=["sales"], employee="101"))
    assert made.status_code == 201, made.text
    assert made.json["groups"] == ["sales"]
    assert made.json["employee"] == "101"
    changed = owner.patch(f"{API}/users/{made.json['id']}", json={"groups": [], "employee": None})
    assert changed.json == made.json | {"groups": [], "employee": None}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"role": "king"}, "role"),
        ({"groups": ["none"]}, "groups"),
        ({"employee": "none"}, "employee"),
        ({"password": "short"}, "password"),
        ({"login": "two words"}, "login"),
    ],
)
def test_bad_person_is_refused_and_nothing_is_written(
    owner: Api, changes: dict[str, object], path: str
) -> None:
    refused = owner.post(f"{API}/users", json=person(**changes))
    assert refused.status_code == 422, refused.text
    assert refused.json["errors"][0]["path"] == path
    assert len(owner.get(f"{API}/users").json["items"]) == 1


def test_login_is_one_persons_over_all_accounts(owner: Api, stranger: Api) -> None:
    assert owner.post(f"{API}/users", json=person()).status_code == 201
    taken = stranger.post(f"{API}/users", json=person(login="ANNA@romashka.example"))
    assert taken.status_code == 409


def test_last_owner_stays(owner: Api) -> None:
    owner_id = owner.get(f"{API}/users").json["items"][0]["id"]
    for change in ({"active": False}, {"role": "admin"}):
        assert owner.patch(f"{API}/users/{owner_id}", json=change).status_code == 409
    second = owner.post(f"{API}/users", json=person(role="owner"))
    assert second.status_code == 201
    assert owner.patch(f"{API}/users/{owner_id}", json={"active": False}).status_code == 200
    answer = owner.patch(f"{API}/users/{second.json['id']}", json={"active": False})
    assert answer.status_code == 409


def test_switching_off_and_new_password_end_sessions(
    owner: Api, sign_in: Callable[[str], Api]
) -> None:
    made = owner.post(f"{API}/users", json=person()).json
    for change in ({"password": "another password"}, {"active": False}):
        owner.patch(f"{API}/users/{made['id']}", json={"password": PASSWORD})
        anna = sign_in(made["login"])
        assert anna.get(f"{API}/session").status_code == 200
        owner.patch(f"{API}/users/{made['id']}", json=change)
        assert anna.get(f"{API}/session").status_code == 401


def test_person_changes_their_own_password(
    owner: Api, sign_in: Callable[[str], Api], client: FlaskClient
) -> None:
    made = owner.post(f"{API}/users", json=person()).json
    here, elsewhere = sign_in(made["login"]), sign_in(made["login"])
    wrong = {"old_password": "not this one", "new_password": "another password"}
    assert here.put(f"{API}/session/password", json=wrong).status_code == 422
    right = wrong | {"old_password": PASSWORD}
    assert here.put(f"{API}/session/password", json=right).status_code == 204
    assert here.get(f"{API}/session").status_code == 200
    assert elsewhere.get(f"{API}/session").status_code == 401
    fresh = {"login": made["login"], "password": "another password"}
    assert client.post(f"{API}/session", json=fresh).status_code == 201


def test_role_rules_a_session_at_once(owner: Api, sign_in: Callable[[str], Api]) -> None:
    made = owner.post(f"{API}/users", json=person()).json
    anna = sign_in(made["login"])
    assert anna.get(f"{API}/users").status_code == 403
    owner.patch(f"{API}/users/{made['id']}", json={"role": "admin"})
    assert anna.get(f"{API}/users").status_code == 200


def test_supervisor_knows_only_their_groups(owner: Api, sign_in: Callable[[str], Api]) -> None:
    for name in ("sales", "support"):
        owner.put(f"{API}/groups/{name}", json={"name": name})
    made = owner.post(f"{API}/users", json=person(role="supervisor", groups=["sales"])).json
    seen = sign_in(made["login"]).get(f"{API}/groups").json["items"]
    assert [group["external_id"] for group in seen] == ["sales"]
