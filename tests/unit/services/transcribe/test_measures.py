import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcribe.measures import measure
from services.transcribe.tracks import Track
from shared.domain.recording import Speaker
from shared.domain.transcript import Word

OPERATOR, CLIENT = Speaker.OPERATOR, Speaker.CLIENT


def track(speaker: Speaker, channel: int, *spans: tuple[int, int]) -> Track:
    """Each span is spoken as words of 250 ms."""
    words = [
        Word("слово", start, min(start + 250, span_end), 0.9)
        for span_start, span_end in spans
        for start in range(span_start, span_end, 250)
    ]
    return Track(speaker, channel, tuple(words))


@st.composite
def tracks(draw: st.DrawFn) -> tuple[list[Track], int]:
    made = []
    for channel in range(draw(st.integers(1, 3))):
        clock, words = 0, []
        for gap, length in draw(
            st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 800)), max_size=15)
        ):
            words.append(Word("слово", clock + gap, clock + gap + length, 0.9))
            clock += gap + length
        made.append(Track(draw(st.sampled_from(Speaker)), channel, tuple(words)))
    return made, draw(st.integers(0, 60_000))


@given(tracks())
def test_talk_and_silence_fill_the_recording(drawn) -> None:
    made, duration_ms = drawn
    found = measure(made, duration_ms)
    talk = [one.talk_ms for one in found.speakers.values()]
    anybody = duration_ms - found.silence_ms
    assert 0 <= found.longest_silence_ms <= found.silence_ms <= duration_ms
    assert max(talk, default=0) <= anybody <= sum(talk)
    assert found.overtalk_ms <= anybody
    if len(made) == 2 and made[0].speaker is not made[1].speaker:
        assert sum(talk) - found.overtalk_ms == anybody
    assert sum(one.words for one in found.speakers.values()) == sum(len(t.words) for t in made)
    if found.overtalk_ms == 0:
        assert all(one.interruptions == 0 for one in found.speakers.values())


@given(tracks())
def test_the_order_of_tracks_does_not_matter(drawn) -> None:
    made, duration_ms = drawn
    assert measure(made, duration_ms) == measure(made[::-1], duration_ms)


@pytest.mark.parametrize(
    ("made", "duration_ms", "expected"),
    [
        pytest.param([], 5000, (5000, 5000, 0), id="no-tracks"),
        pytest.param([track(OPERATOR, 0)], 5000, (5000, 5000, 0), id="silent"),
        pytest.param([track(OPERATOR, 0, (1000, 2000))], 5000, (4000, 3000, 0), id="one-speaks"),
        pytest.param(
            [track(OPERATOR, 0, (0, 2000)), track(CLIENT, 1, (3000, 5000))],
            6000,
            (2000, 1000, 0),
            id="turns",
        ),
        pytest.param(
            [track(OPERATOR, 0, (0, 3000)), track(CLIENT, 1, (2000, 5000))],
            5000,
            (0, 0, 1000),
            id="overlap",
        ),
        pytest.param([track(OPERATOR, 0, (0, 1000), (1400, 2000))], 2000, (0, 0, 0), id="breath"),
    ],
)
def test_silence_and_overtalk(made, duration_ms, expected) -> None:
    found = measure(made, duration_ms)
    assert (found.silence_ms, found.longest_silence_ms, found.overtalk_ms) == expected


@pytest.mark.parametrize(
    ("client", "interruptions"),
    [
        pytest.param((2000, 4000), 1, id="speaks-over-and-goes-on"),
        pytest.param((2000, 2500), 0, id="two-words-of-agreement"),
        pytest.param((2900, 4000), 0, id="a-turn-a-little-early"),
        pytest.param((3200, 4000), 0, id="waits"),
    ],
)
def test_interruptions(client, interruptions) -> None:
    found = measure([track(OPERATOR, 0, (0, 3000)), track(CLIENT, 1, client)], 5000)
    assert found.speakers[CLIENT].interruptions == interruptions
    assert found.speakers[OPERATOR].interruptions == 0


def test_words_per_second_is_over_the_speakers_own_talk() -> None:
    found = measure([track(OPERATOR, 0, (0, 2000)), track(CLIENT, 1)], 60_000)
    assert found.speakers[OPERATOR].words_per_second == 4.0
    assert found.speakers[CLIENT].words_per_second == 0.0
