"""Terms: what one word of a phrase asks for, in the form that an expansion is stored under."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

NEGATIONS = frozenset({"не", "ни", "not"})
"""Words that turn a phrase into its opposite: only ever matched as they are."""

SHORTEST_TOLERANT = 5
"""A shorter word differs from too many others by one letter to be matched with an error in it."""

NO_TOLERANCE = 100


class TermKind(StrEnum):
    """How a form is compared with the lexicon."""

    LEMMA = "lemma"
    """Every form of the word."""
    EXACT = "exact"
    """This form only."""
    PREFIX = "prefix"
    """Every form that begins so."""


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """One normalised word; forms that resemble it with a score of at least `cutoff` match too.

    `cutoff` is 0..100; 100 is no tolerance.
    """

    kind: TermKind
    form: str
    cutoff: int = NO_TOLERANCE

    def key(self, analyser: str) -> bytes:
        """SHA-256 that addresses the term's expansion under one version of the analyser."""
        return hashlib.sha256(f"{analyser}|{self.kind}|{self.form}|{self.cutoff}".encode()).digest()


def make_term(form: str, kind: TermKind, strictness: int) -> Term:
    """Make the term of a normalised form; numbers and negations are exact whatever is asked.

    `strictness` 0..100 is the least score of a word that counts as a recognition error of `form`;
    exact forms, prefixes and words of up to four letters tolerate none.
    """
    if form.isdecimal() or form in NEGATIONS:
        return Term(TermKind.EXACT, form)
    tolerant = kind is TermKind.LEMMA and len(form) >= SHORTEST_TOLERANT
    return Term(kind, form, strictness if tolerant else NO_TOLERANCE)
