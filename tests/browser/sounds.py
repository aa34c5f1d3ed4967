"""Sound that tells by its pitch which side is heard, and at which second."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.browser.stand import Part
from tests.integration.decode.sounds import Samples, by_av, by_soundfile

RATE_HZ = 8000
SECONDS = 8


def pitch_hz(channel: int, second: Any) -> Any:
    """What a channel sounds like in a second of the call; after eight they come again."""
    return 400 + 130 * (second % 8) + (1300 if channel else 0)


def steps(
    channels: int, *, rate_hz: int = RATE_HZ, first: int = 0, seconds: int = SECONDS
) -> Samples:
    """(frames, channels): each second its own pitch, beginning with that of second `first`.

    It swells five times a second, as speech does, so that it is not taken for noise. Channels
    beyond the second are silent.
    """
    at_s = np.arange(seconds * rate_hz) / rate_hz
    swell = 0.25 * (1 - np.cos(2 * np.pi * 5 * at_s))
    second = at_s.astype(int) + first
    sides = [
        swell * np.sin(2 * np.pi * pitch_hz(side, second) * at_s) * (side < 2)
        for side in range(channels)
    ]
    return np.stack(sides, axis=1).astype(np.float32)


def _wav(subtype: str, channels: int = 2) -> Callable[[], Part]:
    return lambda: Part(by_soundfile(steps(channels), RATE_HZ, subtype))


def _encoded(container: str, codec: str, rate_hz: int = RATE_HZ) -> Callable[[], Part]:
    return lambda: Part(by_av(steps(2, rate_hz=rate_hz), rate_hz, container, codec))


FORMATS: dict[str, tuple[int, Callable[[], Part]]] = {
    "wav-pcm16": (2, _wav("PCM_16")),
    "wav-pcm8": (2, _wav("PCM_U8")),
    "wav-pcm24": (2, _wav("PCM_24")),
    "wav-alaw": (2, _wav("ALAW")),
    "wav-ulaw": (2, _wav("ULAW")),
    "wav-gsm": (1, _wav("GSM610", 1)),
    "wav-8-channels": (8, _wav("PCM_16", 8)),
    "raw-alaw": (
        2,
        lambda: Part(
            by_soundfile(steps(2), RATE_HZ, "ALAW", "RAW"),
            {"raw_codec": "alaw", "raw_rate_hz": RATE_HZ, "raw_channels": 2},
        ),
    ),
    "mp3": (2, _encoded("mp3", "libmp3lame", 16_000)),
    "ogg-opus": (2, _encoded("ogg", "libopus", 48_000)),
    "ogg-vorbis": (2, lambda: Part(by_soundfile(steps(2), RATE_HZ, "VORBIS", "OGG"))),
    "flac": (2, _encoded("flac", "flac")),
    "m4a": (2, _encoded("ipod", "aac", 16_000)),
    "aac": (2, _encoded("adts", "aac", 16_000)),
    "amr": (1, lambda: Part(by_av(steps(1), RATE_HZ, "amr", "libopencore_amrnb"))),
    "webm": (2, _encoded("webm", "libopus", 48_000)),
}
"""How many channels a file has, and how to make it."""
