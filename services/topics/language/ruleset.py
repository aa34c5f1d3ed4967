"""Topics made ready for matching: whose rules they are and every term and pattern they ask for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.topics.language.dependencies import in_order
from services.topics.language.phrase import Pattern, Phrase
from services.topics.language.rule import Rule
from shared.text.terms import NEGATIONS, Term, TermKind

NEGATION_TERMS = tuple(Term(TermKind.EXACT, form) for form in sorted(NEGATIONS))


@dataclass(frozen=True)
class Topic:
    """A topic in the version that calls are judged by."""

    topic_id: int
    version_id: int
    key: str
    rule: Rule


@dataclass(frozen=True)
class RuleSet:
    """The topics that calls are judged by, at one rules revision of the account.

    Each comes after those it asks about; `make_rule_set` puts them so.
    """

    topics: tuple[Topic, ...]
    revision: int

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Place of each topic by its key."""
        return {topic.key: place for place, topic in enumerate(self.topics)}

    @cached_property
    def asks_facts(self) -> bool:
        """Whether any rule asks what the telephone system told."""
        return any(node.contact is not None for topic in self.topics for node in topic.rule.nodes())

    @cached_property
    def asks_measures(self) -> bool:
        """Whether any rule asks how people talked, whatever they said."""
        rules = [topic.rule for topic in self.topics]
        return any(node.measure is not None for rule in rules for node in rule.nodes()) or any(
            leaf.asks_measures for rule in rules for leaf in rule.leaves()
        )

    @cached_property
    def phrases(self) -> Sequence[Phrase]:
        """Every distinct phrase, in the order of the topics."""
        found = {
            phrase: None
            for topic in self.topics
            for leaf in topic.rule.leaves()
            for phrase in (*leaf.parsed, *leaf.parsed_excluding)
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


def make_rule_set(topics: Iterable[Topic], *, revision: int) -> RuleSet:
    """Put topics in an order that they can be judged in; InvalidInput when they form a circle."""
    by_key = {topic.key: topic for topic in topics}
    order = in_order({key: topic.rule.topics() for key, topic in by_key.items()})
    return RuleSet(tuple(by_key[key] for key in order), revision)


def begins_with_negation(pattern: Pattern) -> bool:
    """Tell whether the pattern itself says «не» first, so that one before it breaks nothing."""
    return all(term in NEGATION_TERMS for term in pattern[0].terms)
