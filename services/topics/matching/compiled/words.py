"""The compiled loops over words: legs, breaks and speakers, where phrases are said or cannot be.

In one file: numba keeps what it compiled until this file changes, whatever it calls elsewhere.
"""

import numpy as np
from numba import njit

from services.topics.matching.batch import LONGEST_PAUSE_MS
from services.topics.matching.findings import ANYTHING, AROUND
from shared.text.packed import LANE_BITS, SPEAKER_BITS

MOST_ELEMENTS = 200
"""No pattern has more places; see MOST_WORDS of the phrase syntax."""

_LANE = np.uint8(LANE_BITS)
_SPEAKER = np.uint8(SPEAKER_BITS)
_ANYTHING = np.uint64(ANYTHING)
_AROUND = AROUND


@njit(cache=True, nogil=True)
def leg_at(tracks, recording, token):  # type: ignore[no-untyped-def]
    """Leg of a token: the last leg of its recording that has begun, or the first."""
    own = tracks.leg[recording]
    some, more = tracks.covers_begin[recording], tracks.covers_begin[recording + 1]
    if more - some > 1:
        moment = np.int64(tracks.start_ms[token]) + tracks.offset_ms[recording]
        for n in range(some + 1, more):
            if tracks.covers_start_ms[n] <= moment:
                own = tracks.covers[n]
    return own


@njit(cache=True, nogil=True)
def legs_of(tracks, tokens):  # type: ignore[no-untyped-def]
    """Leg of each of the tokens."""
    legs = np.empty(len(tokens), np.int64)
    for n in range(len(tokens)):
        recording = np.searchsorted(tracks.begin, tokens[n], side="right") - 1
        legs[n] = leg_at(tracks, recording, tokens[n])
    return legs


@njit(cache=True, nogil=True)
def mark_breaks(tracks, recording, fresh):  # type: ignore[no-untyped-def]
    """Set `fresh` of each word of a recording that no phrase goes on to from the word before.

    Another lane or leg breaks it, and a long pause.
    """
    begin, end = tracks.begin[recording], tracks.begin[recording + 1]
    speakers = tracks.speakers[begin:end]
    start_ms, end_ms = tracks.start_ms[begin:end], tracks.end_ms[begin:end]
    fresh[0] = True
    for n in range(1, end - begin):
        pause_ms = np.int64(start_ms[n]) - np.int64(end_ms[n - 1])
        other = ((speakers[n] ^ speakers[n - 1]) & _LANE) != 0
        fresh[n] = other | (pause_ms > LONGEST_PAUSE_MS)
    if tracks.covers_begin[recording + 1] - tracks.covers_begin[recording] > 1:
        for n in range(1, end - begin):
            if leg_at(tracks, recording, begin + n) != leg_at(tracks, recording, begin + n - 1):
                fresh[n] = True


@njit(cache=True, nogil=True)
def is_broken(tracks, first, last):  # type: ignore[no-untyped-def]
    """Whether a phrase breaks somewhere between two tokens of one recording."""
    recording = np.searchsorted(tracks.begin, first, side="right") - 1
    begin = tracks.begin[recording]
    fresh = np.empty(tracks.begin[recording + 1] - begin, np.bool_)
    mark_breaks(tracks, recording, fresh)
    return fresh[first + 1 - begin : last + 1 - begin].any()


@njit(cache=True, nogil=True)
def speakers_of_recordings(begin, speakers):  # type: ignore[no-untyped-def]
    """Codes of the speakers of each recording, as bits."""
    found = np.zeros(len(begin) - 1, np.uint8)
    for r in range(len(begin) - 1):
        bits = np.uint8(0)
        for t in range(begin[r], begin[r + 1]):
            bits |= np.uint8(1) << (speakers[t] & _SPEAKER)
        found[r] = bits
    return found


@njit(cache=True, nogil=True)
def speakers_of_legs(tracks, spoke, leg_count):  # type: ignore[no-untyped-def]
    """Codes of the speakers on each leg, as bits, of those of each recording in `spoke`."""
    found = np.zeros(leg_count, np.uint8)
    for r in range(len(tracks.leg)):
        if tracks.covers_begin[r + 1] - tracks.covers_begin[r] <= 1:
            found[tracks.leg[r]] |= spoke[r]
            continue
        for t in range(tracks.begin[r], tracks.begin[r + 1]):
            found[leg_at(tracks, r, t)] |= np.uint8(1) << (tracks.speakers[t] & _SPEAKER)
    return found


@njit(cache=True, nogil=True)
def sift(begin, ids, speakers, words, anchors):  # type: ignore[no-untyped-def]
    """Recordings in which a phrase may stand, by words and speakers alone, without times.

    A phrase needs its anchor and what stands beside that within reach in one lane. A word that the
    rows do not know yet may be anything.
    """
    row, is_anchor = words.row, anchors.is_anchor
    possible = np.zeros(len(begin) - 1, np.bool_)
    rows = np.empty(_longest(begin), np.int32)
    for r in range(len(begin) - 1):
        size = begin[r + 1] - begin[r]
        own = ids[begin[r] : begin[r + 1]]
        unknown = False
        for n in range(size):
            unknown |= own[n] >= len(row)
        if unknown:
            possible[r] = True
            continue
        for n in range(size):
            rows[n] = row[own[n]]
        lanes = speakers[begin[r] : begin[r + 1]]
        for n in range(size):
            if is_anchor[rows[n]] and _may_stand(size, rows, lanes, words, anchors, n):
                possible[r] = True
                break
    return possible


@njit(cache=True, nogil=True)
def _longest(begin):  # type: ignore[no-untyped-def]
    """Words of the longest recording."""
    longest = np.int64(0)
    for r in range(len(begin) - 1):
        longest = max(longest, begin[r + 1] - begin[r])
    return longest


@njit(cache=True, nogil=True)
def _may_stand(size, rows, speakers, words, anchors, at):  # type: ignore[no-untyped-def]
    """Whether a phrase may stand that has its anchor at this word."""
    for one in range(anchors.begin[rows[at]], anchors.begin[rows[at] + 1]):
        far = anchors.reach[one]
        if far == 0:
            return True
        step = 1 if far > 0 else -1
        for q in range(at + step, at + far + step, step):
            if q < 0 or q >= size or (speakers[q] ^ speakers[at]) & _LANE:
                break
            score = _score(words.begin, words.slots, words.scores, rows[q], anchors.beside[one])
            if score >= 0:
                return True
    return False


@njit(cache=True, nogil=True)
def find(tracks, ids, words, patterns, anchors, capacity):  # type: ignore[no-untyped-def]
    """Every finding of every pattern: (pattern, first, last, score), in the order of their anchors.

    Pattern p is looked for where its element `anchors.element[p]`, the rarest, stands. Returns a
    count greater than `capacity` when there is no room.
    """
    row, word_bits, is_negation = words.row, words.bits, words.is_negation
    word_begin, word_slots, word_scores = words.begin, words.slots, words.scores
    pattern_begin, slots, gaps, negates = (
        patterns.begin,
        patterns.slots,
        patterns.gaps,
        patterns.negates,
    )
    is_anchor, anchored_begin, anchored = anchors.is_anchor, anchors.begin, anchors.patterns
    beside, reach, anchor_scores = anchors.beside, anchors.reach, anchors.scores
    near_bits = anchors.near
    found_pattern = np.empty(capacity, np.int32)
    found_first = np.empty(capacity, np.int64)
    found_last = np.empty(capacity, np.int64)
    found_score = np.empty(capacity, np.uint8)
    count = 0
    # First word of the last finding of each pattern: firsts only ever rise.
    done = np.full(len(pattern_begin) - 1, -1, np.int64)
    place = np.empty(MOST_ELEMENTS, np.int64)
    first = np.empty(MOST_ELEMENTS, np.int64)
    least = np.empty(MOST_ELEMENTS, np.uint8)
    longest = _longest(tracks.begin)
    rows = np.empty(longest, np.int32)
    fresh = np.empty(longest, np.bool_)
    # Bits of each word of a recording, with room for the neighbours of the first and the last.
    bits = np.zeros(longest + 2 * _AROUND, np.uint64)
    for r in range(len(tracks.begin) - 1):
        begin = tracks.begin[r]
        size = tracks.begin[r + 1] - begin
        if size == 0:
            continue
        for n in range(size):
            word = row[ids[begin + n]]
            rows[n] = word
            bits[n + _AROUND] = word_bits[word]
        bits[size + _AROUND : size + 2 * _AROUND] = 0
        mark_breaks(tracks, r, fresh)
        for n in range(size):
            word = rows[n]
            if not is_anchor[word]:
                continue
            # What the words around may stand for: most anchors stand alone, and one test shows it.
            behind = bits[n] | bits[n + 1] | bits[n + 2] | _ANYTHING
            ahead = bits[n + 4] | bits[n + 5] | bits[n + 6] | _ANYTHING
            if not (ahead & near_bits[word, 0] or behind & near_bits[word, 1]):
                continue
            for one in range(anchored_begin[word], anchored_begin[word + 1]):
                far = reach[one]
                if far == 0:
                    pattern = anchored[one]
                    if not negates[pattern] and not fresh[n] and is_negation[rows[n - 1]]:
                        continue
                    if count < capacity:
                        found_pattern[count] = pattern
                        found_first[count] = begin + n
                        found_last[count] = begin + n
                        found_score[count] = anchor_scores[one]
                    count += 1
                    continue
                wanted = beside[one]
                if not _is_near(
                    size, rows, fresh, word_begin, word_slots, word_scores, n, wanted, far
                ):
                    continue
                pattern = anchored[one]
                base = pattern_begin[pattern]
                elements = pattern_begin[pattern + 1] - base
                anchor = anchors.element[pattern]
                before, after = 0, 0
                for e in range(1, elements):
                    if e <= anchor:
                        before += gaps[base + e] + 1
                    else:
                        after += gaps[base + e] + 1
                low, high = n, n
                # Chains that end in reach of the anchor may choose among words as far again before.
                while not fresh[low] and n - low < 2 * before + after:
                    low -= 1
                while high + 1 < size and not fresh[high + 1] and high - n < after:
                    high += 1
                place[:elements] = -1
                negation = -1
                for q in range(low, high + 1):
                    word_there = rows[q]
                    for e in range(elements - 1, -1, -1):
                        wanted = slots[base + e]
                        score = _score(word_begin, word_slots, word_scores, word_there, wanted)
                        if score < 0:
                            continue
                        if e == 0:
                            if negates[pattern] or fresh[q] or not is_negation[rows[q - 1]]:
                                place[0], first[0], least[0] = q, q, score
                            continue
                        previous = place[e - 1]
                        if previous < 0 or q - previous - 1 > gaps[base + e] or previous < negation:
                            continue
                        place[e] = q
                        first[e] = first[e - 1]
                        least[e] = min(least[e - 1], np.uint8(score))
                        if (
                            e == elements - 1
                            and q >= n - before
                            and begin + first[e] > done[pattern]
                        ):
                            done[pattern] = begin + first[e]
                            if count < capacity:
                                found_pattern[count] = pattern
                                found_first[count] = begin + first[e]
                                found_last[count] = begin + q
                                found_score[count] = least[e]
                            count += 1
                    if is_negation[word_there]:
                        negation = q
    return count, found_pattern, found_first, found_last, found_score


@njit(cache=True, nogil=True)
def _is_near(  # type: ignore[no-untyped-def]
    size, rows, fresh, word_begin, word_slots, word_scores, at, slot, far
):
    """Whether a word that stands for the slot is at most `far` places ahead, behind if negative."""
    q = at
    for _ in range(abs(far)):
        if far > 0:
            q += 1
            if q >= size or fresh[q]:
                return False
        else:
            if fresh[q]:
                return False
            q -= 1
        if _score(word_begin, word_slots, word_scores, rows[q], slot) >= 0:
            return True
    return False


@njit(cache=True, nogil=True)
def _score(word_begin, word_slots, word_scores, word, slot):  # type: ignore[no-untyped-def]
    """Score of the word in the slot, -1 when it does not stand for it."""
    for entry in range(word_begin[word], word_begin[word + 1]):
        if word_slots[entry] == slot:
            return np.int64(word_scores[entry])
    return np.int64(-1)
