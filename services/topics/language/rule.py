"""The rule of a topic: a tree of all, any and none over conditions on a conversation.

One typed model for YAML packs, the API and the matcher; JSON Schema is generated from it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from services.topics.language.facts import Facts
from services.topics.language.measure import Measure, MeasureKind
from services.topics.language.model import Model, TopicKey, one_of, places_of
from services.topics.language.said import DEFAULT_STRICTNESS, By, Near, Said, Window
from shared.errors import InvalidInput

__all__ = [
    "DEEPEST",
    "DEFAULT_STRICTNESS",
    "MOST_CONDITIONS",
    "MOST_PHRASES",
    "By",
    "Condition",
    "Facts",
    "Measure",
    "MeasureKind",
    "Near",
    "Rule",
    "Said",
    "Scope",
    "TopicKey",
    "Window",
    "parse_rule",
    "rule_schema",
]

DEEPEST = 8
"""Levels of a rule; a condition inside a window is a level too."""

MOST_CONTAINERS = 5 * DEEPEST
"""Lists and mappings inside each other: a level has at most four, a condition within a window."""

MOST_PHRASES = 2000
MOST_CONDITIONS = 500

_KINDS = ("all", "any", "none", "said", "not_said", "measure", "topic", "contact")


class Scope(StrEnum):
    """Over what windows and absence are measured."""

    CONTACT = "contact"
    EACH_LEG = "each_leg"
    FIRST_LEG = "first_leg"
    LAST_LEG = "last_leg"


class Condition(Model):
    """One node of the tree; exactly one of its fields is given."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in _KINDS]}
    )

    all: tuple["Condition", ...] | None = Field(default=None, min_length=1)
    any: tuple["Condition", ...] | None = Field(default=None, min_length=1)
    none: tuple["Condition", ...] | None = Field(default=None, min_length=1)
    said: Said | None = None
    not_said: Said | None = None
    measure: Measure | None = None
    topic: TopicKey | None = None
    contact: Facts | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        one_of(self, _KINDS, "a condition")
        return self

    @property
    def children(self) -> tuple["Condition", ...]:
        """Conditions right below this one."""
        return self.all or self.any or self.none or ()

    @property
    def window(self) -> Window | None:
        """Window of a leaf that has one."""
        leaf = self.said or self.not_said or self.measure
        return leaf.window if leaf is not None else None

    def nodes(self) -> "Iterator[Condition]":
        """This condition and everything below it, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.nodes()

    def leaves(self) -> Iterator[Said]:
        """Every said and not-said of the tree in its order, each with those in its windows."""
        for node in self.nodes():
            leaf = node.said or node.not_said
            if leaf is not None:
                yield from leaf.with_anchors()
            elif node.window is not None:
                for anchor in node.window.anchors:
                    yield from anchor.with_anchors()

    def topics(self) -> frozenset[str]:
        """Keys of every topic that the condition asks about."""
        windows = [leaf.window for leaf in self.leaves()]
        windows += [node.window for node in self.nodes()]
        found = {key for window in windows if window is not None for key in window.topics}
        return frozenset(found | {node.topic for node in self.nodes() if node.topic is not None})

    def depth(self) -> int:
        """Levels of the tree, 1 for a leaf."""
        leaf = self.said or self.not_said
        if leaf is not None:
            return leaf.depth()
        anchors = self.window.anchors if self.window is not None else ()
        below = [child.depth() for child in self.children] + [one.depth() for one in anchors]
        return 1 + max(below, default=0)


class Rule(Condition):
    """A condition and the scope that it is measured over."""

    scope: Scope = Scope.CONTACT

    @model_validator(mode="before")
    @classmethod
    def _is_not_endless(cls, data: Any) -> Any:
        # The model itself is read by recursion.
        inside, levels = [data], 0
        while inside:
            levels += 1
            if levels > MOST_CONTAINERS:
                raise ValueError(f"a rule has at most {DEEPEST} levels")
            inside = [
                child
                for one in inside
                if isinstance(one, (dict, list))
                for child in (one.values() if isinstance(one, dict) else one)
            ]
        return data

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.depth() > DEEPEST:
            raise ValueError(f"a rule has at most {DEEPEST} levels")
        if sum(1 for _ in self.nodes()) > MOST_CONDITIONS:
            raise ValueError(f"a rule has at most {MOST_CONDITIONS} conditions")
        if sum(len(leaf.phrases) + len(leaf.excluding) for leaf in self.leaves()) > MOST_PHRASES:
            raise ValueError(f"a rule has at most {MOST_PHRASES} phrases")
        return self


def parse_rule(data: Any, *, where: str = "rule") -> Rule:
    """Read a rule; InvalidInput names the path and the reason of everything wrong in it."""
    try:
        return Rule.model_validate(data)
    except ValidationError as error:
        errors = [
            (".".join([where, *map(str, place)]), reason) for place, reason in places_of(error)
        ]
        detail = "; ".join(f"{path}: {reason}" for path, reason in errors)
        raise InvalidInput(f"the rule cannot be read: {detail}", errors) from error


def rule_schema() -> dict[str, Any]:
    """JSON Schema of a rule."""
    return Rule.model_json_schema()
