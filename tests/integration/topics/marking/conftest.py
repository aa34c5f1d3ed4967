"""People who sign in, and the rows that their words are about."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.gateway_client import PASSWORD, Api

API = "/api/v1"
SignIn = Callable[..., Api]


@pytest.fixture
def sign_in(app: Flask, owner: Api) -> SignIn:
    """Makes a user of (login, **fields) and a client that is signed in as them."""

    def make(login: str, **fields: object) -> Api:
        made = owner.post(
            f"{API}/users", json={"login": login, "name": login, "password": PASSWORD, **fields}
        )
        assert made.status_code == 201, made.text
        client = app.test_client()
        session = client.post(f"{API}/session", json={"login": login, "password": PASSWORD})
        return Api(client, {"X-CSRF-Token": session.json["csrf_token"]})

    return make
