import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcribe.filters import (
    clamp_to_speech,
    drop_hallucinations,
    drop_loops,
    filter_segments,
)
from services.transcribe.recogniser import RecognisedSegment
from shared.domain.transcript import SpeechRegion, Word

WHOLE = (SpeechRegion(0, 1_000_000),)


def said(text: str, start_ms: int = 0, step_ms: int = 400) -> tuple[Word, ...]:
    return tuple(
        Word(part, start_ms + step_ms * n, start_ms + step_ms * n + step_ms - 50, 0.9)
        for n, part in enumerate(text.split())
    )


def segment(
    words: tuple[Word, ...], *, no_speech: float = 0.1, logprob: float = -0.2
) -> RecognisedSegment:
    return RecognisedSegment(words, no_speech, logprob, 1.0)


def texts(words) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("language", "text", "kept", "dropped"),
    [
        pytest.param(
            "ru", "Субтитры сделал DimaTorzok", "", ["Субтитры сделал DimaTorzok"], id="credits"
        ),
        pytest.param(
            "ru",
            "Редактор субтитров А.Семкин Корректор А.Егорова",
            "",
            ["Редактор субтитров А.Семкин Корректор А.Егорова"],
            id="editor-and-corrector",
        ),
        pytest.param(
            "ru", "Продолжение следует...", "", ["Продолжение следует..."], id="to-be-continued"
        ),
        pytest.param("ru", "Спасибо за просмотр!", "", ["Спасибо за просмотр!"], id="thanks"),
        pytest.param(
            "ru",
            "Спасибо за просмотр квартиры.",
            "Спасибо за просмотр квартиры.",
            [],
            id="a-real-thanks",
        ),
        pytest.param(
            "ru",
            "Да, хорошо. Субтитры сделал DimaTorzok",
            "Да, хорошо.",
            ["Субтитры сделал DimaTorzok"],
            id="only-the-invented-sentence",
        ),
        pytest.param("ru", "верните деньги", "верните деньги", [], id="speech"),
        pytest.param("en", "Thanks for watching!", "", ["Thanks for watching!"], id="english"),
        pytest.param(
            "en",
            "Thanks for watching the house",
            "Thanks for watching the house",
            [],
            id="english-real",
        ),
        pytest.param("ru", "Thanks for watching!", "Thanks for watching!", [], id="other-language"),
    ],
)
def test_known_inventions(language, text, kept, dropped) -> None:
    words, taken = drop_hallucinations(said(text), language)
    assert texts(words) == kept
    assert [item.text for item in taken] == dropped
    assert {item.reason for item in taken} <= {"hallucination"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("да да да", "да да да", id="yes-yes-yes"),
        pytest.param("ноль ноль ноль ноль", "ноль ноль ноль ноль", id="dictated-digits"),
        pytest.param("алло алло алло алло алло", "алло алло алло алло алло", id="hello"),
        pytest.param("так " * 12, "так", id="one-word-stuck"),
        pytest.param("до свидания " * 6, "до свидания", id="two-words-stuck"),
        pytest.param("нет " + "я не знаю " * 5 + "понятно", "нет я не знаю понятно", id="inside"),
        pytest.param(
            "я хочу вернуть свои деньги " * 3, "я хочу вернуть свои деньги", id="a-sentence-thrice"
        ),
        pytest.param(
            "я хочу вернуть свои деньги " * 2,
            ("я хочу вернуть свои деньги " * 2).strip(),
            id="a-sentence-twice",
        ),
    ],
)
def test_loops(text, kept) -> None:
    words, taken = drop_loops(said(text))
    assert texts(words) == kept
    assert len(words) + sum(len(item.text.split()) for item in taken) == len(text.split())
    assert {item.reason for item in taken} <= {"loop"}


def test_repeats_faster_than_speech_are_a_loop_at_half_the_count() -> None:
    assert texts(drop_loops(said("да да да да", step_ms=20))[0]) == "да"


@pytest.mark.parametrize(
    ("no_speech", "logprob", "kept"),
    [
        pytest.param(0.9, -1.4, "", id="no-speech-and-unsure"),
        pytest.param(0.9, -0.3, "алло", id="no-speech-but-sure"),
        pytest.param(0.2, -1.4, "алло", id="unsure-speech"),
    ],
)
def test_no_speech(no_speech, logprob, kept) -> None:
    words, dropped = filter_segments(
        [segment(said("алло"), no_speech=no_speech, logprob=logprob)], WHOLE, "ru"
    )
    assert texts(words) == kept
    assert [item.reason for item in dropped] == ([] if kept else ["no-speech"])


SPEECH = (SpeechRegion(1000, 2000), SpeechRegion(12_000, 14_000))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([(1100, 1500)], [(1100, 1500)], id="inside"),
        pytest.param([(700, 1500)], [(1000, 1500)], id="starts-before-speech"),
        pytest.param([(1800, 2600)], [(1800, 2000)], id="ends-after-speech"),
        pytest.param([(2500, 12_500)], [(12_000, 12_500)], id="ten-seconds-early"),
        pytest.param(
            [(9000, 9300), (12_100, 12_400)], [(12_000, 12_000), (12_100, 12_400)], id="beside"
        ),
        pytest.param([(1500, 1500)], [(1500, 1500)], id="no-length"),
        pytest.param([(5000, 5400), (5500, 6000)], None, id="no-speech-at-all"),
        pytest.param([(20_000, 20_400)], None, id="after-everything"),
    ],
)
def test_words_are_clamped_into_speech(times, expected) -> None:
    words = tuple(Word(f"с{n}", start, end, 0.5) for n, (start, end) in enumerate(times))
    kept, dropped = clamp_to_speech(words, SPEECH)
    if expected is None:
        assert kept == []
        assert [item.reason for item in dropped] == ["outside-speech"]
    else:
        assert [(word.start_ms, word.end_ms) for word in kept] == expected
        assert dropped == []


words_strategy = st.lists(
    st.tuples(
        st.sampled_from(
            ["да", "нет", "деньги", "Спасибо", "за", "просмотр.", "субтитры", "сделал"]
        ),
        st.integers(0, 20_000),
        st.integers(0, 900),
    ),
    max_size=40,
)


@given(st.lists(words_strategy, max_size=4), st.floats(0, 1), st.floats(-3, 0))
def test_nothing_vanishes_and_every_word_is_in_speech(parts, no_speech, logprob) -> None:
    segments = [
        segment(
            tuple(
                Word(text, start, start + length, 0.5)
                for text, start, length in sorted(part, key=lambda item: item[1])
            ),
            no_speech=no_speech,
            logprob=logprob,
        )
        for part in parts
    ]
    kept, dropped = filter_segments(segments, SPEECH, "ru")
    came = sorted(word.text for item in segments for word in item.words)
    assert sorted([word.text for word in kept] + " ".join(d.text for d in dropped).split()) == came
    assert all(any(r.start_ms <= w.start_ms <= w.end_ms <= r.end_ms for r in SPEECH) for w in kept)
    assert [word.start_ms for word in kept] == sorted(word.start_ms for word in kept)
