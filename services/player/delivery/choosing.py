"""Which stored bytes answer a request for sound, or of which recordings there are none; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.player.delivery.asked import Asked, JobNow, Recording, Stored, Window
from services.player.delivery.bodies import Body, JoinedBody, StoredBody
from services.player.delivery.channels import MIX, channel_of, side_asked, sides_of, speakers_of
from services.player.delivery.placing import Sounding, on_the_clock, one_channel, overlaps
from services.player.delivery.refusals import (
    ChannelNotSeparable,
    NoRecording,
    OriginalNotJoined,
    SoundUnreadable,
)
from services.player.delivery.schemas import SoundQuery, Variant
from services.player.refusals import RecordingDestroyed
from services.player.rendering import kinds
from services.player.rendering.strength import Strength

MOST_CHANNELS = 8
_STORED_CHANNELS = 2

MPEG = ("audio/mpeg", "mp3")
# Of originals, by what probing found in them; never what the sender called them, which a browser
# could be made to run.
_TYPES = {
    "wav": ("audio/wav", "wav"),
    "mp3": MPEG,
    "ogg": ("audio/ogg", "ogg"),
    "flac": ("audio/flac", "flac"),
    "m4a": ("audio/mp4", "m4a"),
    "aac": ("audio/aac", "aac"),
    "amr": ("audio/amr", "amr"),
    "webm": ("audio/webm", "webm"),
}
_UNKNOWN_TYPE = ("application/octet-stream", "bin")

Unreadable = Mapping[int, JobNow]
"""Recordings that no decoder could read, with the job that tells why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The bytes to send, what they are called, and whose sound they hold."""

    body: Body
    variant: str
    media: tuple[str, str]
    """Media type and file suffix."""
    recording_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Recordings of those that sound lack the rendition of this kind."""

    kind: str
    lacking: tuple[Recording, ...]
    sounding: tuple[Recording, ...]


def kinds_asked(query: SoundQuery) -> list[str]:
    """Kinds of rendition that may answer."""
    if query.variant is Variant.ORIGINAL:
        return []
    if query.variant is Variant.DENOISED:
        return [kinds.denoised(strength) for strength in Strength]
    if query.channel == MIX:
        return [kinds.PLAYBACK]
    return [kinds.PLAYBACK, *map(kinds.channel_playback, range(MOST_CHANNELS))]


def choose(
    asked: Asked, query: SoundQuery, window: Window | None, unreadable: Unreadable
) -> Choice | Missing:
    """What answers: a recording as it is (no window), or a stretch of the contact's clock.

    `unreadable` recordings are silent. Raises RecordingDestroyed, ChannelNotSeparable,
    OriginalNotJoined, NoRecording, and SoundUnreadable where nothing else is left.
    """
    alive = [one for one in asked.recordings if not one.destroyed]
    if window is not None:
        alive = [one for one in alive if overlaps(one, window)]
    if not alive:
        gone = [str(one.id) for one in asked.recordings if one.destroyed]
        if not gone:
            raise NoRecording("nothing was recorded of this stretch")
        raise RecordingDestroyed(f"the sound of recording {', '.join(gone)} was destroyed")
    if query.variant is Variant.ORIGINAL:
        return _original(alive, asked.direction, query, window)
    readable = [one for one in alive if one.id not in unreadable]
    if not readable:
        job = unreadable[alive[0].id]
        raise SoundUnreadable(job.error_code, job.error_message)
    kind = kinds.PLAYBACK
    if query.variant is Variant.DENOISED:
        kind = kinds.denoised(query.strength or Strength(asked.denoise_strength))
    lacking = tuple(one for one in readable if kind not in one.renditions)
    if lacking:
        return Missing(kind, lacking, tuple(readable))
    if window is None:
        return _recording(readable[0], asked.direction, query.channel, kind)
    return _joined(readable, asked.direction, query.channel, kind, window)


def _original(
    alive: Sequence[Recording], direction: str, query: SoundQuery, window: Window | None
) -> Choice:
    if len(alive) != 1 or (window is not None and window.is_clip):
        raise OriginalNotJoined([one.id for one in alive])
    recording = alive[0]
    whole = query.channel == MIX
    if recording.channels is not None and not whole:
        speakers = speakers_of(recording, recording.channels, direction)
        whole = channel_of(query.channel, speakers) is None
    if not whole:
        raise ChannelNotSeparable(query.channel, [MIX])
    return stored_choice(
        recording,
        recording.original,
        str(Variant.ORIGINAL),
        _TYPES.get(recording.container, _UNKNOWN_TYPE),
    )


def stored_choice(
    recording: Recording, stored: Stored, variant: str, media: tuple[str, str]
) -> Choice:
    """A recording's stored bytes as they are."""
    body = StoredBody(stored, recording.id, recording.duration_ms or 0)
    return Choice(body, variant, media, (recording.id,))


def _recording(recording: Recording, direction: str, channel: str, kind: str) -> Choice:
    stored = recording.renditions[kind]
    channels = recording.channels or 1
    index = channel_of(channel, speakers_of(recording, channels, direction))
    if index is None:
        return stored_choice(recording, stored, kind, MPEG)
    if channels > _STORED_CHANNELS:
        own = recording.renditions.get(kinds.channel_playback(index))
        if own is None:
            raise ChannelNotSeparable(channel, [MIX])
        return stored_choice(recording, own, kind, MPEG)
    sounding = Sounding(recording, stored, _STORED_CHANNELS, (0, 1))
    body = JoinedBody(one_channel(sounding, index), [(recording.id, stored)])
    return Choice(body, kind, MPEG, (recording.id,))


def _joined(
    recordings: Sequence[Recording], direction: str, channel: str, kind: str, window: Window
) -> Choice:
    spoken = [speakers_of(one, one.channels or 1, direction) for one in recordings]
    side = side_asked(channel, spoken)
    soundings = [_sounding(one, kind, channel, side) for one in recordings]
    only = soundings[0]
    if len(soundings) == 1 and channel == MIX and window == Window() and only.is_the_whole:
        return stored_choice(only.recording, only.stored, kind, MPEG)
    joined = on_the_clock(soundings, window, side)
    body = JoinedBody(joined, [(one.recording.id, one.stored) for one in soundings])
    return Choice(body, kind, MPEG, tuple(one.id for one in recordings))


def _sounding(recording: Recording, kind: str, channel: str, side: int | None) -> Sounding:
    channels = recording.channels or 1
    sides = sides_of(recording, channels)
    if side is None or channels <= _STORED_CHANNELS:
        stored = recording.renditions[kind]
        return Sounding(recording, stored, min(channels, _STORED_CHANNELS), sides)
    # Beyond two channels the stored mix holds them all on both sides.
    own = recording.renditions.get(kinds.channel_playback(sides[side] or 0))
    if own is None:
        raise ChannelNotSeparable(channel, [MIX])
    return Sounding(recording, own, 1, (0, 0))
