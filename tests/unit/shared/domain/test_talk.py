"""Stretches of talk against the plainest way to work them out: millisecond by millisecond."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.talk import TALK_GAP_MS, Spans, overtalk, talk, union, without

MOMENTS = st.integers(0, 60)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda pair: (min(pair), max(pair))), max_size=8)


def covered(spans: Spans) -> set[int]:
    return {moment for start, end in spans for moment in range(start, end)}


def lies_apart(spans: Spans) -> bool:
    return all(one[1] < other[0] for one, other in pairwise(spans))


@given(SPANS)
def test_union_covers_the_same(spans: Spans) -> None:
    joined = union(spans)
    assert covered(joined) == covered(spans)
    assert lies_apart(joined)


@given(SPANS, SPANS)
def test_without_is_the_difference(spans: Spans, taken: Spans) -> None:
    left = without(union(spans), union(taken))
    assert covered(left) == covered(spans) - covered(taken)
    assert all(start < end for start, end in left)


@given(st.lists(SPANS, max_size=4))
def test_overtalk_is_where_two_talk(channels: list[Spans]) -> None:
    apart = [union(spans) for spans in channels]
    together = {
        moment
        for spans in apart
        for moment in covered(spans)
        if sum(moment in covered(other) for other in apart) >= 2
    }
    assert covered(overtalk(apart)) == together
    assert lies_apart(overtalk(apart))


def test_a_breath_is_talk_and_a_pause_is_not() -> None:
    breath, pause = 1000 + TALK_GAP_MS, 2001 + 2 * TALK_GAP_MS
    words = [(0, 1000), (breath, breath + 500), (breath + 400, 2000 + TALK_GAP_MS)]
    assert talk([*words, (pause, pause + 100)]) == [
        (0, 2000 + TALK_GAP_MS),
        (pause, pause + 100),
    ]
