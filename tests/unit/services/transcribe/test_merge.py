import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcribe.merge import (
    ConversationPart,
    build_transcript,
    merge_conversation,
    merge_tracks,
    relabelled,
)
from services.transcribe.tracks import Track, tracks_of
from shared.domain.recording import Speaker
from shared.domain.transcript import Dropped, SpeechRegion, Transcript, Word

OPERATOR, CLIENT, UNKNOWN = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN


def track(speaker: Speaker, channel: int, *said: tuple[int, str]) -> Track:
    """Each (start_ms, text) is spoken at 400 ms a word with 100 ms between words."""
    words = [
        Word(part, start_ms + 500 * n, start_ms + 500 * n + 400, 0.9)
        for start_ms, text in said
        for n, part in enumerate(text.split())
    ]
    return Track(speaker, channel, tuple(words))


def transcript(*tracks: Track, duration_ms: int = 20_000) -> Transcript:
    return build_transcript(
        tracks,
        [(SpeechRegion(0, duration_ms),) for _ in tracks],
        [Dropped("субтитры", tracks[0].speaker, 0, 0, 10, "hallucination")],
        duration_ms=duration_ms,
        language="ru",
        model="demo",
        model_version="1",
        demo=True,
    )


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [track(OPERATOR, 0, (0, "добрый день")), track(CLIENT, 1, (1500, "здравствуйте"))],
            ["operator: добрый день", "client: здравствуйте"],
            id="turns",
        ),
        pytest.param(
            [track(CLIENT, 0, (0, "верните"), (1300, "деньги"))],
            ["client: верните деньги"],
            id="short-pause",
        ),
        pytest.param(
            [track(CLIENT, 0, (0, "верните"), (1500, "деньги"))],
            ["client: верните", "client: деньги"],
            id="long-pause",
        ),
        pytest.param(
            [track(CLIENT, 0, (0, "верните"), (1300, "деньги")), track(OPERATOR, 1, (600, "да"))],
            ["client: верните", "operator: да", "client: деньги"],
            id="answer-in-a-short-pause",
        ),
        pytest.param(
            [track(CLIENT, 0, (0, "верните мои деньги")), track(OPERATOR, 1, (450, "да"))],
            ["client: верните мои деньги", "operator: да"],
            id="said-over-running-speech",
        ),
        pytest.param(
            [track(OPERATOR, 0, (0, "да")), track(OPERATOR, 1, (0, "нет"))],
            ["operator: да", "operator: нет"],
            id="internal-call-same-moment",
        ),
    ],
)
def test_utterances(tracks, expected) -> None:
    assert [f"{item.speaker}: {item.text}" for item in merge_tracks(tracks)] == expected


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 700)), max_size=20),
        min_size=1,
        max_size=3,
    )
)
def test_merging_keeps_every_word_once_and_in_order(timings) -> None:
    tracks = []
    for channel, gaps in enumerate(timings):
        clock, words = 0, []
        for number, (gap, length) in enumerate(gaps):
            words.append(Word(f"{channel}-{number}", clock + gap, clock + gap + length, 0.5))
            clock += gap + length
        tracks.append(Track(OPERATOR, channel, tuple(words)))
    merged = merge_tracks(tracks)
    for one in tracks:
        kept = [word for item in merged if item.channel == one.channel for word in item.words]
        assert tuple(kept) == one.words
    assert [item.start_ms for item in merged] == sorted(item.start_ms for item in merged)
    assert all(item.words for item in merged)


def test_two_one_sided_files_become_one_dialogue() -> None:
    operator = transcript(track(OPERATOR, 0, (0, "добрый день"), (4000, "хорошо")))
    client = transcript(track(CLIENT, 0, (500, "верните деньги")))
    found = merge_conversation(
        [ConversationPart(11, 0, operator), ConversationPart(12, 1500, client)]
    )
    assert [(item.recording_id, item.utterance.text) for item in found.utterances] == [
        (11, "добрый день"),
        (12, "верните деньги"),
        (11, "хорошо"),
    ]
    client_utterance = found.utterances[1]
    assert client_utterance.utterance.start_ms == 2000
    assert client_utterance.utterance.start_ms - client_utterance.offset_ms == 500
    assert client_utterance.utterance.channel == 0
    assert found.measures.speakers[CLIENT].words == 2
    assert found.measures.duration_ms == 21_500


def test_legs_follow_each_other_and_keep_their_channels() -> None:
    first = transcript(track(OPERATOR, 0, (0, "перевожу")), track(CLIENT, 1, (900, "жду")))
    second = transcript(track(OPERATOR, 0), track(CLIENT, 1, (0, "алло")))
    found = merge_conversation([ConversationPart(1, 0, first), ConversationPart(2, 20_000, second)])
    assert [
        (item.recording_id, item.utterance.channel, item.utterance.text)
        for item in found.utterances
    ] == [(1, 0, "перевожу"), (1, 1, "жду"), (2, 1, "алло")]


def test_a_contact_without_transcripts_is_an_empty_conversation() -> None:
    found = merge_conversation([])
    assert (found.utterances, found.measures.duration_ms) == ((), 0)


def test_a_corrected_channel_map_relabels_without_recognising() -> None:
    before = transcript(track(OPERATOR, 0, (0, "верните деньги")), track(CLIENT, 1, (2000, "да")))
    after = relabelled(before, (CLIENT, OPERATOR))
    assert [(item.speaker, item.text) for item in after.utterances] == [
        (CLIENT, "верните деньги"),
        (OPERATOR, "да"),
    ]
    assert after.channel_speakers == (CLIENT, OPERATOR)
    assert after.measures.speakers[CLIENT] == before.measures.speakers[OPERATOR]
    assert [item.speaker for item in after.dropped] == [CLIENT]
    assert relabelled(after, (OPERATOR, CLIENT)) == before


def test_relabelling_asks_for_every_channel() -> None:
    with pytest.raises(ValueError, match="1 speakers for 2 channels"):
        relabelled(transcript(track(OPERATOR, 0), track(CLIENT, 1)), (OPERATOR,))


def test_tracks_come_back_from_a_transcript() -> None:
    tracks = (track(OPERATOR, 0, (0, "раз два")), track(UNKNOWN, 1), track(CLIENT, 2, (700, "три")))
    assert tracks_of(transcript(*tracks)) == tracks
