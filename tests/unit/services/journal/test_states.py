"""One word for the sound and for the recognition of a contact."""

import pytest

from services.journal.states import AWAITED_MS, recognition_state, sound_state


@pytest.mark.parametrize(
    ("recordings", "kind", "result", "talk_ms", "news_age_ms", "said"),
    [
        pytest.param(1, "call", "missed", 0, 0, "present", id="there is one"),
        pytest.param(0, "call", "answered", 9000, 0, "awaited", id="just ended"),
        pytest.param(0, "call", "", None, AWAITED_MS - 1, "awaited", id="result not known"),
        pytest.param(0, "call", "answered", 9000, AWAITED_MS, "none", id="an hour old"),
        pytest.param(0, "call", "missed", None, 0, "none", id="missed"),
        pytest.param(0, "call", "answered", 0, 0, "none", id="no talk"),
        pytest.param(0, "email", "", None, 0, "none", id="nothing to hear"),
    ],
)
def test_sound(
    recordings: int, kind: str, result: str, talk_ms: int | None, news_age_ms: int, said: str
) -> None:
    found = sound_state(
        recordings=recordings, kind=kind, result=result, talk_ms=talk_ms, news_age_ms=news_age_ms
    )
    assert found == said


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "none"),
        (["cancelled"], "none"),
        (["done", "cancelled"], "done"),
        (["done", "failed"], "failed"),
        (["done", "failed", "pending"], "queued"),
        (["done", "failed", "pending", "running"], "running"),
    ],
)
def test_recognition(states: list[str], said: str) -> None:
    assert recognition_state(states) == said
