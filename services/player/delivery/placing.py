"""Recordings on the contact's clock as a plan of composed sound; pure.

The clock is counted in frames of 36 ms. What a player hears of a frame begins two frames later in
the bytes (the encoder's delay), so a stretch takes two frames more than it lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.player.delivery.asked import Recording, Stored, Window
from services.player.delivery.channels import Sides
from services.player.mpeg.joined import LEFT, RIGHT, Joined, Piece, join
from services.player.mpeg.layer3 import (
    DELAY_SAMPLES,
    FRAME_MS,
    FRAME_SAMPLES,
    RATE_HZ,
    frame_bytes,
    info_bytes,
)

_DELAY_FRAMES = -(-DELAY_SAMPLES // FRAME_SAMPLES)


@dataclass(frozen=True, slots=True)
class Sounding:
    """A stored rendition of a recording and which of its channels are heard on which side."""

    recording: Recording
    stored: Stored
    channels: int
    sides: Sides

    @property
    def frames(self) -> int:
        """How many frames the stored sound has."""
        size_bytes = self.stored.size_bytes - info_bytes(self.channels)
        return size_bytes // frame_bytes(self.channels)

    @property
    def samples(self) -> int:
        """How many samples a player hears of it."""
        most = max(0, self.frames * FRAME_SAMPLES - DELAY_SAMPLES)
        if self.recording.duration_ms is None:
            return most
        return min(most, self.recording.duration_ms * RATE_HZ // 1000)

    @property
    def is_the_whole(self) -> bool:
        """Whether it alone, from the clock's beginning on, is what is stored of it."""
        return self.sides == (0, 1) and _frame_of(self.recording.offset_ms) == 0


def one_channel(sounding: Sounding, channel: int) -> Joined:
    """One channel of a stored stereo sound by itself, as long as the sound."""
    piece = Piece(0, sounding.channels, (channel, None), 0, 0, sounding.frames)
    return join([piece], frames=sounding.frames, samples=sounding.samples, sides=(LEFT,))


def on_the_clock(soundings: Sequence[Sounding], window: Window, side: int | None) -> Joined:
    """What sounds in a stretch of the contact's clock, of both sides or of one.

    `soundings` are in order of their start: where two sound on one side, the later one is heard. A
    stretch without an end lasts until the last of them ends.
    """
    first_frame = max(0, window.start_ms) // FRAME_MS
    pieces = [
        Piece(
            source=index,
            channels=one.channels,
            sides=one.sides,
            at_frame=_frame_of(one.recording.offset_ms) - first_frame,
            first_frame=0,
            frames=one.frames,
        )
        for index, one in enumerate(soundings)
    ]
    if window.end_ms is None:
        frames = max((piece.end_frame for piece in pieces), default=0)
        ends = (
            piece.at_frame * FRAME_SAMPLES + one.samples
            for piece, one in zip(pieces, soundings, strict=True)
        )
        samples = max(ends, default=0)
    else:
        lasting = max(0, -(-window.end_ms // FRAME_MS) - first_frame)
        frames, samples = lasting + _DELAY_FRAMES, lasting * FRAME_SAMPLES
    sides = (LEFT, RIGHT) if side is None else (side,)
    return join(pieces, frames=frames, samples=samples, sides=sides)


def overlaps(recording: Recording, window: Window) -> bool:
    """Whether a recording sounds in a stretch of the clock; one of unknown length may."""
    ends_ms = None if recording.duration_ms is None else recording.offset_ms + recording.duration_ms
    begins = window.end_ms is None or recording.offset_ms < window.end_ms
    return begins and (ends_ms is None or ends_ms > window.start_ms)


def sound_end_ms(recordings: Sequence[Recording]) -> int | None:
    """Where the last of the recordings ends on the contact's clock; None while one is unmeasured."""
    ends = [one.offset_ms + one.duration_ms for one in recordings if one.duration_ms is not None]
    return max(ends) if len(ends) == len(recordings) else None


def _frame_of(milliseconds: int) -> int:
    """The frame that begins nearest to a moment of the clock."""
    return (milliseconds + FRAME_MS // 2) // FRAME_MS
