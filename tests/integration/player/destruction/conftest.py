"""The destruction's world, on each database and, where a test asks for it, in each store."""

import pytest

from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    client,
    intake,
    make_api,
    other_account,
    owner,
    stranger,
)
from tests.integration.player.destruction.world import World
from tests.integration.runs.world import make_world


@pytest.fixture
def world(parts: Parts, settings: Settings) -> World:
    """An account without calls and without a retention, whose runs take two calls at a time."""
    small = settings.model_copy(update={"run_chunk": 2})
    small.model_fields_set.add("run_chunk")
    parts = Parts(small, parts.database, parts.store)
    return World(parts, make_world(parts))
