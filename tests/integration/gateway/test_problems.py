"""What a client sends never makes a 5xx: it gets a problem document that says what and where."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from services.gateway.problem import Problem
from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import Api

API = "/api/v1"
JSON = {"Content-Type": "application/json"}


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = answer.json
    Problem.model_validate(document)
    assert document["code"] == code
    assert document["request_id"] == answer.headers["X-Request-Id"]
    return document


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        pytest.param(b"", 400, "malformed-json", "line 1, column 1", id="empty"),
        pytest.param(b'{\n "name": ,}', 400, "malformed-json", "line 2, column 10", id="comma"),
        pytest.param(b'{"name": "\xff"}', 400, "malformed-json", "UTF-8", id="not-utf8"),
        pytest.param(b"[]", 422, "invalid-input", "object", id="not-an-object"),
        pytest.param(b"null", 422, "invalid-input", "object", id="null"),
        pytest.param(b'{"name":"a","name":"b"}', 422, "invalid-input", "twice", id="twice"),
        pytest.param(b'{"name": NaN}', 422, "invalid-input", "NaN", id="nan"),
        pytest.param(b'{"name": 1e999}', 422, "invalid-input", "range", id="infinite"),
        pytest.param(b'{"name": ' + b"9" * 5000 + b"}", 422, "invalid-input", "range", id="digits"),
        pytest.param(b"[" * 100_000, 422, "invalid-input", "deeply", id="deep"),
        pytest.param(b'{"name":"\\u0000"}', 422, "invalid-input", "NUL", id="nul"),
        pytest.param(b'{"name":"\\ud800"}', 422, "invalid-input", "surrogate", id="surrogate"),
        pytest.param(b'{"nme":"x"}', 422, "invalid-input", "nme: unknown field", id="unknown"),
    ],
)
def test_bad_json(owner: Api, body: bytes, status: int, code: str, says: str) -> None:
    answer = owner.patch(f"{API}/account", data=body, headers=JSON)
    assert says in check(answer, status, code)["detail"]


def test_emoji_and_its_escape_are_fine(owner: Api) -> None:
    body = b'{"name":"\\ud83d\\ude00 \xf0\x9f\x98\x80"}'
    assert owner.patch(f"{API}/account", data=body, headers=JSON).json["name"] == "😀 😀"


def test_many_wrong_places_are_named_within_reason(owner: Api) -> None:
    body = {f"field-{number}": 1 for number in range(1000)}
    document = check(owner.patch(f"{API}/account", json=body), 422, "invalid-input")
    assert len(document["errors"]) == 50
    assert "1000" in document["detail"]


def test_huge_json_is_413(owner: Api, settings: Settings) -> None:
    body = b'{"name": "' + b"x" * settings.max_json_bytes + b'"}'
    check(owner.patch(f"{API}/account", data=body, headers=JSON), 413, "too-large")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_types_are_415(owner: Api, media: str) -> None:
    answer = owner.patch(f"{API}/account", data=b"{}", headers={"Content-Type": media})
    check(answer, 415, "unsupported-media-type")


def test_unknown_path_and_method(owner: Api) -> None:
    check(owner.get("/api/v1/nothing"), 404, "not-found")
    check(owner.get("/api/v1/jobs/99999999999999999999"), 404, "not-found")
    check(owner.get("/api/v1/jobs/-1"), 404, "not-found")
    answer = owner.open("DELETE", f"{API}/account")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, PATCH"
    check(owner.open("OPTIONS", f"{API}/account"), 405, "method-not-allowed")


@pytest.mark.parametrize("name", ["a%00b", "x" * 201], ids=["nul", "long"])
def test_bad_text_in_a_path(owner: Api, name: str) -> None:
    document = check(owner.get(f"{API}/sources/{name}"), 422, "invalid-input")
    assert document["errors"][0]["path"] == "path.external_id"


def test_bad_text_in_a_query(owner: Api) -> None:
    check(owner.get(f"{API}/jobs?cursor=a%00"), 422, "invalid-input")
    check(owner.get(f"{API}/jobs/1?x=1"), 422, "invalid-input")


def test_credentials_come_before_everything_else(client: FlaskClient) -> None:
    answer = client.post(f"{API}/tokens", data=b"{", headers=JSON)
    check(answer, 401, "unauthorized")


@pytest.mark.parametrize("sent", ["trace-12345678", "x" * 65, "short", "new\tline-12345"])
def test_request_id_is_taken_over_only_if_harmless(client: FlaskClient, sent: str) -> None:
    answer = client.get("/health/live", headers={"X-Request-Id": sent})
    taken = answer.headers["X-Request-Id"] == sent
    assert taken == (sent == "trace-12345678")


def test_unexpected_error_tells_nothing(
    parts: Parts, account: NewAccount, capfd: pytest.CaptureFixture[str]
) -> None:
    app: Flask = create_app(parts)

    def broken(**values: object) -> None:
        raise RuntimeError("a secret of the house")

    app.view_functions["health.live"] = broken  # type: ignore[assignment]  # it never returns
    answer = app.test_client().get("/health/live")
    document = check(answer, 500, "internal")
    assert "secret" not in answer.text
    logged = capfd.readouterr()
    text = logged.out + logged.err
    assert "a secret of the house" in text
    assert document["request_id"] in text
