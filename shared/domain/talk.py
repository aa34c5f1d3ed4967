"""When people talk: stretches of time from word times, and what follows from several of them; pure.

A stretch is (start_ms, end_ms); docs/transcript-format.md describes the measures made of them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

TALK_GAP_MS = 500
"""A pause up to this between words of one channel still counts as talk: people breathe."""

Spans = list[tuple[int, int]]


def talk(words: Iterable[tuple[int, int]]) -> Spans:
    """When a channel talks: its words' (start_ms, end_ms) in time order, short pauses closed."""
    spans: Spans = []
    for start, end in words:
        if spans and start - spans[-1][1] <= TALK_GAP_MS:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def union(spans: Iterable[tuple[int, int]]) -> Spans:
    """All that any of the stretches covers, in time order."""
    joined: Spans = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def overtalk(channels: Sequence[Spans]) -> Spans:
    """Where at least two channels talk; the stretches of each channel lie apart."""
    # An end sorts before a start at the same moment: touching is not overlapping.
    edges = sorted(
        edge for spans in channels for start, end in spans for edge in ((start, 1), (end, -1))
    )
    together: Spans = []
    talking = 0
    for (moment, step), (following, _) in pairwise(edges):
        talking += step
        if talking >= 2 and moment < following:
            together.append((moment, following))
    return union(together)


def without(spans: Iterable[tuple[int, int]], taken: Spans) -> Spans:
    """What the stretches cover and `taken` does not; both in time order, each lying apart."""
    left: Spans = []
    first = 0
    for start, end in spans:
        while first < len(taken) and taken[first][1] <= start:
            first += 1
        at = start
        for taken_start, taken_end in taken[first:]:
            if taken_start >= end:
                break
            if at < taken_start:
                left.append((at, taken_start))
            at = max(at, taken_end)
        if at < end:
            left.append((at, end))
    return left
