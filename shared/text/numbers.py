"""Number words of Russian and English: what each form is worth and how neighbours add up.

Cardinals and ordinals in every case are the same number: «двенадцатого сентября» is «12 сентября».
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """Place of a number word inside a number; a word may follow only words of a greater rank."""

    ZERO = 0
    UNIT = 1
    TEEN = 2
    TEN = 3
    HUNDRED = 4
    SCALE = 5


@dataclass(frozen=True, slots=True)
class NumberWord:
    """Worth of one number word; `ends` is an ordinal, after which nothing can be added.

    `alone` is False for forms that are plain words outside a number («семью», «тысячи», "second").
    """

    value: int
    rank: Rank
    ends: bool = False
    alone: bool = True


ORDINAL_ENDINGS = (
    "ый", "ой", "ого", "ому", "ым", "ом", "ая", "ую", "ою", "ое", "ые", "ых", "ыми",
)  # fmt: skip
ENGLISH_TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def rank_of(value: int) -> Rank:
    """Rank of the number word for `value`: 0..20, tens, hundreds, or a power of a thousand."""
    if value == 0:
        return Rank.ZERO
    if value < 10:
        return Rank.UNIT
    if value < 20:
        return Rank.TEEN
    if value < 100:
        return Rank.TEN
    if value < 1000:
        return Rank.HUNDRED
    return Rank.SCALE


def _russian() -> dict[str, NumberWord]:
    cardinals: dict[int, str] = {
        0: "ноль ноля нолю нолем ноле нуль нуля нулю нулем нуле",
        1: "один одна одно одного одной одному одну одним одном одною",
        2: "два две двух двум двумя",
        3: "три трех трем тремя",
        4: "четыре четырех четырем четырьмя",
        8: "восемь восьми восемью восьмью",
        40: "сорок сорока",
        80: "восемьдесят восьмидесяти восьмьюдесятью восемьюдесятью",
        90: "девяносто девяноста",
        100: "сто ста",
        200: "двести двухсот двумстам двумястами двухстах",
        300: "триста трехсот тремстам тремястами трехстах",
        400: "четыреста четырехсот четыремстам четырьмястами четырехстах",
    }
    soft = {
        5: "пят", 6: "шест", 7: "сем", 9: "девят", 10: "десят", 11: "одиннадцат", 12: "двенадцат",
        13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат", 17: "семнадцат",
        18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат",
    }  # fmt: skip
    for value, stem in soft.items():
        cardinals[value] = f"{stem}ь {stem}и {stem}ью"
    for value, stem in {50: "пят", 60: "шест", 70: "сем"}.items():
        cardinals[value] = f"{stem}ьдесят {stem}идесяти {stem}ьюдесятью"
    for value, (stem, oblique, instrumental) in {
        500: ("пять", "пяти", "пятью"),
        600: ("шесть", "шести", "шестью"),
        700: ("семь", "семи", "семью"),
        800: ("восемь", "восьми", "восьмью"),
        900: ("девять", "девяти", "девятью"),
    }.items():
        cardinals[value] = f"{stem}сот {oblique}сот {oblique}стам {instrumental}стами {oblique}стах"
    cardinals[800] += " восемьюстами"
    words = {
        form: NumberWord(value, rank_of(value), alone=form != "семью")
        for value, forms in cardinals.items()
        for form in forms.split()
    }
    words |= _russian_scale(1000, "тысяч", alone="а у е ей ью", inside="и ам ами ах _")
    for value, stem in ((10**6, "миллион"), (10**9, "миллиард")):
        words |= _russian_scale(value, stem, alone="_ у ом", inside="а е ы ов ам ами ах")
    ordinals = {
        0: "нулев", 1: "перв", 2: "втор", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм",
        8: "восьм", 40: "сороков", 50: "пятидесят", 60: "шестидесят", 70: "семидесят",
        80: "восьмидесят", 90: "девяност", 100: "сот", 200: "двухсот", 300: "трехсот",
        400: "четырехсот", 500: "пятисот", 600: "шестисот", 700: "семисот", 800: "восьмисот",
        900: "девятисот", 1000: "тысячн", 2000: "двухтысячн",
    }  # fmt: skip
    ordinals |= {value: stem for value, stem in soft.items() if value >= 9}
    for value, stem in ordinals.items():
        for ending in ORDINAL_ENDINGS:
            words.setdefault(stem + ending, NumberWord(value, rank_of(value), ends=True))
    third = "третий третья третье третьего третьему третьим третьем третьей третью третьи третьих"
    for form in (*third.split(), "третьими"):
        words[form] = NumberWord(3, Rank.UNIT, ends=True)
    return words


def _russian_scale(value: int, stem: str, *, alone: str, inside: str) -> dict[str, NumberWord]:
    # The plural forms also mean "very many": outside a number they stay words.
    return {
        stem + ending.strip("_"): NumberWord(value, Rank.SCALE, alone=is_alone)
        for endings, is_alone in ((alone, True), (inside, False))
        for ending in endings.split()
    }


def _english() -> dict[str, NumberWord]:
    values = {word: value for value, word in enumerate(ENGLISH_TEENS.split())}
    values |= {word: 10 * (place + 2) for place, word in enumerate(ENGLISH_TENS.split())}
    words = {word: NumberWord(value, rank_of(value)) for word, value in values.items()}
    irregular = {
        "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
        "nine": "ninth", "twelve": "twelfth",
    }  # fmt: skip
    for word, value in values.items():
        ordinal = irregular.get(word) or (word[:-1] + "ieth" if word[-1] == "y" else word + "th")
        # "second" alone is a stretch of time more often than a number.
        words[ordinal] = NumberWord(value, rank_of(value), ends=True, alone=ordinal != "second")
    words["hundred"] = NumberWord(100, Rank.HUNDRED)
    words["hundredth"] = NumberWord(100, Rank.HUNDRED, ends=True)
    for word, value in (("thousand", 1000), ("million", 10**6), ("billion", 10**9)):
        words[word] = NumberWord(value, Rank.SCALE)
        words[word + "th"] = NumberWord(value, Rank.SCALE, ends=True)
    return words


NUMBER_WORDS = _russian() | _english()
ENGLISH_HUNDRED = frozenset({"hundred", "hundredth"})


@dataclass(slots=True)
class _Sum:
    total: int = 0
    group: int = 0
    # A word may join the group only below this rank.
    below: int = Rank.SCALE
    last_scale: int = 0
    taken: int = 0
    after_hundred: bool = False


def read_number(parts: Sequence[str], start: int) -> tuple[int, int] | None:
    """Read the longest number that begins at `parts[start]`: its value and how many parts it took.

    A part is a normalised word or a digit string without a leading zero; digits can only be
    multiplied («25 тысяч»), or begin a group after a scale («2 тысячи 300»). None: no number begins
    here.
    """
    state = _Sum()
    position = start
    while position < len(parts):
        part = parts[position]
        if part == "and" and state.after_hundred and _continues(parts, position + 1):
            position += 1
            continue
        if not _take(part, state):
            break
        position += 1
        state.taken = position - start
        if part in NUMBER_WORDS and NUMBER_WORDS[part].ends:
            break
    if state.taken == 0:
        return None
    first = NUMBER_WORDS.get(parts[start])
    if state.taken == 1 and first is not None and not first.alone:
        return None
    return state.total + state.group, state.taken


def _continues(parts: Sequence[str], position: int) -> bool:
    if position >= len(parts):
        return False
    word = NUMBER_WORDS.get(parts[position])
    return word is not None and word.rank is not Rank.ZERO and word.rank < Rank.HUNDRED


def _take(part: str, state: _Sum) -> bool:
    """Add the part to the sum, or tell that it does not belong to this number."""
    word = NUMBER_WORDS.get(part)
    if word is None:
        return _take_digits(part, state)
    state.after_hundred = False
    if part in ENGLISH_HUNDRED:
        return _take_hundred(state)
    if word.rank is Rank.SCALE:
        return _take_scale(word.value, state)
    if word.rank is Rank.ZERO:
        fits = state.taken == 0
        state.below = Rank.ZERO
    else:
        fits = word.rank < state.below and not (word.rank is Rank.TEEN and state.below <= Rank.TEN)
        if fits:
            # Nothing follows a unit or a teen but a scale; a unit follows a ten.
            state.below = Rank.UNIT if word.rank <= Rank.TEEN else word.rank
            state.group += word.value
    return fits


def _take_hundred(state: _Sum) -> bool:
    # "two hundred", "twelve hundred"; a bare "hundred" is one hundred.
    after_zero = state.taken > 0 and state.group == 0 and state.below < Rank.HUNDRED
    if state.group >= 100 or after_zero:
        return False
    state.group = (state.group or 1) * 100
    state.below = Rank.HUNDRED
    state.after_hundred = True
    return True


def _take_digits(part: str, state: _Sum) -> bool:
    if not part.isdecimal() or (state.taken and (not state.last_scale or state.group)):
        return False
    value = int(part)
    if state.taken and (value >= state.last_scale or value >= 1000):
        return False
    state.after_hundred = False
    state.group = value
    # Only a scale word may follow digits.
    state.below = Rank.ZERO
    return True


def _take_scale(value: int, state: _Sum) -> bool:
    if value == 2000:
        # «двухтысячный» is a number of its own.
        state.group = value
        return state.taken == 0
    after_zero = state.taken > 0 and state.group == 0 and not state.last_scale
    out_of_order = state.last_scale > 0 and (value >= state.last_scale or state.group == 0)
    if after_zero or out_of_order:
        return False
    state.total += (state.group or 1) * value
    state.group = 0
    state.below = Rank.SCALE
    state.last_scale = value
    state.after_hundred = value == 1000
    return True
