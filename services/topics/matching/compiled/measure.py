"""Compiled loops over findings and spans of talk: what overlaps, who talked how long."""

import numpy as np
from numba import njit

# A pause shorter than this inside one lane still counts as talk: people breathe.
_TALK_GAP_MS = 500
# Speech that starts over somebody else's interrupts when it lasts over it this long …
_INTERRUPTION_OVERLAP_MS = 300
# … and holds this many words, so that «угу» and «да, да» do not count.
_INTERRUPTION_WORDS = 3


@njit(cache=True, nogil=True)
def without_overlaps(first, last):  # type: ignore[no-untyped-def]
    """Which findings to keep so that none shares a word with another.

    They come in the order of their last words, the preferred first among those that end together:
    whatever ends first stays.
    """
    kept = np.zeros(len(first), np.bool_)
    end = np.int64(-1)
    for n in range(len(first)):
        if first[n] > end:
            kept[n] = True
            end = last[n]
    return kept


@njit(cache=True, nogil=True)
def measure(  # type: ignore[no-untyped-def]
    begin, end, leg, from_ms, to_ms, lane, side, token_leg, start_ms, end_ms, mask
):
    """Measures of each unit and its events: pauses of everybody, interruptions by sides in `mask`.

    Unit u are the tokens `begin[u]:end[u]`, of leg `leg[u]` only unless it is -1, between `from_ms`
    and `to_ms`. Returns per unit the words and talk of the sides in `mask`, silence and overtalk in
    ms; then (unit, start, end) of each pause and (unit, at, overlap) of each interruption.
    """
    units = len(begin)
    words = np.zeros(units, np.int64)
    talk = np.zeros(units, np.int64)
    silence = np.zeros(units, np.int64)
    overtalk = np.zeros(units, np.int64)
    pauses = [(np.int64(0), np.int64(0), np.int64(0)) for _ in range(0)]
    interruptions = [(np.int64(0), np.int64(0), np.int64(0)) for _ in range(0)]
    for u in range(units):
        low, high = from_ms[u], to_ms[u]
        room = end[u] - begin[u]
        starts = np.empty(room, np.int64)
        ends = np.empty(room, np.int64)
        lanes = np.empty(room, np.int64)
        counts = np.empty(room, np.bool_)
        tokens_from = np.empty(room, np.int64)
        tokens_to = np.empty(room, np.int64)
        n = 0
        for t in range(begin[u], end[u]):
            if leg[u] >= 0 and token_leg[t] != leg[u]:
                continue
            own = (side[t] & mask) > 0
            if own:
                words[u] += 1
            start = min(max(start_ms[t], low), high)
            stop = min(max(end_ms[t], low), high)
            if n and lanes[n - 1] == lane[t] and start - ends[n - 1] <= _TALK_GAP_MS:
                ends[n - 1] = max(ends[n - 1], stop)
                tokens_to[n - 1] = t + 1
            else:
                starts[n], ends[n], lanes[n], counts[n] = start, stop, lane[t], own
                tokens_from[n], tokens_to[n] = t, t + 1
                n += 1
        order = np.argsort(starts[:n], kind="mergesort")
        reached, own_reached, over_reached = low, low, low
        for i in range(n):
            a = order[i]
            if starts[a] > reached:
                silence[u] += starts[a] - reached
                pauses.append((np.int64(u), np.int64(reached), np.int64(starts[a])))
            reached = max(reached, ends[a])
            if counts[a]:
                talk[u] += max(0, ends[a] - max(starts[a], own_reached))
                own_reached = max(own_reached, ends[a])
        if high > reached:
            silence[u] += high - reached
            pauses.append((np.int64(u), np.int64(reached), np.int64(high)))
        for i in range(n):
            a = order[i]
            # Where this span meets one that began no later, of another lane.
            met = starts[a]
            longest = np.int64(0)
            for j in range(i):
                b = order[j]
                if lanes[b] != lanes[a]:
                    met = max(met, min(ends[a], ends[b]))
                    if starts[b] < starts[a]:
                        longest = max(longest, min(ends[a], ends[b]) - starts[a])
            overtalk[u] += max(0, met - max(starts[a], over_reached))
            over_reached = max(over_reached, met)
            if counts[a] and longest >= _INTERRUPTION_OVERLAP_MS:
                heard = 0
                for t in range(tokens_from[a], tokens_to[a]):
                    at = min(max(start_ms[t], low), high)
                    if (leg[u] < 0 or token_leg[t] == leg[u]) and starts[a] <= at < ends[a]:
                        heard += 1
                if heard >= _INTERRUPTION_WORDS:
                    interruptions.append((np.int64(u), np.int64(starts[a]), longest))
    return words, talk, silence, overtalk, pauses, interruptions
