"""Files to serve: an hour of playback sound, and an original that no process keeps in memory."""

import random
import wave
from pathlib import Path

import numpy as np

from services.player.mpeg import layer3
from services.player.rendering.playback import PlaybackEncoder
from shared.decode import decode

_SAMPLE = Path(__file__).parent.parent.parent / "samples/calls/01-refund/recording.ogg"
_HOUR_FRAMES = 3_600_000 // layer3.FRAME_MS
_LONG_S = 3 * 3600


def hour_of_playback(path: Path) -> None:
    """The playback rendition of a sample call, its frames repeated to an hour."""
    with path.open("w+b") as file:
        with (
            decode(_SAMPLE, rate_hz=layer3.RATE_HZ) as decoding,
            PlaybackEncoder(file, channels=decoding.channels) as encoder,
        ):
            for block in decoding:
                encoder.add(np.ascontiguousarray(block.T))
        file.seek(layer3.info_bytes(2))
        frames = file.read()
        count = len(frames) // layer3.STEREO_BYTES
        file.seek(0)
        file.write(
            layer3.info_frame(
                channels=2, frames=_HOUR_FRAMES, samples=_HOUR_FRAMES * layer3.FRAME_SAMPLES - 1105
            )
        )
        for _ in range(_HOUR_FRAMES // count):
            file.write(frames)
        file.write(frames[: _HOUR_FRAMES % count * layer3.STEREO_BYTES])


def long_wav(path: Path) -> None:
    """Three hours of stereo at 8 kHz, some 345 MB."""
    second = random.Random(3).randbytes(2 * 2 * 8000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        for _ in range(_LONG_S):
            file.writeframesraw(second)
