"""An account without packs whose topics are written over HTTP."""

from typing import Any

import pytest
from flask import Flask

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.gateway_client import OWNER_LOGIN, PASSWORD, Api
from tests.integration.topics.calls import Account

from .editor import API, Editor


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> Account:
    """Puts calls into the account."""
    return Account(parts.database, account.account_id, account.source_id)


@pytest.fixture
def editor(owner: Api) -> Editor:
    """Writes topics as a machine that may do everything."""
    return Editor(owner)


@pytest.fixture
def person(account: NewAccount, app: Flask) -> Editor:
    """Writes topics as the account's owner, a person."""
    client = app.test_client()
    login = {"login": OWNER_LOGIN, "password": PASSWORD}
    answer: Any = client.post(f"{API}/session", json=login)
    return Editor(Api(client, {"X-CSRF-Token": answer.json["csrf_token"]}))
