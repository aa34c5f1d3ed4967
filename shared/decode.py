"""Untrusted sound as PCM: decoded by a limited child process, counted here.

The child (`python -m shared.decoding`) is exec'd, never forked: it has an empty environment, the
file, two pipes and no rights, and knows an allow-list of containers and codecs; its answer is
checked. This module imports no decoder and may be imported by the gateway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.decoding.declared import DeclaredFormat
from shared.decoding.limits import DecodeLimits
from shared.decoding.process import DecodingChild
from shared.errors import UnsupportedSound

__all__ = [
    "Block",
    "DeclaredFormat",
    "DecodeLimits",
    "Decoding",
    "SoundInfo",
    "decode",
    "decode_channels",
    "probe",
]

Block = NDArray[np.float32]
"""Samples of shape (frames, channels), nominally within -1..1."""

# 12 dB over full scale: lossy codecs overshoot a little, sound never by so much.
_LOUDEST = 4.0


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a file of sound is, by its content and not by its header."""

    container: str
    """wav, mp3, ogg, flac, m4a, aac, amr, webm; raw for a file that was declared."""
    codec: str
    """FFmpeg's name of the codec: pcm_alaw, gsm_ms, opus, …"""
    channels: int
    rate_hz: int
    duration_ms: int
    bit_rate: int
    """Bits per second of the whole file on average."""


def probe(
    source: Path | bytes,
    limits: DecodeLimits = DecodeLimits(),
    *,
    declared: DeclaredFormat | None = None,
) -> SoundInfo:
    """What `source` is; all of it is decoded and counted, so the duration is that of `decode`.

    `declared` says what a file without a header holds; without it the file's own bytes do.
    Raises UnsupportedSound with a reason, StorageFull when there is no room for a temporary file,
    OSError when the path cannot be opened, TematikaError when the decoder itself does not start.
    """
    with DecodingChild(source, limits, rate_hz=0, declared=declared) as child:
        header = child.header
        child.expect_end()
    duration_s = child.summary["seconds"]
    return SoundInfo(
        container=str(header["container"]),
        codec=str(header["codec"]),
        channels=int(header["channels"]),
        rate_hz=int(header["rate_hz"]),
        duration_ms=round(duration_s * 1000),
        bit_rate=round(int(header["size_bytes"]) * 8 / duration_s) if duration_s else 0,
    )


def decode(
    source: Path | bytes,
    *,
    rate_hz: int,
    limits: DecodeLimits = DecodeLimits(),
    declared: DeclaredFormat | None = None,
) -> "Decoding":
    """Start decoding `source` to float PCM at `rate_hz`, its channels kept apart.

    Raises as `probe` does; a file that breaks later raises UnsupportedSound between two blocks.
    """
    if rate_hz <= 0:
        raise ValueError(f"rate_hz must be positive, not {rate_hz}")
    child = DecodingChild(source, limits, rate_hz=rate_hz, declared=declared)
    return Decoding(child, rate_hz, limits)


def decode_channels(
    source: Path | bytes,
    rate_hz: int = 16_000,
    limits: DecodeLimits = DecodeLimits(),
    *,
    declared: DeclaredFormat | None = None,
) -> list[Block]:
    """Each channel of `source` as one array of shape (frames,), for the recogniser.

    Holds the whole sound: an hour of two channels at 16 kHz is 460 MB. Raises as `decode` does, and
    UnsupportedSound `limits-exceeded` for more than the longest sound of two channels holds.
    """
    left_samples = 2 * int(limits.max_seconds * rate_hz) + 2 * rate_hz
    with decode(source, rate_hz=rate_hz, limits=limits, declared=declared) as decoding:
        parts: list[list[Block]] = [[] for _ in range(decoding.channels)]
        for block in decoding:
            left_samples -= block.size
            if left_samples < 0:
                # A few kilobytes of silence on eight channels would else kill the worker.
                detail = f"{decoding.channels} channels of this length do not fit into memory"
                raise UnsupportedSound("limits-exceeded", detail)
            for index, channel in enumerate(parts):
                channel.append(block[:, index].copy())
    channels: list[Block] = []
    for channel in parts:
        channels.append(np.concatenate(channel) if channel else np.empty(0, np.float32))
        # Freed one by one: otherwise the sound is in memory twice.
        channel.clear()
    return channels


class Decoding(Iterator[Block]):
    """Blocks of one decoding; as a context manager it ends the child when left early."""

    def __init__(self, child: DecodingChild, rate_hz: int, limits: DecodeLimits) -> None:
        self._child = child
        self._limit_frames = int(limits.max_seconds * rate_hz) + rate_hz
        self.rate_hz = rate_hz
        self.channels = int(child.header["channels"])
        """Number of channels, which is also the second axis of every block."""
        self.frames = 0
        """Frames delivered so far."""
        self.damaged_ms = 0
        """Sound that could not be decoded and became silence; complete after the last block."""

    def __next__(self) -> Block:
        """The next block; UnsupportedSound where the file breaks or costs too much."""
        content = self._child.next_pcm()
        if content is None:
            self.damaged_ms = round(self._child.summary["damaged_seconds"] * 1000)
            self.close()
            raise StopIteration
        if len(content) % (4 * self.channels):
            self.close()
            raise UnsupportedSound("limits-exceeded", "the decoder sent half a sample")
        block: Block = np.frombuffer(content, dtype="<f4").reshape(-1, self.channels)
        self.frames += len(block)
        if self.frames > self._limit_frames:
            self.close()
            raise UnsupportedSound("too-long", "the decoder sent more than the longest sound")
        if not (block.min(initial=0) >= -_LOUDEST and block.max(initial=0) <= _LOUDEST):
            # Float WAV files may hold anything that 32 bits can spell, NaN too.
            block = np.nan_to_num(block).clip(-1, 1)
        return block

    def close(self) -> None:
        """End the child if it still runs."""
        self._child.close()

    def __enter__(self) -> Self:
        """Itself; leaving ends the child."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child if it still runs."""
        self.close()

    def __del__(self) -> None:
        """End the child of a decoding that nobody closed."""
        self.close()
