"""The rule of a topic: a tree of all, any and none over conditions on what was said.

One typed model for YAML packs, the API and the matcher; JSON Schema is generated from it.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from services.topics.phrase import Phrase, PhraseError, parse_phrase
from shared.errors import InvalidInput

DEFAULT_STRICTNESS = 85
"""One letter in a word of seven may be misheard, and the word must be in no dictionary."""

DEEPEST = 8
MOST_PHRASES = 2000

_KINDS = ("all", "any", "none", "said", "not_said")


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


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Seconds = Annotated[float, Field(gt=0, le=86_400)]
Percent = Annotated[float, Field(gt=0, le=100)]


class Window(_Model):
    """Part of the scope that a finding begins (`first_…`) or ends (`last_…`) in; all given hold."""

    first_s: Seconds | None = None
    last_s: Seconds | None = None
    first_percent: Percent | None = None
    last_percent: Percent | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a window names first_s, last_s, first_percent or last_percent")
        return self


class Said(_Model):
    """Any of the phrases, at least so many times, by somebody, inside the window."""

    phrases: tuple[str, ...] = Field(min_length=1)
    by: By = By.ANYONE
    at_least: int = Field(default=1, ge=1, le=999)
    window: Window | None = None
    strictness: int = Field(default=DEFAULT_STRICTNESS, ge=0, le=100)

    @field_validator("phrases")
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

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "nothing"
            raise ValueError(f"a condition is exactly one of {', '.join(_KINDS)}; found {found}")
        return self

    @property
    def children(self) -> tuple["Condition", ...]:
        """Conditions right below this one."""
        return self.all or self.any or self.none or ()

    def leaves(self) -> Iterator[Said]:
        """Every said and not-said of the tree, in its order."""
        leaf = self.said or self.not_said
        if leaf is not None:
            yield leaf
        for child in self.children:
            yield from child.leaves()

    def depth(self) -> int:
        """Levels of the tree, 1 for a leaf."""
        return 1 + max((child.depth() for child in self.children), default=0)


class Rule(Condition):
    """A condition and the scope that it is measured over."""

    scope: Scope = Scope.CONTACT

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.depth() > DEEPEST:
            raise ValueError(f"a rule has at most {DEEPEST} levels")
        if sum(len(leaf.phrases) for leaf in self.leaves()) > MOST_PHRASES:
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
