"""The phrase syntax: text that a person writes → patterns of terms with gaps.

| written | means |
|---|---|
| `вернуть деньги` | these words in this order, in any form, few words between |
| `"вернуть деньги"` | adjacent |
| `!купить` | this exact form |
| `жалоб*` | prefix |
| `{вернуть|возвратить} деньги` | either |
| `вернуть <5> деньги` | at most five words between |
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod

from shared.text.normalise import normalise
from shared.text.terms import Term, TermKind, make_term

DEFAULT_GAP = 2
"""Most other words of the same speaker between two words of a phrase unless it says otherwise."""

LONGEST_GAP = 50
LONGEST_TEXT = 500
MOST_WORDS = 30
MOST_PATTERNS = 64
SHORTEST_PREFIX = 3

_QUOTES = str.maketrans(dict.fromkeys("«»\u201c\u201d\u201e", '"'))
_LEXEME = re.compile(
    r'\s*(?:(?P<gap><[^<>]*>?)|(?P<mark>["{}|])|(?P<word>[^\s"{}|<>]+)|(?P<stray>>))'
)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


class PhraseError(ValueError):
    """The phrase cannot be read; `position` counts its characters from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"character {position}: {reason}")
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: any of the terms, at most `gap` other words after the one before."""

    terms: tuple[Term, ...]
    gap: int


Pattern = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as written and the patterns that it stands for, any of which will do."""

    text: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    position: int
    kind: TermKind
    gap: int
    # A gap was written before it: it is no part of a number with the word before.
    apart: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    alternatives: tuple[tuple[_Word, ...], ...]
    gap: int


# A rule is read when it is checked, stored, pinned and judged by; a wrong phrase is not kept.
@lru_cache(maxsize=50_000)
def parse_phrase(text: str, *, strictness: int) -> Phrase:
    """Read a phrase; PhraseError names the place and the reason when it is wrong."""
    if len(text) > LONGEST_TEXT:
        raise PhraseError(f"a phrase has at most {LONGEST_TEXT} characters", LONGEST_TEXT + 1)
    items = _Reader(text).read()
    russian = _CYRILLIC.search(text) is not None
    places: list[list[Pattern]] = []
    run: list[_Word] = []
    for item in items:
        if isinstance(item, _Group):
            places.extend(_places(run, strictness, russian=russian))
            run = []
            places.append(_alternatives(item, strictness, russian=russian))
        else:
            run.append(item)
    places.extend(_places(run, strictness, russian=russian))
    if prod(len(place) for place in places) > MOST_PATTERNS:
        raise PhraseError(f"its {{…}} make more than {MOST_PATTERNS} combinations", 1)
    patterns = tuple(
        tuple(element for part in choice for element in part) for choice in product(*places)
    )
    if max(map(len, patterns)) > MOST_WORDS:
        raise PhraseError(f"a phrase has at most {MOST_WORDS} words", 1)
    return Phrase(text, patterns)


class _Reader:
    """Reads the syntax only; words are normalised afterwards, because numbers span several."""

    def __init__(self, text: str) -> None:
        self._text = text.translate(_QUOTES)
        self._at = 0
        self._quote: int | None = None
        self._first_in_quotes = False
        self._gap: int | None = None
        self._gap_at = 0

    def read(self) -> list[_Word | _Group]:
        items: list[_Word | _Group] = []
        while (match := self._next()) is not None:
            position = match.start(match.lastgroup or 0) + 1
            if match["gap"]:
                self._take_gap(match["gap"], position, after_nothing=not items)
            elif match["word"]:
                apart = self._gap is not None
                items.append(self._word(match["word"], position, self._gap_here(), apart=apart))
            elif match["mark"] == '"':
                self._take_quote(position)
            elif match["mark"] == "{":
                items.append(self._group(position))
            else:
                raise PhraseError(f"unexpected {match.group().strip()}", position)
        if self._quote is not None:
            raise PhraseError("the quotation mark is never closed", self._quote)
        if self._gap is not None:
            raise PhraseError("a gap stands between two words", self._gap_at)
        if not items:
            raise PhraseError("there is no word", 1)
        return items

    def _next(self) -> re.Match[str] | None:
        match = _LEXEME.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _take_gap(self, text: str, position: int, *, after_nothing: bool) -> None:
        digits = text[1:-1]
        if not text.endswith(">") or not digits.isdecimal() or int(digits) > LONGEST_GAP:
            raise PhraseError(f"a gap is <0> to <{LONGEST_GAP}>", position)
        if after_nothing or self._gap is not None:
            raise PhraseError("a gap stands between two words", position)
        if self._quote is not None:
            raise PhraseError("no gap within quotation marks", position)
        self._gap, self._gap_at = int(digits), position

    def _take_quote(self, position: int) -> None:
        if self._quote is None:
            self._quote, self._first_in_quotes = position, True
        elif self._first_in_quotes:
            raise PhraseError("nothing within the quotation marks", position)
        else:
            self._quote = None

    def _gap_here(self) -> int:
        inside = self._quote is not None and not self._first_in_quotes
        gap = 0 if inside else DEFAULT_GAP
        if self._gap is not None:
            gap = self._gap
        self._gap = None
        self._first_in_quotes = False
        return gap

    def _word(self, text: str, position: int, gap: int, *, apart: bool = False) -> _Word:
        kind = TermKind.LEMMA
        if text.startswith("!"):
            kind, text, position = TermKind.EXACT, text[1:], position + 1
        if text.endswith("*"):
            if kind is TermKind.EXACT:
                raise PhraseError("a word is either exact (!) or a prefix (*)", position)
            kind, text = TermKind.PREFIX, text[:-1]
        for place, letter in enumerate(text):
            if letter in "!*":
                raise PhraseError(f"{letter} stands {_PLACES[letter]} a word", position + place)
        return _Word(text, position, kind, gap, apart)

    def _group(self, start: int) -> _Group:
        gap = self._gap_here()
        inner_gap = DEFAULT_GAP if self._quote is None else 0
        alternatives: list[tuple[_Word, ...]] = []
        words: list[_Word] = []
        while (match := self._next()) is not None:
            position = match.start(match.lastgroup or 0) + 1
            if match["word"]:
                words.append(self._word(match["word"], position, inner_gap if words else gap))
                continue
            if match["mark"] not in {"|", "}"}:
                raise PhraseError(f"unexpected {match.group().strip()} within {{…}}", position)
            if not words:
                raise PhraseError("an alternative without a word", position)
            alternatives.append(tuple(words))
            words = []
            if match["mark"] == "}":
                return _Group(tuple(alternatives), gap)
        raise PhraseError("{ is never closed", start)


_PLACES = {"!": "before", "*": "after"}


def _alternatives(group: _Group, strictness: int, *, russian: bool) -> list[Pattern]:
    """Patterns of a group; alternatives of one word become one place with several terms."""
    single: list[Term] = []
    longer: list[Pattern] = []
    for words in group.alternatives:
        places = _places(list(words), strictness, russian=russian)
        pattern = tuple(element for place in places for element in place[0])
        if len(pattern) == 1:
            single.extend(pattern[0].terms)
        else:
            longer.append(pattern)
    if single:
        longer.insert(0, (Element(tuple(dict.fromkeys(single)), group.gap),))
    return longer


def _places(words: list[_Word], strictness: int, *, russian: bool) -> list[list[Pattern]]:
    """One single-pattern place per token; plain neighbours are normalised together for numbers."""
    places: list[list[Pattern]] = []
    start = 0
    while start < len(words):
        end = start + 1
        if words[start].kind is TermKind.LEMMA:
            while end < len(words) and words[end].kind is TermKind.LEMMA and not words[end].apart:
                end += 1
        elements = _elements(words[start:end], strictness, russian=russian)
        places.extend([(element,)] for element in elements)
        start = end
    return places


def _elements(words: list[_Word], strictness: int, *, russian: bool) -> list[Element]:
    tokens = normalise([word.text for word in words], russian=russian)
    covered = {n for token in tokens for n in range(token.first, token.last + 1)}
    for n, word in enumerate(words):
        if n not in covered:
            raise PhraseError("there is no word here", word.position)
    elements: list[Element] = []
    previous = -1
    for place, token in enumerate(tokens):
        word = words[token.first]
        kind = word.kind
        if kind is TermKind.PREFIX:
            if place < len(tokens) - 1:
                kind = TermKind.EXACT
            elif token.form.isdecimal() or len(token.form) < SHORTEST_PREFIX:
                reason = f"at least {SHORTEST_PREFIX} letters before *, and not a number"
                raise PhraseError(reason, word.position)
        # Parts of one written word («по-русски», a long number) lie side by side.
        gap = 0 if token.first == previous else word.gap
        previous = token.first
        elements.append(Element((make_term(token.form, kind, strictness),), gap))
    return elements
