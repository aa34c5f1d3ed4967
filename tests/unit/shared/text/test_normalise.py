"""What the normaliser makes of words, and what holds for every text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from shared.text.normalise import LONGEST_FORM, LONGEST_NUMBER_DIGITS, normalise, twin


def forms(text: str, **options: bool) -> list[str]:
    return [token.form for token in normalise(text.split(), **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Счёт, пожалуйста!", "счет пожалуйста", id="case-yo-punctuation"),
        pytest.param("за\u0301мок", "замок", id="stress-mark"),
        pytest.param("и\u0306од", "йод", id="decomposed-short-i"),
        pytest.param("кто-то по-русски", "кто то по русски", id="hyphens-split"),
        pytest.param("Cкидка", "скидка", id="latin-c-inside-a-russian-word"),
        pytest.param("наша ATC", "наша атс", id="look-alikes-inside-russian-text"),
        pytest.param("Сisco", "cisco", id="cyrillic-s-inside-a-latin-word"),
        pytest.param("наш Windows", "наш windows", id="latin-stays-latin"),
        pytest.param("check the box", "check the box", id="english-stays-latin"),
        pytest.param("I don\u2019t, can't, won't", "i do not can not will not", id="not-comes-out"),
        pytest.param("cannot we'll", "can not we will", id="contractions"),
        pytest.param("скидка 20%", "скидка 20 процент", id="percent-sign"),
        pytest.param("договор №5", "договор 5", id="numero-sign"),
        pytest.param("iPhone15", "iphone 15", id="letters-and-digits-part"),
        pytest.param("двадцать пять", "25", id="tens-and-units"),
        pytest.param("двадцатью семью", "27", id="oblique"),
        pytest.param("мою семью", "мою семью", id="family-is-not-seven"),
        pytest.param("тысячи раз", "тысячи раз", id="thousands-of-times"),
        pytest.param("12-го сентября", "12 сентября", id="digit-with-ending"),
        pytest.param("двенадцатое сентября", "12 сентября", id="ordinal"),
        pytest.param("две тысячи двадцать шестого года", "2026 года", id="year"),
        pytest.param("в пять тридцать", "в 5 30", id="time-said"),
        pytest.param("в 12:30", "в 12 30", id="time-written"),
        pytest.param("one hundred and five dollars", "105 dollars", id="hundred-and"),
        pytest.param("twenty-five", "25", id="english-hyphen"),
        pytest.param("one second please", "1 second please", id="second-alone"),
        pytest.param("the twenty second", "the 22", id="second-inside"),
        pytest.param("двадцать пять тысяч", "2 5 0 0 0", id="long-number-said"),
        pytest.param("25 000", "2 5 0 0 0", id="long-number-in-groups"),
        pytest.param("25 тысяч", "2 5 0 0 0", id="digits-and-scale"),
        pytest.param("12,500 dollars", "1 2 5 0 0 dollars", id="comma-groups"),
        pytest.param("89261234567", "8 9 2 6 1 2 3 4 5 6 7", id="telephone"),
        pytest.param("05", "0 5", id="leading-zero-is-said"),
        pytest.param("ноль пять", "0 5", id="zero-is-alone"),
        pytest.param("сто двадцать двадцать", "120 20", id="two-numbers"),
        pytest.param("... - !", "", id="nothing"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert forms(text) == expected.split()


def test_tokens_point_at_displayed_words() -> None:
    tokens = normalise(["Скидка", "двадцать", "пять,", "по-русски", "%"])
    assert [(t.form, t.first, t.last) for t in tokens] == [
        ("скидка", 0, 0), ("25", 1, 2), ("по", 3, 3), ("русски", 3, 3), ("процент", 4, 4),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en"])
def test_said_numbers_equal_written_ones(language: str) -> None:
    different = [
        number
        for number in range(10_000)
        if forms(num2words(number, lang=language)) != forms(str(number))
    ]
    assert different == []


@pytest.mark.parametrize("case", ["n", "g", "d", "i", "p"])
@pytest.mark.parametrize("gender", ["m", "f", "n"])
def test_ordinals_of_dates_equal_digits(case: str, gender: str) -> None:
    said = {
        number: num2words(number, lang="ru", to="ordinal", case=case, gender=gender)
        for number in range(1, 32)
    }
    assert {n: forms(text) for n, text in said.items()} == {n: [str(n)] for n in said}


@pytest.mark.parametrize("case", ["g", "d", "a", "i", "p"])
def test_cardinals_in_oblique_cases(case: str) -> None:
    # 7 in the instrumental is the word for "family" and is a number only inside one.
    numbers = [n for n in range(1000) if not (n == 7 and case == "i")]
    said = {number: num2words(number, lang="ru", case=case) for number in numbers}
    assert {n: forms(text) for n, text in said.items()} == {n: [str(n)] for n in said}


def test_english_ordinals_equal_digits() -> None:
    said = {n: num2words(n, lang="en", to="ordinal") for n in range(1, 100) if n != 2}
    assert {n: forms(text) for n, text in said.items()} == {n: [str(n)] for n in said}


def test_twins() -> None:
    assert twin("atc") == "атс"
    assert twin("атс") == "atc"
    assert twin("atz") is None
    assert twin("атч") is None
    assert twin("") is None


texts = st.lists(st.text(max_size=12), max_size=8)


@given(words=texts, russian=st.booleans())
def test_every_token_is_a_fixed_point(words: list[str], *, russian: bool) -> None:
    for token in normalise(words, russian=russian):
        again = normalise([token.form], russian=russian)
        assert [t.form for t in again] == [token.form]


@given(texts)
def test_spans_are_monotone_and_inside(words: list[str]) -> None:
    tokens = normalise(words)
    firsts = [token.first for token in tokens]
    assert firsts == sorted(firsts)
    assert all(0 <= t.first <= t.last < len(words) for t in tokens)
    assert all(a.last <= b.last for a, b in pairwise(tokens))


@given(texts)
def test_no_long_digit_string_becomes_a_word(words: list[str]) -> None:
    for token in normalise(words):
        assert 0 < len(token.form) <= LONGEST_FORM
        assert not token.form.isdecimal() or len(token.form) <= LONGEST_NUMBER_DIGITS


@given(st.integers(min_value=10_000, max_value=999_999_999))
def test_long_numbers_said_and_written_agree(number: int) -> None:
    assert forms(num2words(number, lang="ru")) == list(str(number))
