"""Writes sound files the way telephone systems send them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile

from samples.calls.script import Sound
from samples.speech.telephone import LINE_RATE, Pcm

EXTENSIONS: dict[Sound, str] = {
    "opus": "ogg",
    "flac": "flac",
    "pcm": "wav",
    "alaw": "wav",
    "gsm": "wav",
}
CONTENT_TYPES = {"ogg": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav"}

_WAV_SUBTYPES = {"pcm": "PCM_16", "alaw": "ALAW", "gsm": "GSM610"}
# Enough that the two sides stay apart: at lower rates Opus codes them jointly and a speaker is
# heard faintly on the other channel.
_OPUS_BIT_RATE = 48_000
_OPUS_FRAME = 160


def write_sound(path: Path, channels: list[Pcm], sound: Sound) -> None:
    """Write equally long 8 kHz channels to `path` in the format `sound`."""
    frames = np.stack(channels, axis=1)
    if sound == "opus":
        _write_opus(path, frames)
    elif sound == "flac":
        soundfile.write(path, _sixteen_bits(frames), LINE_RATE, format="FLAC")
    else:
        subtype = _WAV_SUBTYPES[sound]
        soundfile.write(path, _sixteen_bits(frames), LINE_RATE, format="WAV", subtype=subtype)


def read_sound(path: Path) -> tuple[Pcm, int]:
    """Samples (frames, channels) and sample rate (Hz) of a file this module wrote."""
    frames, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return frames, int(rate_hz)


def _sixteen_bits(frames: Pcm) -> npt.NDArray[np.int16]:
    return np.round(frames * 32767).astype(np.int16)


def _write_opus(path: Path, frames: Pcm) -> None:
    # bitexact: without it every writing gets a random stream number and so other bytes.
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=LINE_RATE)
        stream.layout = "stereo" if frames.shape[1] == 2 else "mono"
        stream.bit_rate = _OPUS_BIT_RATE * frames.shape[1] // 2
        stream.options = {"application": "voip", "flags": "+bitexact"}
        samples = _sixteen_bits(frames)
        for begin in range(0, len(samples), _OPUS_FRAME):
            block = samples[begin : begin + _OPUS_FRAME]
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block.reshape(1, -1)),
                format="s16",
                layout=stream.layout.name,
            )
            frame.sample_rate = LINE_RATE
            frame.pts = begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
