"""Topics that rules ask about: whether they are there, in which circle, and who asks about whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.topics.catalogue.places import placed_topics
from services.topics.language.dependencies import circle, dependents, prerequisites
from services.topics.language.rule import Rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """A topic of the account with its rule in force, if any version of it ever was activated."""

    topic_id: int
    key: str
    name: str
    active: bool
    archived: bool
    version_id: int | None
    rule: Rule | None

    @property
    def wanting(self) -> str:
        """Why no rule can ask about it; empty when one can."""
        if self.archived:
            return "is in the archive"
        if self.rule is None:
            return "was never activated"
        return "" if self.active else "is switched off"


@dataclass(frozen=True)
class Catalogue:
    """All topics of an account by key, as of one rules revision."""

    revision: int
    topics: Mapping[str, KnownTopic]

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Rules that calls are judged by, by topic key."""
        return {
            key: topic.rule
            for key, topic in self.topics.items()
            if topic.rule is not None and not topic.wanting
        }

    def askers(self, key: str) -> list[KnownTopic]:
        """Topics in force whose rule asks about this one."""
        return [self.topics[other] for other, rule in self.rules.items() if key in rule.topics()]

    def affected(self, key: str) -> set[int]:
        """Ids of the topic and of those in force whose verdict may follow from its own."""
        keys = dependents([key], self._asks(self.rules))
        return {self.topics[one].topic_id for one in keys}

    def missing(self, rule: Rule, key: str | None) -> Iterator[tuple[str, str]]:
        """Places where the rule asks about what cannot be asked about, with the reason.

        `key` is the topic's own: that, and a circle through it, is a reason too. None: it has none.
        """
        for path, other in placed_topics(rule):
            known = self.topics.get(other)
            if other == key:
                yield path, f"«{other}» asks about itself"
            elif known is None:
                yield path, f"there is no topic «{other}»"
            elif known.wanting:
                yield path, f"the topic «{other}» {known.wanting}"
        if key is not None and key not in rule.topics():
            around = circle(self._asks({**self.rules, key: rule}))
            if around:
                yield "rule", f"topics ask about each other in a circle: {' → '.join(around)}"

    def prerequisites(self, rule: Rule) -> RuleSet:
        """The rules in force that the rule asks about, through however many others."""
        keys = prerequisites(rule.topics(), self._asks(self.rules))
        found = [(self.topics[key], self.rules[key]) for key in keys if key in self.rules]
        return make_rule_set(
            (Topic(known.topic_id, known.version_id or 0, known.key, own) for known, own in found),
            revision=self.revision,
        )

    @staticmethod
    def _asks(rules: Mapping[str, Rule]) -> dict[str, frozenset[str]]:
        return {key: rule.topics() for key, rule in rules.items()}
