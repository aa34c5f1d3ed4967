"""The words of a rule: what it asks the lexicon for, and where."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.topics.catalogue.places import placed_leaves
from services.topics.language.rule import Rule
from shared.text.terms import Term, TermKind

_WRITTEN = {TermKind.EXACT: "!{}", TermKind.PREFIX: "{}*", TermKind.LEMMA: "{}"}


@dataclass(frozen=True, slots=True)
class WordPlace:
    """A phrase that a word stands in; `path` is such as `rule.said.phrases[2]`."""

    path: str
    phrase: str


def words_of(rule: Rule) -> Mapping[Term, tuple[WordPlace, ...]]:
    """Every distinct word of the rule's phrases with its places, in the order of the rule."""
    found: dict[Term, dict[WordPlace, None]] = {}
    for path, leaf in placed_leaves(rule):
        for field, phrases in (("phrases", leaf.parsed), ("excluding", leaf.parsed_excluding)):
            for number, phrase in enumerate(phrases):
                place = WordPlace(f"{path}.{field}[{number}]", phrase.text)
                for pattern in phrase.patterns:
                    for element in pattern:
                        for term in element.terms:
                            found.setdefault(term, {})[place] = None
    return {term: tuple(places) for term, places in found.items()}


def written(term: Term) -> str:
    """The word as a phrase would have it: `!form`, `beginning*`, or the form; numbers plain."""
    if term.form.isdecimal():
        return term.form
    return _WRITTEN[term.kind].format(term.form)
