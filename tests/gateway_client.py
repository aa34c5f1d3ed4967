"""Fixtures that call the gateway as its users do: over HTTP messages, with real credentials."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from services.gateway.accounts import NewAccount, create_account
from services.gateway.app import create_app
from shared.permissions import Permission
from shared.queue.runner import Parts

PASSWORD = "correct horse battery"
OWNER_LOGIN = "owner@romashka.example"


@dataclass(frozen=True)
class Api:
    """A client with one bearer token; methods as Flask's test client has them."""

    client: FlaskClient
    headers: dict[str, str]

    def open(self, method: str, path: str, **options: Any) -> Any:
        headers = self.headers | dict(options.pop("headers", {}))
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.open("GET", path, **options)

    def head(self, path: str, **options: Any) -> Any:
        return self.open("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.open("POST", path, **options)

    def put(self, path: str, **options: Any) -> Any:
        return self.open("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        return self.open("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.open("DELETE", path, **options)


@pytest.fixture
def app(parts: Parts) -> Flask:
    """The gateway over the parts of the test."""
    return create_app(parts)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without credentials; keeps cookies."""
    return app.test_client()


@pytest.fixture
def account(parts: Parts) -> NewAccount:
    """An account as `tematika init` makes it."""
    with parts.database.write() as connection:
        return create_account(
            connection, name="Ромашка", owner_login=OWNER_LOGIN, owner_password=PASSWORD
        )


@pytest.fixture
def other_account(parts: Parts) -> NewAccount:
    """Another customer, whose things must never show."""
    with parts.database.write() as connection:
        return create_account(
            connection,
            name="Лютик",
            owner_login="owner@lutik.example",
            owner_password=PASSWORD,
        )


MakeApi = Callable[..., Api]


@pytest.fixture
def make_api(app: Flask, parts: Parts) -> MakeApi:
    """Makes a client for (account_id, *scopes)."""

    def make(account_id: int, *scopes: Permission) -> Api:
        secret = new_token()
        with parts.database.write() as connection:
            add_token(connection, account_id=account_id, name="test", secret=secret, scopes=scopes)
        return Api(app.test_client(), {"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def owner(account: NewAccount, make_api: MakeApi) -> Api:
    """A client of the account that may do everything."""
    return make_api(account.account_id, *Permission)


@pytest.fixture
def stranger(other_account: NewAccount, make_api: MakeApi) -> Api:
    """A client of the other account that may do everything there."""
    return make_api(other_account.account_id, *Permission)


@pytest.fixture
def intake(app: Flask, account: NewAccount) -> Api:
    """The client that a telephone system is: only intake, only its source."""
    return Api(app.test_client(), {"Authorization": f"Bearer {account.intake_token}"})
