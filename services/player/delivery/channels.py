"""Which stored channel is which side, and what can be heard by itself; pure."""

from collections.abc import Sequence

from services.player.delivery.asked import Recording
from services.player.delivery.refusals import ChannelNotSeparable
from services.player.mpeg.joined import LEFT, RIGHT
from shared.domain.recording import Direction, Speaker, plan_speakers

MIX = "mix"
SIDES = {Speaker.OPERATOR: LEFT, Speaker.CLIENT: RIGHT}
"""Of a composed sound: the operator is heard on the left, the client on the right."""

Sides = tuple[int | None, int | None]


def speakers_of(recording: Recording, channels: int, direction: str) -> tuple[Speaker, ...]:
    """Who speaks on each channel of a recording, were it of that many channels."""
    return plan_speakers(
        channels,
        operator_channel=recording.operator_channel,
        one_sided=recording.one_sided,
        direction=Direction(direction) if direction else None,
    ).speakers


def channel_of(wanted: str, speakers: Sequence[Speaker]) -> int | None:
    """Index of the channel asked for, None for a recording as it is.

    Raises ChannelNotSeparable where the sound asked for is mixed with another or not there.
    """
    found = _channels_of(wanted, speakers)
    if len(found) == len(speakers):
        return None
    if len(found) == 1:
        return found[0]
    names = [*Speaker, *map(str, range(len(speakers)))]
    raise ChannelNotSeparable(
        wanted, [MIX, *(name for name in names if len(_channels_of(name, speakers)) == 1)]
    )


def sides_of(recording: Recording, channels: int) -> Sides:
    """The channels of a recording that are heard on the left and on the right.

    What holds both parties is heard on both sides.
    """
    if channels == 1:
        operator = recording.one_sided is not Speaker.CLIENT
        client = recording.one_sided is not Speaker.OPERATOR
        return (0 if operator else None, 0 if client else None)
    if recording.one_sided is not None:
        return (0, 1)
    return (recording.operator_channel, 1 - recording.operator_channel)


def side_asked(wanted: str, spoken: Sequence[Sequence[Speaker]]) -> int | None:
    """The side of a composed sound that is asked for, None for both.

    `spoken` are the speakers of each recording's channels. Raises ChannelNotSeparable where a
    recording holds the side only mixed with another, or none holds it.
    """
    if wanted == MIX:
        return None
    parted = all(map(_is_parted, spoken))
    heard = {speaker for speakers in spoken for speaker in speakers[:2]} if parted else set()
    if wanted in heard:
        return SIDES[Speaker(wanted)]
    raise ChannelNotSeparable(wanted, [MIX, *(one for one in SIDES if one in heard)])


def require_parted(wanted: str, speakers: Sequence[Speaker]) -> None:
    """Raise ChannelNotSeparable unless a recording with these channels keeps its sides apart."""
    if wanted not in SIDES or not _is_parted(speakers):
        raise ChannelNotSeparable(wanted, [MIX])


def _is_parted(speakers: Sequence[Speaker]) -> bool:
    sides = speakers[:2]
    return Speaker.UNKNOWN not in sides and len(set(sides)) == len(sides)


def _channels_of(name: str, speakers: Sequence[Speaker]) -> list[int]:
    if name == MIX:
        return list(range(len(speakers)))
    if name == Speaker.UNKNOWN:
        return []
    return [i for i, speaker in enumerate(speakers) if name in {speaker, str(i)}]
