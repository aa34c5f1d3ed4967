"""How much sound was heard: gathered in the process, written to the row of the listening."""

from typing import Any

import numpy as np
import pytest

from services.player.delivery.served import SERVED, ServedSound
from shared.audit import Heard
from shared.db.session import Database
from shared.queue.runner import Parts
from tests.audit_window import await_room_in_window
from tests.gateway_client import Api
from tests.integration.player.delivery.conversation import Conversation, tone

STEREO = np.concatenate([tone(440, 2), tone(700, 2)])


def hear(answer: Any) -> int:
    """Read a sound to its end, as a server sends it; its length in bytes."""
    length = len(answer.data)
    answer.close()
    return length


def test_ranges_of_one_listening_add_up_in_its_row(
    parts: Parts, owner: Api, call: Conversation
) -> None:
    recording_id = call.record(STEREO)
    path = f"/api/v1/recordings/{recording_id}/sound"
    size_bytes = len(call.made[recording_id, "playback"])
    await_room_in_window(parts.database)
    for _ in range(3):
        hear(owner.get(path, headers={"Range": f"bytes=0-{size_bytes // 2 - 1}"}))
    hear(owner.get(f"{path}?download=true"))
    assert owner.head(path).status_code == 200
    SERVED.write()
    listened, downloaded = call.log()
    assert (listened.action, downloaded.action) == ("listen", "download")
    assert listened.served_ms == pytest.approx(3000, abs=20)
    assert downloaded.served_ms == 2000
    SERVED.write()
    assert call.log()[0].served_ms == listened.served_ms


def test_a_listener_who_leaves_is_counted_for_what_left(owner: Api, call: Conversation) -> None:
    long = np.random.default_rng(1).normal(0, 0.1, (1, 16_000 * 90)).astype(np.float32)
    recording_id = call.record(long)
    answer = owner.get(f"/api/v1/recordings/{recording_id}/sound", buffered=False)
    pieces = iter(answer.response)
    first = len(next(pieces))
    next(pieces)
    answer.close()
    SERVED.write()
    (row,) = call.log()
    assert row.served_ms == pytest.approx(first / 5, rel=0.01)


def test_each_recording_of_a_composed_sound_has_its_own(owner: Api, call: Conversation) -> None:
    first = call.record(STEREO)
    second = call.record(tone(900, 3), offset_ms=4000)
    hear(owner.get(f"/api/v1/contacts/{call.contact_id}/sound"))
    SERVED.write()
    served = {row.recording_id: row.served_ms for row in call.log()}
    assert served[first] == pytest.approx(2000, abs=150)
    assert served[second] == pytest.approx(3000, abs=150)


def test_a_stream_is_counted_too(owner: Api, call: Conversation) -> None:
    recording_id = call.record(None, original=b"\0\0" * 16_000)
    call.change(recording_id, declared_format="pcm_s16le/16000/1")
    assert hear(owner.get(f"/api/v1/recordings/{recording_id}/sound")) == 44 + 32_000
    SERVED.write()
    assert [row.served_ms for row in call.log()] == [1000]


def test_a_database_that_is_away_costs_the_count_and_nothing_else() -> None:
    served = ServedSound()
    away = Database("sqlite:////nowhere/at/all.db")
    served.add(away, Heard(1, "user:1", "listen", 1, "playback"), 500)
    served.write()
    served.write()
