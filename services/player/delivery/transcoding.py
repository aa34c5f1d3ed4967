"""Originals as a stream of WAV, decoded while they are heard: until there is something better to play.

Decoding happens in limited children, so nothing here trusts the files. A stream has no length and
no ranges; its WAV header says so with the greatest size there is, as recorders to a pipe do.
"""

import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import structlog

from services.player.delivery.asked import Recording
from services.player.delivery.refusals import (
    ChannelNotSeparable,
    SoundUnreadable,
    TranscodingBusy,
)
from shared.decode import Block, DeclaredFormat, DecodeLimits, Decoding, decode
from shared.errors import NotFound, StorageFull, StorageUnavailable, UnsupportedSound
from shared.storage import ObjectStore
from shared.storage.disk import FilePart

log = structlog.get_logger(__name__)

RATE_HZ = 16_000
MOST_AT_ONCE = 4
"""Streams of one process: each holds a thread for as long as somebody listens."""

_BLOCK_FRAMES = RATE_HZ // 2
_UNKNOWN_SIZE = 0xFFFFFFFF
_SAMPLE_BYTES = 2

_places = threading.BoundedSemaphore(MOST_AT_ONCE)

Routes = Callable[[int], Sequence[Sequence[int]]]
"""Number of a recording's channels → for each channel of the stream those that are heard on it."""


class Voice:
    """A recording in the stream from sample `at` on, which may lie before the stream's beginning."""

    def __init__(self, recording: Recording, at: int, routes: Routes) -> None:
        self.recording = recording
        self.at = at
        self.routes: Sequence[Sequence[int]] = ()
        self.heard = 0
        self._routes_of = routes
        self._decoding: Decoding | None = None
        self._blocks: Iterator[Block] = iter(())
        self._rest: Block = np.zeros((0, 1), np.float32)

    @property
    def is_open(self) -> bool:
        """Whether its child runs or ran."""
        return self._decoding is not None

    def open(self, store: ObjectStore, limits: DecodeLimits) -> None:
        """Start decoding; raises UnsupportedSound, and ChannelNotSeparable as its routes do."""
        declared = DeclaredFormat.parse(self.recording.declared_format)
        with _local(store, self.recording.original.object_name) as path:
            self._decoding = decode(path, rate_hz=RATE_HZ, limits=limits, declared=declared)
        self._blocks = self._decoding
        self.routes = self._routes_of(self._decoding.channels)
        self._read(max(1, -self.at))
        self._rest = self._rest[max(0, -self.at) :]
        self.at = max(0, self.at)

    def sound(self, out: Block, position: int) -> int:
        """Lay its sound over `out`, a block of the stream at `position`; where in it the sound ends."""
        begin = max(0, self.at + self.heard - position)
        self._read(len(out) - begin)
        pcm, self._rest = self._rest[: len(out) - begin], self._rest[len(out) - begin :]
        for side, channels in enumerate(self.routes):
            if channels:
                out[begin : begin + len(pcm), side] = pcm[:, list(channels)].mean(axis=1)
        self.heard += len(pcm)
        return begin + len(pcm)

    def close(self) -> None:
        """End its child."""
        if self._decoding is not None:
            self._decoding.close()

    def _read(self, frames: int) -> None:
        """Have so many frames at hand, fewer where the sound ends or breaks."""
        blocks = [self._rest] if len(self._rest) else []
        held = len(self._rest)
        while held < frames:
            try:
                block = next(self._blocks, None)
            except UnsupportedSound as error:
                if not self.heard:
                    raise
                log.warning("sound-broke", recording=self.recording.id, reason=error.reason)
                block = None
            if block is None:
                break
            blocks.append(block)
            held += len(block)
        if blocks:
            self._rest = np.concatenate(blocks)


class Transcoding(Iterator[bytes]):
    """Voices, in order of their start, as one stream of 16-bit WAV; of two on one side the later is
    heard.

    It lasts `frames`, or without that as long as the last voice. Making one takes one of the places
    there are (TranscodingBusy) and opens the first voice that can be read, so that a file that is
    none is found out before the first byte: SoundUnreadable when no voice can be read.
    """

    def __init__(
        self,
        store: ObjectStore,
        limits: DecodeLimits,
        voices: Sequence[Voice],
        *,
        frames: int | None,
    ) -> None:
        self._store, self._limits = store, limits
        self._voices = list(voices)
        self._left = frames
        self._all = tuple(voices)
        self._place = _places.acquire(blocking=False)
        if not self._place:
            raise TranscodingBusy(f"{MOST_AT_ONCE} sounds are transcoded at this moment")
        try:
            self._channels = self._open_first()
        except BaseException:
            self.close()
            raise
        self._pieces = self._wav()

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            # At its end too: the place is for who waits for one.
            self.close()
            raise

    def heard_ms(self) -> dict[int, int]:
        """How much of each recording has been decoded for the stream."""
        return {one.recording.id: one.heard * 1000 // RATE_HZ for one in self._all}

    def close(self) -> None:
        """End the children and give the place back."""
        for voice in self._all:
            voice.close()
        if self._place:
            self._place = False
            _places.release()

    def _open_first(self) -> int:
        broken: UnsupportedSound | None = None
        for voice in list(self._voices):
            try:
                voice.open(self._store, self._limits)
            except UnsupportedSound as error:
                broken = broken or error
                self._voices.remove(voice)
            else:
                return len(voice.routes)
        reason = broken or UnsupportedSound("empty", "there is no sound")
        raise SoundUnreadable(reason.reason, reason.detail)

    def _wav(self) -> Iterator[bytes]:
        yield _wav_header(self._channels)
        position = 0
        while self._voices if self._left is None else self._left > 0:
            size = _BLOCK_FRAMES if self._left is None else min(self._left, _BLOCK_FRAMES)
            out = np.zeros((size, self._channels), np.float32)
            ends = [self._sound(voice, out, position) for voice in list(self._voices)]
            if self._left is not None:
                self._left -= size
            elif not self._voices:
                out = out[: max(ends)]
            position += size
            yield (np.clip(out, -1, 1) * 32767).astype("<i2").tobytes()

    def _sound(self, voice: Voice, out: Block, position: int) -> int:
        if voice.at >= position + len(out):
            return 0
        try:
            if not voice.is_open:
                voice.open(self._store, self._limits)
            end = voice.sound(out, position)
        except (UnsupportedSound, ChannelNotSeparable) as error:
            log.warning("sound-not-heard", recording=voice.recording.id, detail=error.detail)
            end = 0
        if end < len(out):
            voice.close()
            self._voices.remove(voice)
        return end


@contextmanager
def _local(store: ObjectStore, name: str) -> Iterator[Path]:
    """A path of an object for a child to open; what lies elsewhere is copied to a file without name."""
    try:
        with store.open(name) as pieces:
            if isinstance(pieces, FilePart):
                yield Path(f"/proc/self/fd/{pieces.descriptor}")
                return
            try:
                with tempfile.TemporaryFile() as file:
                    file.writelines(pieces)
                    file.flush()
                    yield Path(f"/proc/self/fd/{file.fileno()}")
            except OSError as error:
                raise StorageFull(f"no room for a temporary file: {error.strerror}") from error
    except NotFound as error:
        raise StorageUnavailable(f"the store lacks {name}") from error


def _wav_header(channels: int) -> bytes:
    """RIFF WAVE of 16-bit PCM whose end nobody knows."""
    block_bytes = _SAMPLE_BYTES * channels
    rate_bytes = RATE_HZ * block_bytes
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", _UNKNOWN_SIZE, b"WAVE"),
        *(b"fmt ", 16, 1, channels, RATE_HZ, rate_bytes, block_bytes, 8 * _SAMPLE_BYTES),
        *(b"data", _UNKNOWN_SIZE),
    )
