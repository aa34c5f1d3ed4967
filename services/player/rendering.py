"""A recording's renditions out of its original file; worker only, memory bounded by blocks."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from services.player import denoise
from services.player.cleaning import ChannelReport, Cleaner
from services.player.playback import PlaybackEncoder, rendition_rate_hz
from services.player.waveform import Waveform, WaveformBuilder
from shared.decode import DecodeLimits, Decoding, SoundInfo, decode, probe
from shared.errors import StorageFull
from shared.storage import ObjectStore
from shared.storage.verified import copy_verified

Progress = Callable[[float], None]
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a pass over a recording found: its properties, its length as decoded, and its peaks.

    `damaged_ms` of the sound could not be decoded and became silence.
    """

    info: SoundInfo
    duration_ms: int
    damaged_ms: int
    waveform: Waveform


@contextmanager
def local_copy(store: ObjectStore, name: str, sha256: str) -> Iterator[Path]:
    """A path of the verified original in a temporary file without a name, which no crash leaves.

    Raises as `copy_verified` does.
    """
    with scratch_file() as file:
        copy_verified(store, name, sha256, file)
        file.seek(0)
        yield Path(f"/dev/fd/{file.fileno()}")


@contextmanager
def scratch_file() -> Iterator[BinaryIO]:
    """A temporary file without a name; StorageFull when the disk has no room for its content."""
    try:
        with tempfile.TemporaryFile() as file:
            yield file
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(f"no room for a temporary file: {error.strerror}") from error
        raise


def render_playback(
    source: Path, into: BinaryIO, limits: DecodeLimits, on_progress: Progress
) -> Rendered:
    """Write the playback rendition of `source` to `into` and gather its peaks in the same pass.

    Raises UnsupportedSound for what is not sound that we accept.
    """
    info = probe(source, limits)
    rate_hz = rendition_rate_hz(info.rate_hz, info.codec)
    with decode(source, rate_hz=rate_hz, limits=limits) as decoding:
        channels = decoding.channels
        peaks = WaveformBuilder(channels=channels, rate_hz=rate_hz)
        with PlaybackEncoder(into, channels=channels, rate_hz=rate_hz) as encoder:
            for block in _reported(decoding, info.duration_ms, on_progress):
                peaks.add(block)
                encoder.add(block)
        duration_ms = decoding.frames * 1000 // rate_hz
        return Rendered(info, duration_ms, decoding.damaged_ms, peaks.build())


def render_denoised(
    source: Path, into: BinaryIO, duration_ms: int, limits: DecodeLimits, on_progress: Progress
) -> list[ChannelReport]:
    """Write the denoised rendition of `source` to `into`; tell per channel what was done.

    It has the rate that denoising works at, which holds a telephone's band and twice it.
    """
    with decode(source, rate_hz=denoise.RATE_HZ, limits=limits) as decoding:
        cleaner = Cleaner(decoding.channels)
        blocks = _reported(decoding, duration_ms, on_progress)
        with PlaybackEncoder(into, channels=decoding.channels, rate_hz=denoise.RATE_HZ) as encoder:
            for cleaned in cleaner.clean(blocks):
                encoder.add(cleaned)
    return cleaner.reports


def _reported(
    decoding: Decoding, duration_ms: int, on_progress: Progress
) -> Iterator[denoise.Sound]:
    """Blocks as (channels, frames), telling after each how much of the recording is done."""
    expected = max(1, duration_ms * decoding.rate_hz // 1000)
    for block in decoding:
        yield np.ascontiguousarray(block.T)
        on_progress(min(decoding.frames / expected, 1.0))
