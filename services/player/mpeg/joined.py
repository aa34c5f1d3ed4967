"""Sound put together out of stored ones, as a plan of bytes; pure.

Stored sounds have the one form of `layer3`, so a composed sound is known to the byte before anything
is read: the info frame, then frames of which each tells whose frame is heard on which side. A range
of its bytes needs the stored frames that it touches and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from services.player.mpeg.layer3 import (
    SILENCE,
    frame_bytes,
    info_bytes,
    info_frame,
    interleave,
    side_of,
)

VERSION = 1
"""Of the bytes that a plan stands for; part of their entity tag."""

LEFT, RIGHT = 0, 1

_SILENT_PAIR = interleave(SILENCE, SILENCE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a stored sound is heard: its frames from `first_frame` on, from `at_frame` on."""

    source: int
    """Number of the stored sound, as the maker of the plan counts them."""
    channels: int
    """Of the stored sound: 1 or 2."""
    sides: tuple[int | None, int | None]
    """The stored channel that is heard on the left and on the right; None: none of it."""
    at_frame: int
    first_frame: int
    frames: int

    @property
    def end_frame(self) -> int:
        """The first frame behind it."""
        return self.at_frame + self.frames


@dataclass(frozen=True, slots=True)
class Read:
    """Frames of a stored sound from one on; how many, the span tells that they are read for."""

    source: int
    channels: int
    first_frame: int


@dataclass(frozen=True, slots=True)
class Take:
    """One channel of what is read of a stored sound."""

    read: Read
    channel: int

    def later(self, frames: int) -> "Take":
        """The same channel, so many frames on."""
        return Take(replace(self.read, first_frame=self.read.first_frame + frames), self.channel)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the composed sound with one take, or silence, for each of its channels."""

    at_frame: int
    frames: int
    takes: tuple[Take | None, ...]

    @property
    def end_frame(self) -> int:
        """The first frame behind it."""
        return self.at_frame + self.frames

    @property
    def reads(self) -> tuple[Read, ...]:
        """What has to be read for it, each once."""
        return tuple(dict.fromkeys(take.read for take in self.takes if take))

    def within(self, first_frame: int, end_frame: int) -> "Span":
        """The part of it between these frames of the composed sound; they must overlap it."""
        at = max(self.at_frame, first_frame)
        takes = tuple(take and take.later(at - self.at_frame) for take in self.takes)
        return Span(at, min(self.end_frame, end_frame) - at, takes)

    def continues(self, before: "Span") -> bool:
        """Whether the two are one stretch."""
        return self.takes == tuple(take and take.later(before.frames) for take in before.takes)

    def made_of(self, stored: Mapping[Read, bytes], frames: int) -> bytes:
        """Some frames of it, of the same number of stored frames for each of its reads."""
        if len(self.reads) == 1 and self.takes == _as_stored(self.reads[0]):
            return stored[self.reads[0]]
        if not self.reads:
            return (SILENCE if len(self.takes) == 1 else _SILENT_PAIR) * frames
        sides = [
            SILENCE * frames if take is None else _channel(take, stored[take.read])
            for take in self.takes
        ]
        return sides[LEFT] if len(sides) == 1 else interleave(*sides)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of bytes: `head` of the info frame, then `spans` without their first `skip` bytes."""

    head: bytes
    spans: tuple[Span, ...]
    skip: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A composed sound: what it is made of, in order and without holes."""

    channels: int
    frames: int
    samples: int
    """How many a player hears of each channel."""
    spans: tuple[Span, ...]

    @property
    def size_bytes(self) -> int:
        """Length of the whole."""
        return info_bytes(self.channels) + self.frames * frame_bytes(self.channels)

    def stretch(self, first: int, length: int) -> Stretch:
        """What `length` bytes from byte `first` on are made of."""
        info = info_frame(channels=self.channels, frames=self.frames, samples=self.samples)
        each = frame_bytes(self.channels)
        begin, end = (max(0, at - len(info)) for at in (first, first + length))
        first_frame, end_frame = begin // each, -(-end // each)
        spans = tuple(
            span.within(first_frame, end_frame)
            for span in self.spans
            if span.at_frame < end_frame and first_frame < span.end_frame
        )
        return Stretch(info[first : first + length], spans, begin - first_frame * each)


def join(
    pieces: Iterable[Piece], *, frames: int, samples: int, sides: Sequence[int] = (LEFT, RIGHT)
) -> Joined:
    """`frames` frames of these sides; of several pieces at one place on one side the last is heard.

    Pieces may begin before the first frame and end behind the last one.
    """
    inside = [one for piece in pieces if (one := _inside(piece, frames)).frames > 0]
    edges = {0, frames, *(e for one in inside for e in (one.at_frame, one.end_frame))}
    spans: list[Span] = []
    for at, end in pairwise(sorted(edges)):
        span = Span(at, end - at, tuple(_take(inside, side, at) for side in sides))
        if spans and span.continues(spans[-1]):
            spans[-1] = replace(spans[-1], frames=end - spans[-1].at_frame)
        else:
            spans.append(span)
    return Joined(len(sides), frames, samples, tuple(spans))


def _inside(piece: Piece, frames: int) -> Piece:
    before = max(0, -piece.at_frame)
    behind = max(0, piece.end_frame - frames)
    return replace(
        piece,
        at_frame=piece.at_frame + before,
        first_frame=piece.first_frame + before,
        frames=piece.frames - before - behind,
    )


def _take(pieces: Sequence[Piece], side: int, at_frame: int) -> Take | None:
    for piece in reversed(pieces):
        channel = piece.sides[side]
        if channel is not None and piece.at_frame <= at_frame < piece.end_frame:
            first_frame = piece.first_frame + at_frame - piece.at_frame
            return Take(Read(piece.source, piece.channels, first_frame), channel)
    return None


def _as_stored(read: Read) -> tuple[Take, ...]:
    return tuple(Take(read, channel) for channel in range(read.channels))


def _channel(take: Take, stored: bytes) -> bytes:
    return stored if take.read.channels == 1 else side_of(stored, take.channel)
