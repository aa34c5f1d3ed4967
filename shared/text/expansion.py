"""Which word numbers a term means, each with a score: a word is judged once, not once per call."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from shared.text.analyser import is_known, lexeme_forms, share_lexeme, stem
from shared.text.normalise import twin
from shared.text.terms import NO_TOLERANCE, SHORTEST_TOLERANT, Term, TermKind

FULL_SCORE = 100
# Up to so many forms a loop is quicker than setting up arrays: a new call brings a few new words.
FEW = 30


@dataclass(frozen=True, slots=True)
class Matches:
    """Word numbers in rising order, scores 0..100 beside them, of the lexicon below `up_to`."""

    word_nos: NDArray[np.uint32]
    scores: NDArray[np.uint8]
    up_to: int

    def extended(self, more: "Matches") -> "Matches":
        """These matches followed by those of the lexicon's next stretch."""
        return Matches(
            np.concatenate([self.word_nos, more.word_nos]),
            np.concatenate([self.scores, more.scores]),
            more.up_to,
        )


NO_MATCHES = Matches(np.array([], np.uint32), np.array([], np.uint8), 0)


class Stretch:
    """Forms number `start` and up of a lexicon, with the indices that terms are looked up in."""

    def __init__(self, forms: Sequence[str], start: int) -> None:
        self.forms = forms
        self.start = start

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each form."""
        return {form: self.start + n for n, form in enumerate(self.forms) if form}

    @cached_property
    def in_order(self) -> list[str]:
        """Forms in alphabetical order, for prefixes."""
        return sorted(self.numbers)

    @cached_property
    def by_stem(self) -> dict[str, list[int]]:
        """Numbers of the Latin forms by English stem."""
        stems: dict[str, list[int]] = {}
        for form, number in self.numbers.items():
            base = stem(form)
            if base is not None:
                stems.setdefault(base, []).append(number)
        return stems

    @cached_property
    def unknown(self) -> list[str]:
        """Cyrillic forms that no dictionary has, by length: what recognition errors look like."""
        forms = [
            form
            for form in self.numbers
            if len(form) >= SHORTEST_TOLERANT and _is_cyrillic(form) and not is_known(form)
        ]
        return sorted(forms, key=len)

    @cached_property
    def unknown_letters(self) -> NDArray[np.uint32]:
        """Set of letters of each unknown form as bits."""
        return np.array([_letters(form) for form in self.unknown], np.uint32)

    @cached_property
    def unknown_lengths(self) -> NDArray[np.int32]:
        """Length of each unknown form."""
        return np.array([len(form) for form in self.unknown], np.int32)


def expand(term: Term, stretch: Stretch) -> Matches:
    """Compare one term with a stretch of the lexicon."""
    found: dict[int, int] = {}
    if term.kind is TermKind.PREFIX:
        start = bisect_left(stretch.in_order, term.form)
        for form in stretch.in_order[start:]:
            if not form.startswith(term.form):
                break
            found[stretch.numbers[form]] = FULL_SCORE
    elif term.kind is TermKind.EXACT:
        for spelled in (term.form, twin(term.form) or term.form):
            if spelled in stretch.numbers:
                found[stretch.numbers[spelled]] = FULL_SCORE
    else:
        _expand_lemma(term, stretch, found)
    numbers = sorted(found)
    return Matches(
        np.array(numbers, np.uint32),
        np.array([found[number] for number in numbers], np.uint8),
        stretch.start + len(stretch.forms),
    )


def _expand_lemma(term: Term, stretch: Stretch, found: dict[int, int]) -> None:
    forms = lexeme_forms(term.form)
    base = stem(term.form)
    if base is not None:
        found.update(dict.fromkeys(stretch.by_stem.get(base, ()), FULL_SCORE))
    for form in forms & stretch.numbers.keys():
        # «дел» is a form of «деть» in the dictionary and of «дело» in every conversation.
        if form == twin(term.form) or share_lexeme(term.form, form):
            found[stretch.numbers[form]] = FULL_SCORE
    if term.cutoff >= NO_TOLERANCE:
        return
    for form in forms:
        # English has no dictionary here that tells an error from another word.
        if len(form) >= SHORTEST_TOLERANT and _is_cyrillic(form):
            _expand_resembling(form, term.cutoff, stretch, found)


def _expand_resembling(form: str, cutoff: int, stretch: Stretch, found: dict[int, int]) -> None:
    """Add unknown forms whose similarity, 100 × (1 − edits / longer length), reaches the cutoff."""
    if len(stretch.unknown) <= FEW:
        places, edits = _near_of_few(form, cutoff, stretch)
    else:
        places, edits = _near_of_many(form, cutoff, stretch)
    for place, most in zip(places, edits, strict=True):
        other = stretch.unknown[place]
        distance = Levenshtein.distance(form, other, score_cutoff=most)
        if distance <= most:
            score = floor(100 * (1 - distance / max(len(form), len(other))) + 1e-9)
            number = stretch.numbers[other]
            found[number] = max(score, found.get(number, 0))


def _near_of_few(form: str, cutoff: int, stretch: Stretch) -> tuple[list[int], list[int]]:
    """Places of unknown forms that may resemble the form, and how many edits each may have."""
    lengths = [max(len(form), len(other)) for other in stretch.unknown]
    edits = [floor(length * (100 - cutoff) / 100 + 1e-9) for length in lengths]
    near = [
        place
        for place, other in enumerate(stretch.unknown)
        if abs(len(other) - len(form)) <= edits[place]
    ]
    return near, [edits[place] for place in near]


def _near_of_many(form: str, cutoff: int, stretch: Stretch) -> tuple[list[int], list[int]]:
    """The same as `_near_of_few`, by arithmetic on arrays."""
    # A form that is longer or shorter by more cannot reach the cutoff.
    share = max(cutoff, 1) / 100
    bounds = (ceil(len(form) * share - 1e-9), floor(len(form) / share + 1e-9) + 1)
    first, end = np.searchsorted(stretch.unknown_lengths, bounds).tolist()
    lengths = np.maximum(stretch.unknown_lengths[first:end], len(form))
    edits = np.floor(lengths * (100 - cutoff) / 100 + 1e-9).astype(np.int32)
    # Each edit changes the set of letters by at most two.
    letters = np.bitwise_count(stretch.unknown_letters[first:end] ^ np.uint32(_letters(form)))
    near = np.flatnonzero(letters <= 2 * edits)
    return (near + first).tolist(), edits[near].tolist()


def _letters(form: str) -> int:
    bits = 0
    for letter in form:
        bits |= 1 << (ord(letter) & 31)
    return bits


def _is_cyrillic(form: str) -> bool:
    return all("\u0400" <= letter <= "\u04ff" for letter in form)
