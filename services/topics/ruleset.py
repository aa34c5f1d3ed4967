"""Topics made ready for matching: whose rules they are and every term and pattern they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from services.topics.phrase import Pattern, Phrase
from services.topics.rule import Rule
from shared.text.terms import NEGATIONS, Term, TermKind

NEGATION_TERMS = tuple(Term(TermKind.EXACT, form) for form in sorted(NEGATIONS))


@dataclass(frozen=True)
class Topic:
    """A topic in the version that is in force."""

    topic_id: int
    version_id: int
    rule: Rule


@dataclass(frozen=True)
class RuleSet:
    """The topics that calls are judged by, at one rules revision of the account."""

    topics: tuple[Topic, ...]
    revision: int

    @cached_property
    def phrases(self) -> Sequence[Phrase]:
        """Every distinct phrase, in the order of the topics."""
        found = {
            phrase: None
            for topic in self.topics
            for leaf in topic.rule.leaves()
            for phrase in leaf.parsed
        }
        return tuple(found)

    @cached_property
    def terms(self) -> Sequence[Term]:
        """Every distinct term, those of negations included: they break phrases."""
        found = dict.fromkeys(NEGATION_TERMS)
        for phrase in self.phrases:
            for pattern in phrase.patterns:
                for element in pattern:
                    found |= dict.fromkeys(element.terms)
        return tuple(found)


def begins_with_negation(pattern: Pattern) -> bool:
    """Tell whether the pattern itself says «не» first, so that one before it breaks nothing."""
    return all(term in NEGATION_TERMS for term in pattern[0].terms)
