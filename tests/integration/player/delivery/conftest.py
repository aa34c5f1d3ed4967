"""Fixtures of the delivery's tests: a call that begins empty."""

import pytest

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.integration.player.delivery.conversation import Conversation


@pytest.fixture
def call(parts: Parts, account: NewAccount) -> Conversation:
    """A call of the account without recordings yet."""
    return Conversation.begin(parts, account.account_id)
