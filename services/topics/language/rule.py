"""The rule of a topic: a tree of all, any and none over conditions on a conversation.

One typed model for YAML packs, the API and the matcher; JSON Schema is generated from it.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from services.topics.language.phrase import Phrase, PhraseError, parse_phrase
from shared.errors import InvalidInput

DEFAULT_STRICTNESS = 85
"""One letter in a word of seven may be misheard, and the word must be in no dictionary."""

DEEPEST = 8
"""Levels of a rule; a condition inside a window is a level too."""

MOST_PHRASES = 2000

_KINDS = ("all", "any", "none", "said", "not_said", "measure", "topic", "contact")

TopicKey = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
"""Stable name of a topic."""


class By(StrEnum):
    """Whose words count."""

    OPERATOR = "operator"
    CLIENT = "client"
    ANYONE = "anyone"


class Scope(StrEnum):
    """Over what windows and absence are measured."""

    CONTACT = "contact"
    EACH_LEG = "each_leg"
    FIRST_LEG = "first_leg"
    LAST_LEG = "last_leg"


class MeasureKind(StrEnum):
    """What can be measured of a conversation; `…_s` are seconds, `…_percent` parts of its length.

    Kinds of PERSONAL are measured of the side that `by` names, the others of the conversation.
    """

    DURATION_S = "duration_s"
    WORDS = "words"
    WORDS_PER_S = "words_per_s"
    TALK_S = "talk_s"
    TALK_PERCENT = "talk_percent"
    SILENCE_S = "silence_s"
    SILENCE_PERCENT = "silence_percent"
    LONGEST_SILENCE_S = "longest_silence_s"
    OVERTALK_S = "overtalk_s"
    OVERTALK_PERCENT = "overtalk_percent"
    INTERRUPTIONS = "interruptions"
    LONGEST_INTERRUPTION_S = "longest_interruption_s"


PERSONAL = frozenset(
    {
        MeasureKind.WORDS,
        MeasureKind.WORDS_PER_S,
        MeasureKind.TALK_S,
        MeasureKind.TALK_PERCENT,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)
PLACED = frozenset(
    {
        MeasureKind.LONGEST_SILENCE_S,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)
"""Kinds that are made of events with a time, so that a window can choose among them."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Seconds = Annotated[float, Field(gt=0, le=86_400)]
Percent = Annotated[float, Field(gt=0, le=100)]
Count = Annotated[int, Field(ge=1, le=999)]


class Near(_Model):
    """Something in the conversation that a finding comes after or before, and how close.

    Exactly one of `said`, `topic` (its hits), `silence_s` (a silence at least so long) and
    `interruption_by` is named; at most one `within_…`. Counted words and utterances are those of
    the people whose words the finding is looked for in, and begin after what it is measured from.
    """

    said: "Said | None" = None
    topic: TopicKey | None = None
    silence_s: Seconds | None = None
    interruption_by: By | None = None
    within_s: Seconds | None = None
    within_words: Count | None = None
    within_utterances: Count | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        _one_of(self, ("said", "topic", "silence_s", "interruption_by"), "what it is near to")
        within = ("within_s", "within_words", "within_utterances")
        if sum(getattr(self, name) is not None for name in within) > 1:
            raise ValueError(f"at most one of {', '.join(within)}")
        return self


class Window(_Model):
    """Part of the scope that a finding lies in; everything that is given must hold.

    `first_…`: it begins that early; `last_…`: it ends that late; `skip_first_…` and `skip_last_…`:
    it begins after, or ends before, that part. `after` and `before`: near something else.
    `same_utterance`: in one utterance with a finding of another condition.
    """

    first_s: Seconds | None = None
    last_s: Seconds | None = None
    first_percent: Percent | None = None
    last_percent: Percent | None = None
    skip_first_s: Seconds | None = None
    skip_last_s: Seconds | None = None
    skip_first_percent: Percent | None = None
    skip_last_percent: Percent | None = None
    after: Near | None = None
    before: Near | None = None
    same_utterance: "Said | None" = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"a window names at least one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def anchors(self) -> "tuple[Said, ...]":
        """Conditions that the window is measured from."""
        near = (self.after, self.before)
        found = [one.said for one in near if one is not None and one.said is not None]
        if self.same_utterance is not None:
            found.append(self.same_utterance)
        return tuple(found)

    @property
    def topics(self) -> tuple[str, ...]:
        """Keys of topics that the window itself is measured from."""
        near = (self.after, self.before)
        return tuple(one.topic for one in near if one is not None and one.topic is not None)


class Said(_Model):
    """Any of the phrases, at least so many times, by somebody, inside the window.

    A finding that shares a word with a finding of a phrase of `excluding` does not count.
    """

    phrases: tuple[str, ...] = Field(min_length=1)
    by: By = By.ANYONE
    at_least: Count = 1
    window: Window | None = None
    excluding: tuple[str, ...] = ()
    strictness: int = Field(default=DEFAULT_STRICTNESS, ge=0, le=100)

    @field_validator("phrases", "excluding")
    @classmethod
    def _can_be_read(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for number, phrase in enumerate(phrases):
            try:
                parse_phrase(phrase, strictness=DEFAULT_STRICTNESS)
            except PhraseError as error:
                raise ValueError(f"phrase {number + 1} «{phrase[:80]}», {error}") from error
        return phrases

    @cached_property
    def parsed(self) -> tuple[Phrase, ...]:
        """The phrases as patterns of terms."""
        return tuple(parse_phrase(text, strictness=self.strictness) for text in self.phrases)

    @cached_property
    def parsed_excluding(self) -> tuple[Phrase, ...]:
        """The phrases of `excluding` as patterns of terms."""
        return tuple(parse_phrase(text, strictness=self.strictness) for text in self.excluding)

    def with_anchors(self) -> "Iterator[Said]":
        """Itself and every condition that its windows are measured from."""
        yield self
        for anchor in self.window.anchors if self.window else ():
            yield from anchor.with_anchors()

    def depth(self) -> int:
        """Levels, 1 without a condition in its window."""
        anchors = self.window.anchors if self.window else ()
        return 1 + max((anchor.depth() for anchor in anchors), default=0)


class Measure(_Model):
    """A figure of the conversation between bounds."""

    what: MeasureKind
    by: By = By.ANYONE
    at_least: float | None = Field(default=None, ge=0, le=1_000_000)
    at_most: float | None = Field(default=None, ge=0, le=1_000_000)
    window: Window | None = None

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a measure has at_least, at_most or both")
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError("at_least is greater than at_most")
        if self.by is not By.ANYONE and self.what not in PERSONAL:
            raise ValueError(f"{self.what} is of the whole conversation: leave `by` out")
        if self.window is not None and self.what not in PLACED:
            raise ValueError(f"only {', '.join(sorted(PLACED))} can have a window")
        return self


Values = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=1)
]


class Facts(_Model):
    """What the telephone system told of the contact; all that is given must hold, any value of it.

    `source`, `group` and `employee` are external ids; a group or an employee is one of any leg, or
    of the leg that is judged.
    """

    kind: Values | None = None
    direction: Values | None = None
    result: Values | None = None
    source: Values | None = None
    group: Values | None = None
    employee: Values | None = None
    company_number: Values | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"name at least one of {', '.join(type(self).model_fields)}")
        return self


class Condition(_Model):
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
        _one_of(self, _KINDS, "a condition")
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

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.depth() > DEEPEST:
            raise ValueError(f"a rule has at most {DEEPEST} levels")
        if sum(len(leaf.phrases) + len(leaf.excluding) for leaf in self.leaves()) > MOST_PHRASES:
            raise ValueError(f"a rule has at most {MOST_PHRASES} phrases")
        return self


def _one_of(model: BaseModel, names: Sequence[str], what: str) -> None:
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        found = ", ".join(given) or "nothing"
        raise ValueError(f"{what} is exactly one of {', '.join(names)}; found {found}")


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


def places_of(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """Every wrong place of an input with its reason."""
    found = error.errors(include_url=False)
    places = [one["loc"] for one in found]
    # A list whose items are wrong is reported as too short on top of them.
    return [
        (one["loc"], one["msg"].removeprefix("Value error, "))
        for one in found
        if one["type"] != "too_short" or not any(_is_below(one["loc"], place) for place in places)
    ]


def _is_below(place: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(other) > len(place) and other[: len(place)] == place
