"""An account whose topics are written over HTTP, with calls in it."""

import pytest

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.topics.calls import Account
from tests.integration.topics.catalogue.editor import Editor


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> Account:
    """Puts calls into the account."""
    return Account(parts.database, account.account_id, account.source_id)


@pytest.fixture
def editor(owner: Api) -> Editor:
    """Writes topics as a machine that may do everything."""
    return Editor(owner)
