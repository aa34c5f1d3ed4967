"""A call to recognise, and the gateway over it."""

import pytest

from shared.queue.runner import Parts
from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    make_api,
    other_account,
    owner,
    stranger,
)
from tests.integration.transcribe.world import World, make_world


@pytest.fixture
def world(parts: Parts) -> World:
    """An account with one call and the demo model, on each database."""
    return make_world(parts)
