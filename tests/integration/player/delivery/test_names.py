"""What a saved sound is called: in Russian for people, in ASCII for old programs."""

from urllib.parse import unquote

import numpy as np
import pytest

from tests.gateway_client import Api
from tests.integration.player.delivery.conversation import Conversation, tone

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
CALL = "Входящий звонок 2026-09-21 17-13-20 +79990001122"


def names(owner: Api, path: str) -> tuple[str, str, str]:
    """(disposition, plain name, name for people)."""
    answer = owner.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    kind, plain, encoded = answer.headers["Content-Disposition"].split("; ")
    return (
        kind,
        plain.removeprefix('filename="').removesuffix('"'),
        unquote(encoded.removeprefix("filename*=UTF-8''")),
    )


def test_names(owner: Api, call: Conversation) -> None:
    stereo = np.concatenate([tone(440, 2), tone(700, 2)])
    recording_id = call.record(stereo)
    call.render(recording_id, "denoised-strong", stereo)
    leg_id = call.leg(0, 1000, recording_id, position=1)
    hit_id = call.hit(recording_id, 1200, 1500)
    sound = f"recordings/{recording_id}/sound"
    denoised = "variant=denoised&strength=strong"
    expected = {
        sound: ("inline", f"recording-{recording_id}-playback.mp3", f"{CALL}.mp3"),
        f"{sound}?download=true&channel=operator": (
            "attachment",
            f"recording-{recording_id}-playback-operator.mp3",
            f"{CALL} (оператор).mp3",
        ),
        f"{sound}?download=true&variant=original": (
            "attachment",
            f"recording-{recording_id}-original.wav",
            f"{CALL} (оригинал).wav",
        ),
        f"{sound}?download=true&channel=1&{denoised}": (
            "attachment",
            f"recording-{recording_id}-denoised-strong-1.mp3",
            f"{CALL} (канал 2, без шума).mp3",
        ),
        f"legs/{leg_id}/sound?download=true&channel=client": (
            "attachment",
            f"leg-{leg_id}-playback-client.mp3",
            f"{CALL} (плечо 2, клиент).mp3",
        ),
        f"contacts/{call.contact_id}/sound?download=true": (
            "attachment",
            f"contact-{call.contact_id}-playback.mp3",
            f"{CALL}.mp3",
        ),
        f"hits/{hit_id}/clip?download=true": (
            "attachment",
            f"hit-{hit_id}-playback.mp3",
            f"{CALL} (фрагмент 00-01).mp3",
        ),
    }
    assert {path: names(owner, path) for path in expected} == expected
    assert {row.action for row in call.log()} == {"listen", "download"}
