"""Numbers as words, as people say them on the telephone."""

from __future__ import annotations

import numpy as np

KINDS = ("number", "digit", "money", "phone", "hour")

_RU_UNITS = (
    *("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
    *("десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать"),
    *("шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
)
_RU_TENS = (
    *("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят"),
    *("восемьдесят", "девяносто"),
)
_RU_HUNDREDS = (
    *("", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот"),
    *("восемьсот", "девятьсот"),
)
_EN_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(value: int, language: str) -> str:
    """`value` (0 to 999,999) in words."""
    if language == "ru":
        return " ".join(_russian(value))
    return " ".join(_english(value))


def _russian(value: int) -> list[str]:
    thousands, rest = divmod(value, 1000)
    if not thousands:
        hundreds = [_RU_HUNDREDS[value // 100]] if value >= 100 else []
        return _with_rest(hundreds, value % 100, _RU_UNITS, _RU_TENS)
    said = _russian(thousands) if thousands > 1 else []
    last = thousands % 100 if thousands % 100 < 20 else thousands % 10
    if said and last in (1, 2):
        said[-1] = ("одна", "две")[last - 1]
    word = "тысяча" if last == 1 else "тысячи" if last in (2, 3, 4) else "тысяч"
    return [*said, word, *(_russian(rest) if rest else [])]


def _english(value: int) -> list[str]:
    thousands, rest = divmod(value, 1000)
    if not thousands:
        hundreds = [_EN_UNITS[value // 100], "hundred"] if value >= 100 else []
        return _with_rest(hundreds, value % 100, _EN_UNITS, _EN_TENS)
    return [*_english(thousands), "thousand", *(_english(rest) if rest else [])]


def _with_rest(
    hundreds: list[str], rest: int, units: tuple[str, ...], tens: tuple[str, ...]
) -> list[str]:
    if rest == 0 and hundreds:
        return hundreds
    if rest < 20:
        return [*hundreds, units[rest]]
    return [*hundreds, tens[rest // 10], *([units[rest % 10]] if rest % 10 else [])]


def draw(kind: str, language: str, rng: np.random.Generator) -> str:
    """A number of one of KINDS in words."""
    if kind == "digit":
        return in_words(int(rng.integers(10)), language)
    if kind == "hour":
        return in_words(int(rng.integers(1, 25)), language)
    if kind == "phone":
        groups = [in_words(int(rng.integers(10, 1000)), language) for _ in range(3)]
        return " ".join(groups)
    if kind == "money":
        value = int(
            rng.choice(
                (
                    rng.integers(1, 10) * 100,
                    rng.integers(10, 1000),
                    rng.integers(1, 100) * 1000,
                    rng.integers(10, 100) * 100,
                )
            )
        )
        if language == "en":
            value = min(value, 999)
        return in_words(value, language)
    value = int(rng.choice((rng.integers(1, 21), rng.integers(1, 100), rng.integers(100, 1000))))
    return in_words(value, language)
