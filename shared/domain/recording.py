"""What a recording's channels mean: who speaks on which side."""

from dataclasses import dataclass
from enum import StrEnum


class Speaker(StrEnum):
    """Whose words they are; `unknown` is a mono recording that holds both parties."""

    OPERATOR = "operator"
    CLIENT = "client"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Direction of a call seen from the company."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


@dataclass(frozen=True)
class SpeakerPlan:
    """Speaker of each channel of one recording, by channel index."""

    speakers: tuple[Speaker, ...]


def plan_speakers(
    channels: int,
    *,
    operator_channel: int,
    one_sided: Speaker | None,
    direction: Direction | None,
) -> SpeakerPlan:
    """Tell who speaks on each channel of a recording.

    `operator_channel` is the source's property; `one_sided` names the speaker of a file that holds
    one party only; an internal call has two operators; a mono file of both parties is `unknown`, and
    so is every channel beyond the second.
    """
    if channels < 1:
        raise ValueError("a recording has at least one channel")
    if one_sided is not None:
        return SpeakerPlan((one_sided,) * channels)
    if channels == 1:
        return SpeakerPlan((Speaker.UNKNOWN,))
    sides = [Speaker.UNKNOWN] * channels
    internal = direction is Direction.INTERNAL
    for index in (0, 1):
        is_operator = internal or index == operator_channel
        sides[index] = Speaker.OPERATOR if is_operator else Speaker.CLIENT
    return SpeakerPlan(tuple(sides))
