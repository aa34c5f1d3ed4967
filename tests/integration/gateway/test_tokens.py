"""Tokens of machines: what they may, who may make them, when they stop."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.gateway.access.lookup import USE_NOTED_EVERY_MS
from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import tokens
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi

P = Permission


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_secret_is_shown_once_and_stored_only_hashed(
    owner: Api, client: FlaskClient, parts: Parts
) -> None:
    made = owner.post("/api/v1/tokens", json={"name": "BI", "scopes": ["calls"]})
    assert made.status_code == 201, made.text
    secret = made.json["token"]
    assert secret.startswith("tmk_")
    assert client.get("/api/v1/groups", headers=bearer(secret)).status_code == 200
    listed = owner.get("/api/v1/tokens")
    assert secret not in listed.text
    assert listed.json["items"][0]["id"] == made.json["id"]
    with parts.database.read() as connection:
        stored = connection.execute(select(tokens)).all()
    assert not any(secret in str(row) for row in stored)


def test_nobody_gives_more_than_they_hold(account: NewAccount, make_api: MakeApi) -> None:
    admin = make_api(account.account_id, P.SETTINGS, P.CALLS)
    refused = admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["calls", "sound"]})
    assert refused.status_code == 403
    assert "`sound`" in refused.json["detail"]
    assert "`calls`" not in refused.json["detail"]
    allowed = admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["calls", "intake"]})
    assert allowed.status_code == 201


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({"name": "x", "scopes": ["fly"]}, "scopes[0]", id="unknown-scope"),
        pytest.param({"name": "x", "scopes": []}, "scopes", id="no-scope"),
        pytest.param({"name": " ", "scopes": ["calls"]}, "name", id="blank-name"),
        pytest.param({"scopes": ["calls"]}, "name", id="no-name"),
        pytest.param({"name": "x", "scopes": ["calls"], "z": 1}, "z", id="unknown-field"),
        pytest.param(
            {"name": "x", "scopes": ["calls"], "expires_at": "2030-01-01T00:00:00"},
            "expires_at",
            id="time-without-zone",
        ),
        pytest.param(
            {"name": "x", "scopes": ["calls"], "expires_at": 5}, "expires_at", id="time-as-number"
        ),
        pytest.param(
            {"name": "x", "scopes": ["calls"], "source_id": 1}, "source_id", id="reader-of-a-source"
        ),
    ],
)
def test_bad_token_is_refused_with_its_place(
    owner: Api, body: dict[str, object], path: str
) -> None:
    refused = owner.post("/api/v1/tokens", json=body)
    assert refused.status_code == 422, refused.text
    assert [place["path"] for place in refused.json["errors"]] == [path]


def test_revoked_and_expired_tokens_are_unknown(
    owner: Api, client: FlaskClient, parts: Parts
) -> None:
    made = owner.post("/api/v1/tokens", json={"name": "a", "scopes": ["calls"]}).json
    assert owner.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert owner.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert owner.get(f"/api/v1/tokens/{made['id']}").json["revoked_at"] is not None
    refused = client.get("/api/v1/groups", headers=bearer(made["token"]))
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")

    expired = owner.post(
        "/api/v1/tokens",
        json={"name": "b", "scopes": ["calls"], "expires_at": "2020-01-01T00:00:00+03:00"},
    ).json
    assert client.get("/api/v1/groups", headers=bearer(expired["token"])).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic b3duZXI6cGFzcw==",
        "Bearer tmk_unknown",
        "tmk_x",
        "Bearer \xff",
    ],
)
def test_wrong_credentials_are_401(client: FlaskClient, account: NewAccount, header: str) -> None:
    answer = client.get("/api/v1/groups", headers={"Authorization": header})
    assert answer.status_code == 401


def test_last_use_is_noted_at_most_once_a_minute(
    owner: Api, client: FlaskClient, parts: Parts
) -> None:
    made = owner.post("/api/v1/tokens", json={"name": "a", "scopes": ["calls"]}).json
    token_id = made["id"]

    def used() -> str | None:
        assert client.get("/api/v1/groups", headers=bearer(made["token"])).status_code == 200
        last: str | None = owner.get(f"/api/v1/tokens/{token_id}").json["last_used_at"]
        return last

    assert made["last_used_at"] is None
    first = used()
    assert first is not None
    assert used() == first
    with parts.database.write() as connection:
        connection.execute(
            update(tokens)
            .where(tokens.c.id == token_id)
            .values(last_used_at_ms=now_ms() - USE_NOTED_EVERY_MS - 5000)
        )
    assert used() >= first


def test_intake_token_reads_nothing(intake: Api) -> None:
    for path in ("jobs", "queues", "groups", "employees", "users", "roles", "account", "tokens"):
        assert intake.get(f"/api/v1/{path}").status_code == 403, path


def test_tokens_of_another_account_are_not_found(owner: Api, stranger: Api) -> None:
    made = owner.post("/api/v1/tokens", json={"name": "a", "scopes": ["calls"]}).json
    assert stranger.get(f"/api/v1/tokens/{made['id']}").status_code == 404
    assert stranger.delete(f"/api/v1/tokens/{made['id']}").status_code == 404
    assert owner.get(f"/api/v1/tokens/{made['id']}").json["revoked_at"] is None
    assert all(item["name"] != "a" for item in stranger.get("/api/v1/tokens").json["items"])


def test_source_of_another_account_cannot_be_bound(owner: Api, other_account: NewAccount) -> None:
    body = {"name": "a", "scopes": ["intake"], "source_id": other_account.source_id}
    assert owner.post("/api/v1/tokens", json=body).status_code == 404
