"""Sound whose bytes are known before they are sent: stored as it is, or joined of stored ones."""

import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from services.player.delivery.asked import Stored
from services.player.delivery.ranges import ByteRange
from services.player.mpeg.joined import VERSION, Joined, Read, Span
from services.player.mpeg.layer3 import FRAME_MS, frame_bytes, info_bytes
from shared.errors import NotFound, StorageUnavailable
from shared.storage import ObjectStore

# Frames that are worked on at once; 184 KB of stereo.
_FRAMES_AT_ONCE = 512


class Body(Protocol):
    """What can be sent in whole or in part."""

    @property
    def size_bytes(self) -> int:
        """Length of the whole."""

    @property
    def digest(self) -> str:
        """Differs from that of every other sequence of bytes."""

    @property
    def modified_at_s(self) -> int | None:
        """Since when it is as it is, in epoch seconds; None where nobody knows."""

    def open(self, store: ObjectStore, span: ByteRange) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a range; entering raises Unavailable where they cannot be had."""

    def heard_ms(self, first: int, length: int) -> Mapping[int, int]:
        """How much sound of each recording, by its id, a range of bytes holds."""


@dataclass(frozen=True, slots=True)
class StoredBody:
    """One stored object of a recording, or of none, such as peaks; its length in ms if known."""

    stored: Stored
    recording_id: int
    duration_ms: int

    @property
    def size_bytes(self) -> int:
        """See Body."""
        return self.stored.size_bytes

    @property
    def digest(self) -> str:
        """See Body."""
        return self.stored.sha256

    @property
    def modified_at_s(self) -> int:
        """See Body."""
        return self.stored.made_at_ms // 1000

    def open(self, store: ObjectStore, span: ByteRange) -> AbstractContextManager[Iterator[bytes]]:
        """See Body."""
        return _opened(store, self.stored, span.first, span.length_bytes)

    def heard_ms(self, first: int, length: int) -> Mapping[int, int]:  # noqa: ARG002  one rate
        """See Body; of the original as if its bit rate were constant."""
        return {self.recording_id: self.duration_ms * length // max(1, self.size_bytes)}


@dataclass(frozen=True, slots=True)
class JoinedBody:
    """A plan and the stored sounds that it counts, each with its recording's id."""

    joined: Joined
    sources: Sequence[tuple[int, Stored]]

    @property
    def size_bytes(self) -> int:
        """See Body."""
        return self.joined.size_bytes

    @property
    def digest(self) -> str:
        """See Body."""
        digests = [stored.sha256 for _, stored in self.sources]
        return hashlib.sha256(repr((VERSION, self.joined, digests)).encode()).hexdigest()

    @property
    def modified_at_s(self) -> None:
        """See Body: a call's clock may be corrected at any time."""

    @contextmanager
    def open(self, store: ObjectStore, span: ByteRange) -> Iterator[Iterator[bytes]]:
        """See Body; of several stored sounds the first is opened at once, the others in turn."""
        stretch = self.joined.stretch(span.first, span.length_bytes)
        with closing(self._frames(store, stretch.spans)) as frames:
            first = next(frames, b"")[stretch.skip :]
            yield _limited(chain((stretch.head, first), frames), span.length_bytes)

    def heard_ms(self, first: int, length: int) -> Mapping[int, int]:
        """See Body."""
        heard: dict[int, int] = {}
        if length > 0:
            for span in self.joined.stretch(first, length).spans:
                for recording_id in {self.sources[read.source][0] for read in span.reads}:
                    heard[recording_id] = heard.get(recording_id, 0) + span.frames * FRAME_MS
        return heard

    def _frames(self, store: ObjectStore, spans: Sequence[Span]) -> Generator[bytes, None, None]:
        for span in spans:
            with ExitStack() as opened:
                readers = {
                    read: opened.enter_context(self._reader(store, read, span.frames))
                    for read in span.reads
                }
                for done in range(0, span.frames, _FRAMES_AT_ONCE):
                    frames = min(_FRAMES_AT_ONCE, span.frames - done)
                    stored = {
                        read: pieces.take(frames * frame_bytes(read.channels))
                        for read, pieces in readers.items()
                    }
                    yield span.made_of(stored, frames)

    @contextmanager
    def _reader(self, store: ObjectStore, read: Read, frames: int) -> Iterator["_Pieces"]:
        each = frame_bytes(read.channels)
        start = info_bytes(read.channels) + read.first_frame * each
        _, stored = self.sources[read.source]
        with _opened(store, stored, start, frames * each) as pieces:
            yield _Pieces(pieces)


class _Pieces:
    """Pieces of any length, taken in lengths of ours."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        taken = bytearray(self._rest)
        while len(taken) < size:
            piece = next(self._pieces, b"")
            if not piece:
                raise StorageUnavailable("a stored sound is shorter than its row says")
            taken += piece
        self._rest = bytes(taken[size:])
        return bytes(taken[:size])


@contextmanager
def _opened(
    store: ObjectStore, stored: Stored, start: int, length: int
) -> Iterator[Iterator[bytes]]:
    with ExitStack() as stack:
        try:
            pieces = stack.enter_context(store.open(stored.object_name, start=start, length=length))
        except NotFound as error:
            raise StorageUnavailable(f"the store lacks {stored.object_name}") from error
        yield pieces


def _limited(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    for piece in pieces:
        if length <= 0:
            return
        if piece:
            yield piece[:length]
        length -= len(piece)
