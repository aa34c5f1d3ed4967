"""An account to run over, with chunks so small that a few calls make several."""

import pytest

from shared.queue.runner import Parts
from shared.settings import Settings
from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    make_api,
    other_account,
    owner,
    stranger,
)
from tests.integration.runs.world import (
    OPENING,
    OTHER_REFUND,
    REFUND,
    THANKS,
    World,
    make_world,
)

CHUNK = 4


@pytest.fixture
def small_chunks(settings: Settings) -> Settings:
    """The settings with chunks of four contacts."""
    small = settings.model_copy(update={"run_chunk": CHUNK})
    small.model_fields_set.add("run_chunk")
    return small


@pytest.fixture
def world(parts: Parts, small_chunks: Settings) -> World:
    """The account, on each database."""
    return make_world(Parts(small_chunks, parts.database, parts.store))


@pytest.fixture
def calls(world: World) -> list[int]:
    """Ten calls tagged by rules that have changed since: every other one demands its money."""
    ids = [world.account.call(OPENING, REFUND if n % 2 else THANKS) for n in range(10)]
    world.tag_all()
    world.activate("refund", OTHER_REFUND)
    return ids
