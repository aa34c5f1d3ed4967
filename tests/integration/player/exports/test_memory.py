"""However much goes out, little of it is in memory."""

import tracemalloc
from collections.abc import Iterator

import pytest

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.player.exports.world import API, World, order

SIZE_BYTES = 120 << 20
MOST_BYTES = 8 << 20


# What is measured has nothing to do with the database.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> World:
    world = World(parts, account.account_id)
    for number in range(2):
        world.long_call(f"{number}", SIZE_BYTES)
    return world


@pytest.fixture
def traced() -> Iterator[None]:
    yield
    tracemalloc.stop()


def test_a_stream_holds_a_piece_at_a_time(calls: World, owner: Api, traced: None) -> None:
    order(owner, sound=["original"]).close()
    answer = order(owner, sound=["original"])
    assert answer.status_code == 200
    tracemalloc.start()
    sent = sum(len(piece) for piece in answer.iter_encoded())
    _, peak_bytes = tracemalloc.get_traced_memory()
    assert sent > 2 * SIZE_BYTES
    assert peak_bytes < MOST_BYTES


def test_building_and_fetching_hold_a_piece_at_a_time(
    calls: World, owner: Api, traced: None
) -> None:
    export_id = order(owner, sound=["original"], prepared=True).json["id"]
    tracemalloc.start()
    assert calls.build(export_id) == "done"
    answer = owner.get(f"{API}/exports/{export_id}/file")
    sent = sum(len(piece) for piece in answer.iter_encoded())
    _, peak_bytes = tracemalloc.get_traced_memory()
    assert sent > 2 * SIZE_BYTES
    assert peak_bytes < MOST_BYTES
