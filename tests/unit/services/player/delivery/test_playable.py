"""Which originals browsers play, by real files and by ones cut short anywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.delivery.playable import HEAD_BYTES, playable_type
from tests.integration.decode.sounds import amr, by_av, by_soundfile, tones, wav_header

PLAYED = {
    "PCM": (by_soundfile(tones(2), 8000, "PCM_16"), ("audio/wav", "wav")),
    "24 bits": (by_soundfile(tones(2), 8000, "PCM_24"), ("audio/wav", "wav")),
    "A-law": (by_soundfile(tones(1), 8000, "ALAW"), ("audio/wav", "wav")),
    "µ-law": (by_soundfile(tones(1), 8000, "ULAW"), ("audio/wav", "wav")),
    "extensible": (by_soundfile(tones(2), 8000, "PCM_16", "WAVEX"), ("audio/wav", "wav")),
    "MP3": (by_av(tones(1), 8000, "mp3", "libmp3lame"), ("audio/mpeg", "mp3")),
    "Opus": (by_av(tones(2), 48_000, "ogg", "libopus"), ("audio/ogg", "ogg")),
    "Vorbis": (by_soundfile(tones(2), 8000, "VORBIS", "OGG"), ("audio/ogg", "ogg")),
    "FLAC": (by_soundfile(tones(2), 8000, "PCM_16", "FLAC"), ("audio/flac", "flac")),
    "WebM": (by_av(tones(2), 48_000, "webm", "libopus"), ("audio/webm", "webm")),
    "AAC": (by_av(tones(1), 16_000, "adts", "aac"), ("audio/aac", "aac")),
    "MP4": (by_av(tones(1), 16_000, "ipod", "aac"), ("audio/mp4", "m4a")),
}
NOT_PLAYED = {
    "four channels": by_soundfile(tones(4), 8000, "PCM_16"),
    "four channels of FLAC": by_soundfile(tones(4), 8000, "PCM_16", "FLAC"),
    "ADPCM": by_soundfile(tones(1), 8000, "MS_ADPCM"),
    "GSM": by_soundfile(tones(1), 8000, "GSM610"),
    "AMR": amr(10),
    "no channels": wav_header(channels=0, data_bytes=0),
    "nothing": b"",
    "zeros": bytes(1000),
    "a page": b"<html><script>alert(1)</script>",
    "noise": np.random.default_rng(1).bytes(2000),
}


@pytest.mark.parametrize("name", PLAYED)
def test_what_browsers_play(name: str) -> None:
    body, expected = PLAYED[name]
    assert playable_type(body[:HEAD_BYTES]) == expected


@pytest.mark.parametrize("name", NOT_PLAYED)
def test_what_they_do_not(name: str) -> None:
    assert playable_type(NOT_PLAYED[name]) is None


@given(
    name=st.sampled_from(sorted(PLAYED)),
    length=st.integers(0, 400),
    flips=st.lists(st.tuples(st.integers(0, 399), st.integers(1, 255)), max_size=5),
)
def test_any_beginning_is_looked_at_without_harm(
    name: str, length: int, flips: list[tuple[int, int]]
) -> None:
    head = bytearray(PLAYED[name][0][:length])
    for place, bits in flips:
        if place < len(head):
            head[place] ^= bits
    found = playable_type(bytes(head))
    assert found is None or found[0].startswith("audio/")
