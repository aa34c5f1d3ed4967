import pytest

from services.transcribe.crosstalk import LoudWord, drop_echo
from shared.domain.transcript import Word


def heard(text: str, start_ms: int, level_db: float) -> list[LoudWord]:
    return [
        LoudWord(Word(part, start_ms + 400 * n, start_ms + 400 * n + 300, 0.9), level_db)
        for n, part in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("own", "other", "kept"),
    [
        pytest.param(
            heard("я хочу вернуть деньги", 200, -45),
            heard("я хочу вернуть деньги", 0, -20),
            "",
            id="echo",
        ),
        pytest.param(
            heard("здравствуйте", 0, -20) + heard("верните деньги", 5000, -50),
            heard("верните деньги", 4900, -18),
            "здравствуйте",
            id="echo-after-own-speech",
        ),
        pytest.param(
            heard("Верните, деньги!", 0, -50), heard("верните деньги", 0, -18), "", id="punctuation"
        ),
        pytest.param(heard("да", 0, -50), heard("да", 0, -18), "да", id="one-word-is-chance"),
        pytest.param(heard("да да", 0, -22), heard("да да", 0, -18), "да да", id="both-speak"),
        pytest.param(
            heard("верните деньги", 2000, -50),
            heard("верните деньги", 0, -18),
            "верните деньги",
            id="repeated-later",
        ),
        pytest.param(
            heard("добрый день", 0, -50),
            heard("верните деньги", 0, -18),
            "добрый день",
            id="other-words",
        ),
        pytest.param([], heard("верните деньги", 0, -18), "", id="silent"),
    ],
)
def test_echo_of_the_other_side(own, other, kept) -> None:
    words, dropped = drop_echo(own, other)
    assert " ".join(word.text for word in words) == kept
    assert len(words) + sum(len(item.text.split()) for item in dropped) == len(own)
    assert {item.reason for item in dropped} <= {"crosstalk"}


def test_the_voice_itself_is_never_taken_for_its_echo() -> None:
    voice, echo = heard("верните мне деньги", 0, -20), heard("верните мне деньги", 150, -40)
    assert [word.text for word in drop_echo(voice, echo)[0]] == ["верните", "мне", "деньги"]
