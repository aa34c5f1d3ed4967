import numpy as np
import pytest

from samples.speech import lexicon, numbers


@pytest.mark.parametrize(
    ("value", "language", "words"),
    [
        (0, "ru", "ноль"),
        (100, "ru", "сто"),
        (115, "ru", "сто пятнадцать"),
        (942, "ru", "девятьсот сорок два"),
        (1000, "ru", "тысяча"),
        (2002, "ru", "две тысячи два"),
        (12_000, "ru", "двенадцать тысяч"),
        (21_300, "ru", "двадцать одна тысяча триста"),
        (0, "en", "zero"),
        (100, "en", "one hundred"),
        (519, "en", "five hundred nineteen"),
        (42, "en", "forty two"),
    ],
)
def test_numbers_are_said_as_people_say_them(value: int, language: str, words: str) -> None:
    assert numbers.in_words(value, language) == words


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", numbers.KINDS)
def test_drawn_numbers_are_words(kind: str, language: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        assert numbers.draw(kind, language, rng).replace(" ", "").isalpha()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_number_below_a_thousand_is_in_the_lexicon(language: str) -> None:
    known = set(lexicon.words(language)) | {"two", "three", "six", "seven"}
    for value in range(1000):
        assert set(numbers.in_words(value, language).split()) <= known, value
