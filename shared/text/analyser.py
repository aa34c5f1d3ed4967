"""Morphology: the forms of one lexeme and part of speech (Russian), the stem of a word (English).

Derived, never the truth: a better analyser is another version, and expansions are made anew.
"""

import re
import threading
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from shared.text.normalise import NORMALISER, twin

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from pymorphy3.analyzer import Parse

# Readings rarer than this are not what a person means: «день» is not a form of «деть».
PLAUSIBLE = 0.1

_CYRILLIC_WORD = re.compile(r"[\u0400-\u04ff]+")
_LATIN_WORD = re.compile(r"[a-z]+")

# Forms of one lexeme are kept apart by these: participles and comparatives are words of their own.
_PARTS_OF_SPEECH = {
    "INFN": "verb", "VERB": "verb", "GRND": "verb", "PRTF": "participle", "PRTS": "participle",
    "ADJF": "adjective", "ADJS": "adjective",
}  # fmt: skip

# Forms that no suffix rule finds, by their base.
_IRREGULAR = {
    "be": "am is are was were been",
    "have": "has had",
    "do": "does did done",
    "go": "goes went gone",
    "say": "said",
    "get": "got gotten",
    "give": "gave given",
    "take": "took taken",
    "make": "made",
    "come": "came",
    "know": "knew known",
    "think": "thought",
    "tell": "told",
    "buy": "bought",
    "pay": "paid",
    "send": "sent",
    "sell": "sold",
    "speak": "spoke spoken",
    "break": "broke broken",
    "find": "found",
    "lose": "lost",
    "keep": "kept",
    "leave": "left",
    "mean": "meant",
    "hold": "held",
    "hear": "heard",
    "write": "wrote written",
    "choose": "chose chosen",
    "see": "saw seen",
    "understand": "understood",
    "withdraw": "withdrew withdrawn",
    "forget": "forgot forgotten",
    "begin": "began begun",
    "bring": "brought",
    "person": "people",
    "child": "children",
}
_BASE = {form: base for base, forms in _IRREGULAR.items() for form in forms.split()}


@cache
def analyser_version() -> str:
    """What expansions depend on beside the term: rules here, normaliser and dictionaries."""
    dictionaries = version("pymorphy3-dicts-ru")
    return f"1/{NORMALISER}/{dictionaries}/{version('snowballstemmer')}"


@lru_cache(maxsize=20_000)
def lexeme_forms(form: str) -> frozenset[str]:
    """Normalised forms of the lexemes that `form` plausibly belongs to, of its part of speech.

    Itself and its twin in the other script too. Some may be other words far more often: see
    `share_lexeme`. English words have no list of forms: see `stem`.
    """
    forms = {form}
    if _CYRILLIC_WORD.fullmatch(form):
        for (_, part_of_speech), parse in _readings(form).items():
            forms.update(
                str(other.word).replace("ё", "е")
                for other in parse.lexeme
                if _part_of_speech(other) == part_of_speech
            )
    look_alike = twin(form)
    return frozenset(forms | {look_alike} if look_alike else forms)


def share_lexeme(form: str, other: str) -> bool:
    """Tell whether two Cyrillic forms have a plausible reading in common."""
    return form == other or not _readings(form).keys().isdisjoint(_readings(other))


@lru_cache(maxsize=200_000)
def is_known(form: str) -> bool:
    """Tell whether a Cyrillic form is in the dictionary, hence not a recognition error."""
    return bool(_morph().word_is_known(form))


@lru_cache(maxsize=200_000)
def stem(form: str) -> str | None:
    """English stem, the same for all forms of a word; None for a form that is not Latin letters."""
    if not _LATIN_WORD.fullmatch(form):
        return None
    base = _BASE.get(form, form)
    with _stemming:
        return str(_stemmer().stemWord(base))


# A stemmer keeps the word it works on.
_stemming = threading.Lock()


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def _morph() -> "MorphAnalyzer":
    # Loading the dictionary takes 0.1–0.3 s: only who compares words pays it.
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=200_000)
def _readings(form: str) -> dict[tuple[str, str], "Parse"]:
    """Plausible lexemes of a form as (normal form, part of speech), each with one parse."""
    scores: dict[tuple[str, str], float] = {}
    parses: dict[tuple[str, str], Parse] = {}
    for parse in _morph().parse(form):
        lexeme = (str(parse.normal_form), _part_of_speech(parse))
        scores[lexeme] = scores.get(lexeme, 0.0) + parse.score
        parses.setdefault(lexeme, parse)
    return {lexeme: parses[lexeme] for lexeme, score in scores.items() if score >= PLAUSIBLE}


def _part_of_speech(parse: "Parse") -> str:
    part = str(parse.tag.POS)
    return _PARTS_OF_SPEECH.get(part, part)
