"""Signing in and out with a cookie, on both databases."""

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.gateway.access.attempts import MAX_FAILURES
from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from shared.db.session import now_ms
from shared.db.tables import sessions
from shared.queue.runner import Parts
from tests.gateway_client import OWNER_LOGIN, PASSWORD, Api


def sign_in(client: FlaskClient, password: str = PASSWORD, login: str = OWNER_LOGIN) -> Any:
    return client.post("/api/v1/session", json={"login": login, "password": password})


def test_owner_signs_in_sees_themselves_and_signs_out(
    client: FlaskClient, account: NewAccount
) -> None:
    answer = sign_in(client, login=" Owner@Romashka.example ")
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert answer.json["role"] == "owner"
    assert "settings" in answer.json["permissions"]
    assert "intake" not in answer.json["permissions"]

    assert client.get("/api/v1/session").json == answer.json

    refused = client.delete("/api/v1/session")
    assert refused.status_code == 403, "a changing request needs the CSRF token"
    headers = {"X-CSRF-Token": answer.json["csrf_token"]}
    assert client.delete("/api/v1/session", headers=headers).status_code == 204
    assert client.get("/api/v1/session").status_code == 401


def test_session_ends_on_the_server(client: FlaskClient, account: NewAccount) -> None:
    answer = sign_in(client)
    cookie = client.get_cookie("tematika_session")
    assert cookie is not None
    client.delete("/api/v1/session", headers={"X-CSRF-Token": answer.json["csrf_token"]})
    client.set_cookie("tematika_session", cookie.value)
    assert client.get("/api/v1/session").status_code == 401


def test_unknown_login_and_wrong_password_look_the_same(
    client: FlaskClient, account: NewAccount
) -> None:
    wrong = sign_in(client, password="wrong password").json
    unknown = sign_in(client, login="nobody@nowhere.example").json
    assert wrong.pop("request_id") != unknown.pop("request_id")
    assert wrong == unknown
    assert wrong["status"] == 401


def test_attempts_are_bounded_for_known_and_unknown_logins(
    client: FlaskClient, account: NewAccount
) -> None:
    for login in (OWNER_LOGIN, "nobody@nowhere.example"):
        statuses = {
            sign_in(client, password="wrong password", login=login).status_code
            for _ in range(MAX_FAILURES)
        }
        assert statuses == {401}
        refused = sign_in(client, login=login)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 900


def test_success_forgets_failures(client: FlaskClient, account: NewAccount) -> None:
    for _ in range(MAX_FAILURES - 1):
        sign_in(client, password="wrong password")
    assert sign_in(client).status_code == 201
    assert sign_in(client, password="wrong password").status_code == 401


def test_token_is_no_session(owner: Api) -> None:
    assert owner.get("/api/v1/session").status_code == 403


def test_session_expires(client: FlaskClient, account: NewAccount, parts: Parts) -> None:
    assert sign_in(client).status_code == 201
    with parts.database.write() as connection:
        connection.execute(
            update(sessions)
            .where(sessions.c.account_id == account.account_id)
            .values(expires_at_ms=now_ms() - 1)
        )
    assert client.get("/api/v1/session").status_code == 401


def test_cookie_is_secure_where_the_setting_says_so(account: NewAccount, parts: Parts) -> None:
    settings = parts.settings.model_copy(update={"secure_cookies": True})
    client = create_app(Parts(settings, parts.database, parts.store)).test_client()
    assert "Secure" in sign_in(client).headers["Set-Cookie"]


def test_sessions_secret_is_stored_only_hashed(
    client: FlaskClient, account: NewAccount, parts: Parts
) -> None:
    sign_in(client)
    cookie = client.get_cookie("tematika_session")
    assert cookie is not None
    with parts.database.read() as connection:
        (stored,) = connection.execute(select(sessions.c.secret_hash)).scalars()
    assert stored == hashlib.sha256(cookie.value.encode()).digest()


@pytest.mark.parametrize("token", ["", "0" * 64, "п"], ids=["empty", "wrong", "not-ascii"])
def test_wrong_csrf_token_is_refused(client: FlaskClient, account: NewAccount, token: str) -> None:
    sign_in(client)
    headers = {"X-CSRF-Token": token.encode().decode("latin-1")}
    assert client.delete("/api/v1/session", headers=headers).status_code == 403


def test_csrf_token_of_another_session_is_refused(app: Flask, account: NewAccount) -> None:
    one, two = app.test_client(), app.test_client()
    sign_in(one)
    token = sign_in(two).json["csrf_token"]
    answer = one.delete("/api/v1/session", headers={"X-CSRF-Token": token})
    assert answer.status_code == 403


def test_token_counts_before_the_cookie(client: FlaskClient, account: NewAccount) -> None:
    sign_in(client)
    headers = {"Authorization": "Bearer tmk_wrong"}
    assert client.get("/api/v1/session", headers=headers).status_code == 401
