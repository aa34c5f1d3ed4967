"""The loops of matching, compiled by numba: over words, candidates and the few words around each.

Everything here is plain loops over arrays without Python objects. They run without the interpreter
lock, so that a preview in the gateway leaves other threads their turn.
"""

import numpy as np
from numba import njit

from services.topics.matching.batch import LONGEST_PAUSE_MS
from shared.text.packed import LANE_BITS, SPEAKER_BITS

MOST_ELEMENTS = 200
"""No pattern has more places; see MOST_WORDS of the phrase syntax."""

_LANE = np.uint8(LANE_BITS)
_SPEAKER = np.uint8(SPEAKER_BITS)

# Gaps are two words unless somebody says otherwise: three places away.
_AROUND = 4

# A pause shorter than this inside one lane still counts as talk: people breathe.
_TALK_GAP_MS = 500
# Speech that starts over somebody else's interrupts when it lasts over it this long …
_INTERRUPTION_OVERLAP_MS = 300
# … and holds this many words, so that «угу» and «да, да» do not count.
_INTERRUPTION_WORDS = 3


@njit(cache=True, nogil=True)
def lay_out(  # type: ignore[no-untyped-def]
    begin,
    speakers,
    start_ms,
    end_ms,
    offset_ms,
    first_leg,
    legs_begin,
    legs_place,
    legs_start_ms,
    leg_count,
):
    """Leg of each token, whether a phrase breaks before it, and who spoke on each leg as bits.

    `begin[r]` is the first token of recording r; its legs are `legs_place[legs_begin[r]:…]` counted
    from `first_leg[r]`, and `legs_start_ms` beside them. A token is on the last of them that has
    begun, or on the first.
    """
    tokens = len(speakers)
    leg = np.empty(tokens, np.int32)
    fresh = np.zeros(tokens, np.uint8)
    spoke = np.zeros(leg_count, np.uint8)
    for r in range(len(begin) - 1):
        some, more = legs_begin[r], legs_begin[r + 1]
        only = first_leg[r] + (legs_place[some] if more > some else 0)
        for t in range(begin[r], begin[r + 1]):
            own = only
            if more - some > 1:
                for n in range(some + 1, more):
                    if legs_start_ms[n] <= start_ms[t] + offset_ms[r]:
                        own = first_leg[r] + legs_place[n]
            leg[t] = own
            spoke[own] |= np.uint8(1) << (speakers[t] & _SPEAKER)
            if (
                t == begin[r]
                or (speakers[t] & _LANE) != (speakers[t - 1] & _LANE)
                or own != leg[t - 1]
                or np.int64(start_ms[t]) - np.int64(end_ms[t - 1]) > LONGEST_PAUSE_MS
            ):
                fresh[t] = 1
    return leg, fresh, spoke


@njit(cache=True, nogil=True)
def rows_of(ids, row, rows):  # type: ignore[no-untyped-def]
    """The row of each word, and how often each of the `rows` occurs."""
    own = np.empty(len(ids), np.int32)
    counts = np.zeros(rows, np.int64)
    for t in range(len(ids)):
        own[t] = row[ids[t]]
        counts[own[t]] += 1
    return own, counts


@njit(cache=True, nogil=True)
def find(  # type: ignore[no-untyped-def]
    ids,
    fresh,
    word_begin,
    word_slots,
    word_scores,
    word_bits,
    is_negation,
    pattern_begin,
    slots,
    gaps,
    anchors,
    negates,
    anchored_begin,
    anchored,
    anchor_scores,
    beside,
    reach,
    capacity,
):
    """Every finding of every pattern: (pattern, first, last, score), in the order of their anchors.

    `ids` are rows of words: row w stands for the slots `word_slots[word_begin[w]:word_begin[w + 1]]`;
    bit `slot % 64` of `word_bits[w]` is set for each. Pattern p has `slots` and `gaps` from `pattern_begin[p]` on; it
    is looked for where its element `anchors[p]`, the rarest, stands: `anchored` lists patterns by
    the row of a word that their anchor may be, with its score, the slot `beside` it and how far
    that may `reach`: ahead, behind where negative, 0 for a pattern of one element. Returns a count
    greater than `capacity` when there is no room.
    """
    patterns = len(pattern_begin) - 1
    found_pattern = np.empty(capacity, np.int32)
    found_first = np.empty(capacity, np.int64)
    found_last = np.empty(capacity, np.int64)
    found_score = np.empty(capacity, np.uint8)
    count = 0
    # First word of the last finding of each pattern: firsts only ever rise.
    done = np.full(patterns, -1, np.int64)
    # Place n: of the words up to n places away; the last stands for any further, and says yes.
    ahead = np.full(_AROUND + 1, ~np.uint64(0))
    behind = np.full(_AROUND + 1, ~np.uint64(0))
    place = np.empty(MOST_ELEMENTS, np.int64)
    first = np.empty(MOST_ELEMENTS, np.int64)
    least = np.empty(MOST_ELEMENTS, np.uint8)
    tokens = len(ids)
    for at in range(tokens):
        word = ids[at]
        some, more = anchored_begin[word], anchored_begin[word + 1]
        if some == more:
            continue
        # What the words around may stand for: most anchors stand alone, and one test shows it.
        _look_around(ids, fresh, word_bits, at, ahead, behind)
        for one in range(some, more):
            far = reach[one]
            if far == 0:
                pattern = anchored[one]
                if not negates[pattern] and fresh[at] == 0 and is_negation[ids[at - 1]]:
                    continue
                if count < capacity:
                    found_pattern[count] = pattern
                    found_first[count] = at
                    found_last[count] = at
                    found_score[count] = anchor_scores[one]
                count += 1
                continue
            wanted = beside[one]
            near = ahead[min(far, _AROUND)] if far > 0 else behind[min(-far, _AROUND)]
            if not (near >> np.uint64(wanted & 63)) & np.uint64(1):
                continue
            if not _is_near(ids, fresh, word_begin, word_slots, word_bits, at, wanted, far):
                continue
            pattern = anchored[one]
            base = pattern_begin[pattern]
            size = pattern_begin[pattern + 1] - base
            anchor = anchors[pattern]
            before, after = 0, 0
            for e in range(1, size):
                if e <= anchor:
                    before += gaps[base + e] + 1
                else:
                    after += gaps[base + e] + 1
            low, high = at, at
            # Chains that end in reach of the anchor may choose among words as far again before.
            while low > 0 and fresh[low] == 0 and at - low < 2 * before + after:
                low -= 1
            while high + 1 < tokens and fresh[high + 1] == 0 and high - at < after:
                high += 1
            place[:size] = -1
            negation = -1
            for q in range(low, high + 1):
                w = ids[q]
                for e in range(size - 1, -1, -1):
                    wanted = slots[base + e]
                    if not (word_bits[w] >> np.uint64(wanted & 63)) & np.uint64(1):
                        continue
                    score = _score(word_begin, word_slots, word_scores, w, wanted)
                    if score < 0:
                        continue
                    if e == 0:
                        if negates[pattern] or fresh[q] == 1 or not is_negation[ids[q - 1]]:
                            place[0], first[0], least[0] = q, q, score
                        continue
                    previous = place[e - 1]
                    if previous < 0 or q - previous - 1 > gaps[base + e] or previous < negation:
                        continue
                    place[e] = q
                    first[e] = first[e - 1]
                    least[e] = min(least[e - 1], np.uint8(score))
                    if e == size - 1 and q >= at - before and first[e] > done[pattern]:
                        done[pattern] = first[e]
                        if count < capacity:
                            found_pattern[count] = pattern
                            found_first[count] = first[e]
                            found_last[count] = q
                            found_score[count] = least[e]
                        count += 1
                if is_negation[w]:
                    negation = q
    return count, found_pattern, found_first, found_last, found_score


@njit(cache=True, nogil=True)
def _look_around(ids, fresh, word_bits, at, ahead, behind):  # type: ignore[no-untyped-def]
    """Bits of the words up to n places ahead and behind on the same stretch, for each n."""
    tokens = len(ids)
    bits = np.uint64(0)
    q = at
    for n in range(1, _AROUND):
        if q + 1 < tokens and fresh[q + 1] == 0:
            q += 1
            bits |= word_bits[ids[q]]
        ahead[n] = bits
    bits = np.uint64(0)
    q = at
    for n in range(1, _AROUND):
        if q > 0 and fresh[q] == 0:
            q -= 1
            bits |= word_bits[ids[q]]
        behind[n] = bits


@njit(cache=True, nogil=True)
def _is_near(ids, fresh, word_begin, word_slots, word_bits, at, slot, far):  # type: ignore[no-untyped-def]
    """Whether a word that stands for the slot is at most `far` places ahead, behind if negative."""
    tokens = len(ids)
    bit = np.uint64(slot & 63)
    q = at
    for _ in range(abs(far)):
        if far > 0:
            q += 1
            if q >= tokens or fresh[q]:
                return False
        else:
            if q == 0 or fresh[q]:
                return False
            q -= 1
        w = ids[q]
        if (word_bits[w] >> bit) & np.uint64(1) and _stands_for(word_begin, word_slots, w, slot):
            return True
    return False


@njit(cache=True, nogil=True)
def _stands_for(word_begin, word_slots, word, slot):  # type: ignore[no-untyped-def]
    for entry in range(word_begin[word], word_begin[word + 1]):
        if word_slots[entry] == slot:
            return True
    return False


@njit(cache=True, nogil=True)
def _score(word_begin, word_slots, word_scores, word, slot):  # type: ignore[no-untyped-def]
    """Score of the word in the slot, -1 when it does not stand for it."""
    for entry in range(word_begin[word], word_begin[word + 1]):
        if word_slots[entry] == slot:
            return np.int64(word_scores[entry])
    return np.int64(-1)


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
