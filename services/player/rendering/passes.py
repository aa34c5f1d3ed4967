"""A recording's renditions out of its original file; worker only, memory bounded by blocks."""

import errno
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from services.player.mpeg.layer3 import RATE_HZ
from services.player.rendering import kinds
from services.player.rendering.cleaning import ChannelReport, Cleaner
from services.player.rendering.playback import (
    MOST_CHANNELS,
    PlaybackEncoder,
    Sound,
    fold_to_stereo,
)
from services.player.rendering.strength import Strength
from services.player.rendering.waveform import Waveform, WaveformBuilder
from shared.decode import DeclaredFormat, DecodeLimits, Decoding, SoundInfo, decode, probe
from shared.errors import StorageFull
from shared.storage import ObjectStore
from shared.storage.verified import copy_verified

Progress = Callable[[float], None]
# A minute of cleaned sound is folded and encoded in pieces: copies of all of it would add up.
_PIECE_FRAMES = 1 << 16
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a pass over a recording made and found.

    `sounds` are the files by kind of rendition; `damaged_ms` of the sound could not be decoded and
    became silence.
    """

    sounds: Mapping[str, BinaryIO]
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
    source: Path,
    declared: DeclaredFormat | None,
    files: ExitStack,
    limits: DecodeLimits,
    on_progress: Progress,
) -> Rendered:
    """Write the playback renditions of `source` and gather its peaks, all in one pass.

    `declared` is the format of a source without a header. More channels than two are folded for
    `playback` and each is kept besides. The files, opened in `files`, are gone when that is closed.
    Raises UnsupportedSound for what is not sound that we accept.
    """
    info = probe(source, limits, declared=declared)
    sounds: dict[str, BinaryIO] = {}
    with (
        decode(source, rate_hz=RATE_HZ, limits=limits, declared=declared) as decoding,
        ExitStack() as encoders,
    ):

        def encoder(kind: str, channels: int) -> PlaybackEncoder:
            sounds[kind] = files.enter_context(scratch_file())
            return encoders.enter_context(PlaybackEncoder(sounds[kind], channels=channels))

        heard = encoder(kinds.PLAYBACK, min(decoding.channels, MOST_CHANNELS))
        apart = [
            encoder(kinds.channel_playback(index), 1)
            for index in range(decoding.channels if decoding.channels > MOST_CHANNELS else 0)
        ]
        peaks = WaveformBuilder(channels=decoding.channels, rate_hz=RATE_HZ)
        for block in _reported(decoding, info.duration_ms, on_progress):
            peaks.add(block)
            heard.add(fold_to_stereo(block))
            for index, channel in enumerate(apart):
                channel.add(block[index : index + 1])
    duration_ms = decoding.frames * 1000 // RATE_HZ
    return Rendered(sounds, info, duration_ms, decoding.damaged_ms, peaks.build())


def render_denoised(
    source: Path,
    declared: DeclaredFormat | None,
    into: BinaryIO,
    strength: Strength,
    duration_ms: int | None,
    limits: DecodeLimits,
    on_progress: Progress,
) -> list[ChannelReport]:
    """Write the denoised rendition of `source` to `into`; tell per channel what was done.

    `duration_ms` is what progress is measured by; it is probed where it is not known yet. Raises
    UnsupportedSound as `render_playback`.
    """
    if duration_ms is None:
        duration_ms = probe(source, limits, declared=declared).duration_ms
    with decode(source, rate_hz=RATE_HZ, limits=limits, declared=declared) as decoding:
        cleaner = Cleaner(decoding.channels, strength)
        blocks = _reported(decoding, duration_ms, on_progress)
        channels = min(decoding.channels, MOST_CHANNELS)
        with PlaybackEncoder(into, channels=channels) as encoder:
            for cleaned in cleaner.clean(blocks):
                for start in range(0, cleaned.shape[1], _PIECE_FRAMES):
                    encoder.add(fold_to_stereo(cleaned[:, start : start + _PIECE_FRAMES]))
    return cleaner.reports


def _reported(decoding: Decoding, duration_ms: int, on_progress: Progress) -> Iterator[Sound]:
    """Blocks as (channels, frames), telling after each how much of the recording is done."""
    expected = max(1, duration_ms * decoding.rate_hz // 1000)
    for block in decoding:
        yield np.ascontiguousarray(block.T)
        on_progress(min(decoding.frames / expected, 1.0))
