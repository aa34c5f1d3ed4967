"""Checks what somebody wrote: words never recognised, topics that are missing, broken examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.vocabulary import Vocabulary
from services.topics.catalogue.words import WordPlace, words_of, written
from services.topics.language.rule import Rule
from services.topics.matching import examples


@dataclass(frozen=True, slots=True)
class Text:
    """What a person writes of a version."""

    rule: Rule
    should_match: tuple[str, ...]
    should_not_match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word of the rule that was never recognised in the account, with the nearest that were."""

    word: str
    places: Sequence[WordPlace]
    suggestions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said about a rule; wrong places as (path, reason)."""

    words: int
    unknown_words: Sequence[UnknownWord]
    topics: Sequence[tuple[str, str]]
    broken_examples: Sequence[tuple[str, str]]


def check(text: Text, key: str | None, catalogue: Catalogue, vocabulary: Vocabulary) -> Checked:
    """Check a rule with its examples; `key` is its topic's, None while it has none.

    Call it outside of any transaction.
    """
    words = words_of(text.rule)
    unheard = vocabulary.unheard(words)
    suggestions: Mapping[str, Sequence[str]] = vocabulary.nearest(
        [term.form for term in words if term in unheard]
    )
    missing = tuple(catalogue.missing(text.rule, key))
    return Checked(
        words=len(words),
        unknown_words=tuple(
            UnknownWord(written(term), places, suggestions.get(term.form, ()))
            for term, places in words.items()
            if term in unheard
        ),
        topics=missing,
        # What is missing cannot be judged.
        broken_examples=() if missing else broken_examples(text, catalogue),
    )


def broken_examples(text: Text, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Examples that do not come out as written beside the rules in force, as (path, reason)."""
    return examples.broken_examples(
        text.rule,
        should_match=text.should_match,
        should_not_match=text.should_not_match,
        others=catalogue.prerequisites(text.rule),
    )
