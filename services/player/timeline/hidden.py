"""What of a contact's recordings is not heard where several sound on one side at once; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.recording import Speaker
from shared.domain.talk import Spans, union, without


@dataclass(frozen=True, slots=True)
class Sounding:
    """Where a recording lies on the contact's clock, and on which sides it is heard."""

    recording_id: int
    start_ms: int
    end_ms: int
    sides: frozenset[Speaker]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch of a recording's side in which another recording is heard in its place."""

    recording_id: int
    side: Speaker
    start_ms: int
    end_ms: int


def sides_of(speakers: Sequence[Speaker]) -> frozenset[Speaker]:
    """The sides, operator's left and client's right, that channels with these speakers sound on.

    What holds both parties, or two of the same in one file, is heard on both.
    """
    both = frozenset({Speaker.OPERATOR, Speaker.CLIENT})
    found = frozenset(speakers)
    return found if len(speakers) == 1 and found < both else both


def hidden(soundings: Sequence[Sounding]) -> list[Hidden]:
    """The stretches that are not heard: of what sounds on one side, the latest to start is."""
    found: list[Hidden] = []
    for side in (Speaker.OPERATOR, Speaker.CLIENT):
        taken: Spans = []
        for one in sorted(soundings, key=lambda one: (one.start_ms, one.recording_id))[::-1]:
            if side not in one.sides:
                continue
            whole = [(one.start_ms, one.end_ms)]
            found += [
                Hidden(one.recording_id, side, start_ms, end_ms)
                for start_ms, end_ms in without(whole, without(whole, taken))
            ]
            taken = union([*taken, *whole])
    return sorted(found, key=lambda one: (one.start_ms, one.recording_id, one.side))
