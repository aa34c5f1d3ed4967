"""Browsers of foreign pages: answers can be read from the origins that the token's account allows."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.gateway.accounts import NewAccount
from shared.permissions import Permission
from tests.gateway_client import OWNER_LOGIN, PASSWORD, Api, MakeApi

API = "/api/v1"
OURS = "https://journal.example"
THEIRS = "https://journal.lutik.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def _allowed(owner: Api, stranger: Api) -> None:
    for api, origin in ((owner, OURS), (stranger, THEIRS)):
        answer = api.patch(f"{API}/account", json={"cors_origins": [origin]})
        assert answer.json["cors_origins"] == [origin]


def preflight(client: FlaskClient, origin: str, path: str = f"{API}/contacts") -> Any:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )


def check_no_credentials(answer: Any) -> None:
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers.get(ALLOWED) != "*"


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(OURS, True, id="of-one-account"),
        pytest.param(THEIRS, True, id="of-another"),
        pytest.param("https://evil.example", False, id="of-none"),
        pytest.param("HTTPS://JOURNAL.EXAMPLE", False, id="other-case"),
        pytest.param("https://journal.exampl_", False, id="pattern-of-like"),
        pytest.param("https://journal.example.evil.example", False, id="begins-the-same"),
        pytest.param("null", False, id="null"),
    ],
)
def test_preflight(client: FlaskClient, origin: str, *, allowed: bool) -> None:
    answer = preflight(client, origin)
    assert answer.status_code == 204
    assert answer.headers.get(ALLOWED) == (origin if allowed else None)
    assert "Origin" in answer.headers["Vary"]
    check_no_credentials(answer)
    if allowed:
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.usefixtures("_allowed")
def test_only_the_api_takes_preflights(client: FlaskClient) -> None:
    assert preflight(client, OURS, "/metrics").status_code == 405
    assert client.options(f"{API}/account", headers={"Origin": OURS}).status_code == 405


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(OURS, True, id="of-the-account"),
        pytest.param(THEIRS, False, id="of-another-account"),
        pytest.param("https://evil.example", False, id="of-none"),
    ],
)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/contacts", 200, id="success"),
        pytest.param("/contacts?limit=0", 422, id="wrong"),
        pytest.param("/contacts/4711", 404, id="missing"),
        pytest.param("/account", 403, id="not-permitted"),
    ],
)
def test_answers_and_errors_to_a_token(
    account: NewAccount, make_api: MakeApi, origin: str, path: str, status: int, *, allowed: bool
) -> None:
    reader = make_api(account.account_id, Permission.CALLS)
    answer = reader.get(f"{API}{path}", headers={"Origin": origin})
    assert answer.status_code == status
    assert answer.headers.get(ALLOWED) == (origin if allowed else None)
    assert "Origin" in answer.headers["Vary"]
    check_no_credentials(answer)
    if allowed:
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("path", "credentials"),
    [
        pytest.param("/contacts", {"Authorization": "Bearer tmk_wrong"}, id="wrong-token"),
        pytest.param("/contacts", {}, id="no-token"),
        pytest.param("/nothing", {}, id="no-such-path"),
    ],
)
@pytest.mark.parametrize(("origin", "allowed"), [(OURS, True), ("https://evil.example", False)])
def test_errors_before_anybody_is_known(
    client: FlaskClient, path: str, credentials: dict[str, str], origin: str, *, allowed: bool
) -> None:
    answer = client.get(f"{API}{path}", headers={"Origin": origin, **credentials})
    assert answer.status_code in (401, 404)
    assert answer.headers.get(ALLOWED) == (origin if allowed else None)


@pytest.mark.usefixtures("_allowed")
def test_never_with_a_cookie(client: FlaskClient) -> None:
    """A foreign page must not act as whoever is signed in, whatever the account allows."""
    signed_in = client.post(
        f"{API}/session",
        json={"login": OWNER_LOGIN, "password": PASSWORD},
        headers={"Origin": OURS},
    )
    answers = [
        signed_in,
        client.get(f"{API}/contacts", headers={"Origin": OURS}),
        client.get(f"{API}/contacts/4711", headers={"Origin": OURS}),
        client.patch(f"{API}/account", json={}, headers={"Origin": OURS}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 404, 403]
    for answer in answers:
        assert ALLOWED not in answer.headers
        check_no_credentials(answer)


@pytest.mark.usefixtures("_allowed")
def test_an_origin_can_be_taken_away(owner: Api, client: FlaskClient) -> None:
    wrong = owner.patch(f"{API}/account", json={"cors_origins": [OURS, "http://journal.example"]})
    assert wrong.status_code == 422
    assert [place["path"] for place in wrong.json["errors"]] == ["cors_origins[1]"]
    assert owner.get(f"{API}/account", headers={"Origin": OURS}).headers[ALLOWED] == OURS
    owner.patch(f"{API}/account", json={"cors_origins": []})
    assert ALLOWED not in owner.get(f"{API}/account", headers={"Origin": OURS}).headers
    assert ALLOWED not in preflight(client, OURS).headers
