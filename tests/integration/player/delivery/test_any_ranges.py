"""Any ranges of any sound reassemble to the exact bytes, on disk and on a real S3 server."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from services.player.delivery.ranges import OPEN_RANGE_BYTES
from services.player.mpeg.layer3 import RATE_HZ
from shared.queue.runner import Parts
from shared.storage import ObjectStore
from tests.gateway_client import Api
from tests.integration.player.delivery.conversation import Conversation, tone

# The bytes are the stores' business; the database's kind changes nothing of them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

ANY_RANGES = hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def owner(owner: Api, parts: Parts, object_store: ObjectStore) -> Api:
    """The owner of a gateway over each kind of store in turn."""
    return replace(owner, client=create_app(replace(parts, store=object_store)).test_client())


@pytest.fixture
def call(parts: Parts, account: NewAccount, object_store: ObjectStore) -> Conversation:
    """A call whose recordings overlap, leave gaps, and have one and two channels."""
    made = Conversation.begin(replace(parts, store=object_store), account.account_id)
    noise = np.random.default_rng(1).normal(0, 0.2, (2, 4 * RATE_HZ)).astype(np.float32)
    made.record(noise)
    made.record(noise[:1, : 2 * RATE_HZ], offset_ms=3000, one_sided="operator")
    made.record(tone(500, 2), offset_ms=9000)
    made.record(noise[:, RATE_HZ:], offset_ms=10_000)
    return made


def length_of(answer: Any) -> int:
    return int(answer.headers["Content-Range"].rpartition("/")[2])


@pytest.mark.parametrize(
    "query", ["", "?channel=operator", "?variant=original"], ids=["mix", "operator", "original"]
)
def test_of_a_recording(owner: Api, call: Conversation, query: str) -> None:
    (recording_id, _), *_ = call.made
    check(owner, f"/api/v1/recordings/{recording_id}/sound{query}")


def test_of_a_contact(owner: Api, call: Conversation) -> None:
    check(owner, f"/api/v1/contacts/{call.contact_id}/sound")


def check(owner: Api, path: str) -> None:
    """Draw cuts, ask for the pieces in any order, and for the rest from any place on."""
    whole = owner.get(path).data
    assert len(whole) > 20_000

    def piece(first: int, end: int) -> bytes:
        answer = owner.get(path, headers={"Range": f"bytes={first}-{end - 1}"})
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(whole)}"
        return bytes(answer.data)

    @ANY_RANGES
    @given(
        cuts=st.lists(st.integers(1, len(whole) - 1), max_size=5, unique=True),
        order=st.randoms(use_true_random=False),
        last=st.integers(0, len(whole) - 1),
    )
    def draw(cuts: list[int], order: Any, last: int) -> None:
        ranges = list(pairwise([0, *sorted(cuts), len(whole)]))
        order.shuffle(ranges)
        got = {first: piece(first, end) for first, end in ranges}
        assert b"".join(got[first] for first in sorted(got)) == whole
        rest = owner.get(path, headers={"Range": f"bytes={last}-"})
        assert (rest.status_code, rest.data) == (206, whole[last : last + OPEN_RANGE_BYTES])
        tail = owner.get(path, headers={"Range": f"bytes=-{len(whole) - last}"})
        assert tail.data == whole[last:]

    draw()


def test_a_range_beyond_the_end(owner: Api, call: Conversation) -> None:
    path = f"/api/v1/contacts/{call.contact_id}/sound"
    size_bytes = len(owner.get(path).data)
    answer = owner.get(path, headers={"Range": f"bytes={size_bytes}-"})
    assert (answer.status_code, length_of(answer)) == (416, size_bytes)
    assert answer.json["code"] == "range-not-satisfiable"


def test_a_long_silence_is_not_read_but_sent(owner: Api, call: Conversation) -> None:
    """A recording a day later: its place in the bytes is far, and asking for it costs nothing."""
    recording_id = call.record(tone(800, 1), offset_ms=24 * 3600 * 1000)
    path = f"/api/v1/contacts/{call.contact_id}/sound"
    size_bytes = int(owner.head(path).headers["Content-Length"])
    assert size_bytes > 800_000_000
    last = owner.get(path, headers={"Range": "bytes=-3600"})
    frames = (len(call.made[recording_id, "playback"]) - 288) // 180
    assert (last.status_code, len(last.data)) == (206, 3600)
    assert frames > 10
    opened = owner.get(path, headers={"Range": "bytes=400000000-"})
    assert len(opened.data) == OPEN_RANGE_BYTES
