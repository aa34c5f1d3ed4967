import re

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from shared.transcripts.formats import CUE_CHARACTERS, CUE_MS, cues, to_srt, to_txt, to_vtt

DIALOGUE = (
    Utterance(
        Speaker.OPERATOR, 0, (Word("Добрый", 1000, 1400, 1.0), Word("день!", 1500, 1900, 1.0))
    ),
    Utterance(Speaker.CLIENT, 1, (Word("<Верните>", 3_661_500, 3_662_000, 0.5),)),
)


def test_srt() -> None:
    assert to_srt(DIALOGUE, "ru") == (
        "1\n00:00:01,000 --> 00:00:01,900\nСотрудник: Добрый день!\n\n"
        "2\n01:01:01,500 --> 01:01:02,000\nКлиент: <Верните>\n"
    )


def test_vtt() -> None:
    assert to_vtt(DIALOGUE, "en", demo=False) == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:01.900\n<v Operator>Добрый день!\n\n"
        "01:01:01.500 --> 01:01:02.000\n<v Client>&lt;Верните&gt;\n"
    )


def test_txt() -> None:
    assert to_txt(DIALOGUE, "ru", demo=False) == (
        "[00:00:01] Сотрудник: Добрый день!\n[01:01:01] Клиент: <Верните>\n"
    )


def test_a_demo_transcript_says_so() -> None:
    assert "NOTE Распознано демонстрационной моделью" in to_vtt(DIALOGUE, "ru", demo=True)
    assert to_txt(DIALOGUE, "en", demo=True).startswith("(Recognised by the demo model")


def test_an_empty_transcript_has_no_cues() -> None:
    assert to_srt((), "ru") == ""
    assert to_vtt((), "ru", demo=False) == "WEBVTT\n"
    assert to_txt((), "ru", demo=False) == ""


@given(
    st.lists(
        st.tuples(
            st.text("абвгд", min_size=1, max_size=30), st.integers(0, 900), st.integers(0, 900)
        ),
        min_size=1,
        max_size=60,
    )
)
def test_cues_are_short_and_keep_every_word(said) -> None:
    clock, words = 0, []
    for text, gap, length in said:
        words.append(Word(text, clock + gap, clock + gap + length, 0.5))
        clock += gap + length
    made = cues([Utterance(Speaker.CLIENT, 0, tuple(words))])
    assert " ".join(cue.text for cue in made).split() == [word.text for word in words]
    assert all(len(cue.text) <= CUE_CHARACTERS for cue in made)
    assert all(0 < cue.end_ms - cue.start_ms <= CUE_MS for cue in made)
    stamps = re.findall(
        r"^(\S+) --> (\S+)$",
        to_srt([Utterance(Speaker.CLIENT, 0, tuple(words))], "ru"),
        re.MULTILINE,
    )
    assert len(stamps) == len(made)
    assert all(start < end for start, end in stamps)
