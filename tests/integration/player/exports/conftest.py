"""An account with calls to take out."""

import pytest

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.integration.player.exports.world import World


@pytest.fixture
def world(parts: Parts, account: NewAccount) -> World:
    """The account, on each database."""
    return World(parts, account.account_id)
