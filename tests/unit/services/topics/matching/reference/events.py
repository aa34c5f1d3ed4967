"""What happened between the words: talk, pauses, overtalk, interruptions, utterances."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.topics.matching.speech import Sides

from .speech import SIDES, Lane, Token, Unit

TALK_GAP_MS = 500
INTERRUPTION_OVERLAP_MS = 300
INTERRUPTION_WORDS = 3

Span = tuple[int, int]


@dataclass(frozen=True)
class Event:
    """Something from `start_ms` to `end_ms`, said in utterances from `begin_ms` to `finish_ms`.

    A pause or an interruption is in no utterance and begins and finishes with itself.
    """

    start_ms: int
    end_ms: int
    begin_ms: int
    finish_ms: int
    utterance: int | None = None


def happened(start_ms: int, end_ms: int) -> Event:
    return Event(start_ms, end_ms, start_ms, end_ms)


def said(lane: Lane, first: int, last: int) -> Event:
    """The words of a lane from one place to another."""
    begin = [token for token in lane if token.utterance == lane[first].utterance]
    finish = [token for token in lane if token.utterance == lane[last].utterance]
    return Event(
        lane[first].start_ms,
        lane[last].end_ms,
        begin[0].start_ms,
        finish[-1].end_ms,
        lane[first].utterance,
    )


def tokens(lanes: Sequence[Lane], unit: Unit, sides: Sides) -> list[Token]:
    """Words of some sides in the unit."""
    return [t for lane in lanes for t in lane if unit.holds(t) and SIDES[t.speaker] & sides]


def utterances(lanes: Sequence[Lane], sides: Sides) -> list[tuple[Token, Token]]:
    """First and last word of each utterance of some sides."""
    found: dict[int, list[Token]] = {}
    for lane in lanes:
        for token in lane:
            if SIDES[token.speaker] & sides:
                found.setdefault(token.utterance, []).append(token)
    return [(some[0], some[-1]) for some in found.values()]


def talk(lane: Lane, unit: Unit) -> list[Span]:
    """When a lane talks in the unit: its words, with short gaps closed."""
    spans: list[Span] = []
    for token in lane:
        if not unit.holds(token):
            continue
        start = min(max(token.start_ms, unit.start_ms), unit.end_ms)
        end = min(max(token.end_ms, unit.start_ms), unit.end_ms)
        if spans and start - spans[-1][1] <= TALK_GAP_MS:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def union(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def pauses(lanes: Sequence[Lane], unit: Unit) -> list[Event]:
    """When nobody talks, at the edges of the unit too."""
    talked = union([span for lane in lanes for span in talk(lane, unit)])
    edges = [(unit.start_ms, unit.start_ms), *talked, (unit.end_ms, unit.end_ms)]
    return [happened(before[1], after[0]) for before, after in pairwise(edges)]


def overtalk_ms(lanes: Sequence[Lane], unit: Unit) -> int:
    """How long at least two lanes talk."""
    shared = []
    for number, one in enumerate(lanes):
        for other in lanes[number + 1 :]:
            for start, end in talk(one, unit):
                for other_start, other_end in talk(other, unit):
                    if max(start, other_start) < min(end, other_end):
                        shared.append((max(start, other_start), min(end, other_end)))
    return length(union(shared))


def interruptions(lanes: Sequence[Lane], unit: Unit, sides: Sides) -> list[tuple[Event, int]]:
    """Talk of some sides that begins over another lane's, and for how long it lasts over it."""
    found = []
    for number, lane in enumerate(lanes):
        if not SIDES[lane[0].speaker] & sides:
            continue
        others = [span for n, one in enumerate(lanes) if n != number for span in talk(one, unit)]
        for start, end in talk(lane, unit):
            words = [t for t in lane if unit.holds(t) and start <= t.start_ms < end]
            overlaps = [
                min(end, other_end) - start
                for other_start, other_end in others
                if other_start < start
            ]
            longest = max(overlaps, default=0)
            if len(words) >= INTERRUPTION_WORDS and longest >= INTERRUPTION_OVERLAP_MS:
                found.append((happened(start, start), longest))
    return found
