"""Words as people see them → tokens as rules and transcripts compare them; both sides use this."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from shared.text.numbers import NUMBER_WORDS, read_number

NORMALISER = 1
"""Version of everything here: another result for any text is another number and a re-packing."""

LONGEST_FORM = 64
LONGEST_NUMBER_DIGITS = 4
# A raw digit string longer than this is never part of a sum.
LONGEST_FACTOR_DIGITS = 6

_PIECE = re.compile(r"\d+|[^\W\d_]+|%")
_GROUPED_DIGITS = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?!\d)")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z]")
_ORDINAL_ENDING = re.compile(
    r"(?<=\d)-?(?:го|ого|его|й|ый|ий|ой|я|ая|ья|е|ое|ее|ье|му|ому|ему|м|ым|им|ом|ем|ю|ую|ью"
    r"|х|ых|их|ми|ыми|ими|ти|и|th|st|nd|rd)(?!\w)"
)
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "`": "'", "\u00b4": "'"})
_NOT = re.compile(r"^([a-z]+)n't$")
_SHORT = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will"}
_NOT_STEMS = {"ca": "can", "wo": "will", "sha": "shall"}
_WHOLE = {"cannot": ("can", "not"), "percent": ("процент",), "%": ("процент",)}

_LOOK_ALIKES = dict(zip("abcehkmoptxy", "авсенкмортху", strict=True))
_TO_CYRILLIC = str.maketrans(_LOOK_ALIKES)
_TO_LATIN = str.maketrans({cyrillic: latin for latin, cyrillic in _LOOK_ALIKES.items()})
_LATIN_TWINS = frozenset(_LOOK_ALIKES)
_CYRILLIC_TWINS = frozenset(_LOOK_ALIKES.values())


@dataclass(frozen=True, slots=True)
class Token:
    """One compared word; it came from displayed words `first`..`last` (indices, both included)."""

    form: str
    first: int
    last: int


def normalise(words: Sequence[str], *, russian: bool | None = None) -> list[Token]:
    """Normalise one utterance or phrase given as its displayed words.

    Compatibility forms, case, ё, stress marks and look-alike letters are folded; punctuation goes;
    hyphenated words become their parts; number words and digits become the same tokens. `russian`
    tells whether a word made of look-alikes only is Cyrillic; by default it is when any of the
    words holds a Cyrillic letter.
    """
    if russian is None:
        russian = any(_CYRILLIC.search(word) for word in words)
    pieces = [
        _Piece(form, index, open_end)
        for index, word in enumerate(words)
        for form, open_end in _pieces(word, russian=russian)
    ]
    return _with_numbers(_joined_digits(pieces))


def twin(form: str) -> str | None:
    """The same look in the other script, of a form that consists of look-alikes only, else None."""
    if form and all(letter in _LATIN_TWINS for letter in form):
        return form.translate(_TO_CYRILLIC)
    if form and all(letter in _CYRILLIC_TWINS for letter in form):
        return form.translate(_TO_LATIN)
    return None


@dataclass(frozen=True, slots=True)
class _Piece:
    form: str
    word: int
    # The word ends with this piece: no punctuation after it.
    open_end: bool


def _pieces(word: str, *, russian: bool) -> list[tuple[str, bool]]:
    text = _folded(word)
    text = _GROUPED_DIGITS.sub(lambda match: re.sub("[.,]", "", match.group()), text)
    text = _ORDINAL_ENDING.sub("", text)
    pieces: list[tuple[str, bool]] = []
    for part in re.split(r"[^\w'%]+", text):
        pieces.extend((form, False) for form in _part_forms(part, russian=russian))
    if pieces and text[-1:].isalnum():
        pieces[-1] = (pieces[-1][0], True)
    return pieces


def _folded(word: str) -> str:
    # The numero sign would become the letters "No".
    text = unicodedata.normalize("NFKC", word.replace("\u2116", " ")).casefold()
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).replace("ё", "е")
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Mn")
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text
    )


def _part_forms(part: str, *, russian: bool) -> list[str]:
    if part in _WHOLE:
        return list(_WHOLE[part])
    negated = _NOT.match(part)
    if negated:
        return [_NOT_STEMS.get(negated[1], negated[1]), "not"]
    for ending, word in _SHORT.items():
        if part.endswith(ending) and part != ending:
            return [*_part_forms(part.removesuffix(ending), russian=russian), word]
    forms: list[str] = []
    for piece in _PIECE.findall(part):
        form = _one_script(piece, russian=russian)[:LONGEST_FORM]
        forms.extend(_WHOLE.get(form, (form,)))
    return forms


def _one_script(form: str, *, russian: bool) -> str:
    latin = _LATIN.search(form) is not None
    if not latin:
        return form
    cyrillic = _CYRILLIC.search(form) is not None
    if cyrillic:
        letters = [letter for letter in form if _LATIN.match(letter)]
        if all(letter in _LATIN_TWINS for letter in letters):
            return form.translate(_TO_CYRILLIC)
        others = [letter for letter in form if _CYRILLIC.match(letter)]
        if all(letter in _CYRILLIC_TWINS for letter in others):
            return form.translate(_TO_LATIN)
        return form
    if russian and all(letter in _LATIN_TWINS for letter in form):
        return form.translate(_TO_CYRILLIC)
    return form


def _joined_digits(pieces: list[_Piece]) -> list[tuple[str, int, int]]:
    """Join thousands written apart («25 000»): 1–3 digits and then groups of exactly three."""
    joined: list[tuple[str, int, int]] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        form, last = piece.form, position
        if form.isdecimal() and len(form) <= 3 and form[0] != "0":
            while (
                pieces[last].open_end
                and last + 1 < len(pieces)
                and len(pieces[last + 1].form) == 3
                and pieces[last + 1].form.isdecimal()
                and pieces[last + 1].word == pieces[last].word + 1
            ):
                last += 1
                form += pieces[last].form
        joined.append((form, piece.word, pieces[last].word))
        position = last + 1
    return joined


def _with_numbers(parts: list[tuple[str, int, int]]) -> list[Token]:
    forms = [part[0] for part in parts]
    tokens: list[Token] = []
    position = 0
    while position < len(parts):
        form, first, last = parts[position]
        if form.isdecimal() and not _is_factor(form):
            tokens.extend(_digits(form, first, last))
            position += 1
            continue
        number = read_number(forms, position) if _may_begin(form) else None
        if number is None:
            tokens.append(Token(form, first, last))
            position += 1
            continue
        value, taken = number
        last = parts[position + taken - 1][2]
        tokens.extend(_digits(str(value), first, last))
        position += taken
    return tokens


def _may_begin(form: str) -> bool:
    return form in NUMBER_WORDS or form.isdecimal()


def _is_factor(form: str) -> bool:
    return len(form) <= LONGEST_FACTOR_DIGITS and (form == "0" or form[0] != "0")


def _digits(value: str, first: int, last: int) -> list[Token]:
    # A long number may be a card or a telephone number: it must never become a word of the lexicon.
    # A leading zero is said aloud, so «05» is «ноль пять».
    if len(value) > LONGEST_NUMBER_DIGITS or (len(value) > 1 and value[0] == "0"):
        return [Token(digit, first, last) for digit in value]
    return [Token(value, first, last)]
