"""Kinds of rendition beside the kinds of job and the routes that they belong to."""

import pytest

from services.player.rendering import kinds
from services.player.rendering.strength import Strength
from services.player.tasks import HANDLERS
from shared.db.tables import renditions


def test_every_job_is_one_that_a_player_does() -> None:
    assert set(kinds.JOB_OF.values()) <= set(HANDLERS)
    assert {kinds.denoise_job(strength) for strength in Strength} <= set(kinds.JOB_OF.values())


@pytest.mark.parametrize("kind", [*kinds.JOB_OF, kinds.channel_playback(7)])
def test_every_kind_fits_its_column(kind: str) -> None:
    assert len(kind) <= renditions.c.kind.type.length


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("playback", "sound"),
        ("playback-3", "sound?channel=3"),
        ("denoised-light", "sound?variant=denoised&strength=light"),
        ("denoised-strong", "sound?variant=denoised&strength=strong"),
        ("waveform", "waveform"),
        ("waveform-fine", "waveform?level=fine"),
    ],
)
def test_where_a_rendition_is_fetched(kind: str, place: str) -> None:
    assert kinds.place(kind) == place
