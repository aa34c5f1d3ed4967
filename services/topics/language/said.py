"""What was said: phrases by somebody, at least so many times, inside a window."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from services.topics.language.model import Count, Model, Percent, Seconds, TopicKey, given, one_of
from services.topics.language.phrase import Phrase, PhraseError, parse_phrase

DEFAULT_STRICTNESS = 85
"""One letter in a word of seven may be misheard, and the word must be in no dictionary."""

_WITHIN = ("within_s", "within_words", "within_utterances")


class By(StrEnum):
    """Whose words count."""

    OPERATOR = "operator"
    CLIENT = "client"
    ANYONE = "anyone"


def _can_be_read(phrase: str) -> str:
    try:
        parse_phrase(phrase, strictness=DEFAULT_STRICTNESS)
    except PhraseError as error:
        raise ValueError(f"«{phrase[:80]}», {error}") from error
    return phrase


PhraseText = Annotated[str, AfterValidator(_can_be_read)]


class Near(Model):
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
        one_of(self, ("said", "topic", "silence_s", "interruption_by"), "what it is near to")
        if len(given(self, _WITHIN)) > 1:
            raise ValueError(f"at most one of {', '.join(_WITHIN)}")
        return self


class Window(Model):
    """Part of the scope that a finding lies in; everything that is given must hold.

    `first_…`: it begins that early; `last_…`: it ends that late; `skip_first_…` and `skip_last_…`:
    it begins after, or ends before, that part. Utterances are counted of the people whose words it
    is looked for in. `after` and `before`: near something else. `same_utterance`: in one utterance
    with a finding of another condition.
    """

    first_s: Seconds | None = None
    last_s: Seconds | None = None
    first_percent: Percent | None = None
    last_percent: Percent | None = None
    first_utterances: Count | None = None
    last_utterances: Count | None = None
    skip_first_s: Seconds | None = None
    skip_last_s: Seconds | None = None
    skip_first_percent: Percent | None = None
    skip_last_percent: Percent | None = None
    after: Near | None = None
    before: Near | None = None
    same_utterance: "Said | None" = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        fields = type(self).model_fields
        if not given(self, fields):
            raise ValueError(f"a window names at least one of {', '.join(fields)}")
        for part in ("first_s", "last_s", "first_percent", "last_percent"):
            wanted, skipped = getattr(self, part), getattr(self, f"skip_{part}")
            if wanted is not None and skipped is not None and skipped >= wanted:
                raise ValueError(f"nothing is left: skip_{part} is not less than {part}")
        if (self.skip_first_percent or 0) + (self.skip_last_percent or 0) >= 100:
            raise ValueError("nothing is left: 100 % or more is skipped")
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


class Said(Model):
    """Any of the phrases, at least so many times, by somebody, inside the window.

    A finding that shares a word with a finding of a phrase of `excluding` does not count.
    """

    phrases: tuple[PhraseText, ...] = Field(min_length=1)
    by: By = By.ANYONE
    at_least: Count = 1
    window: Window | None = None
    excluding: tuple[PhraseText, ...] = ()
    strictness: int = Field(default=DEFAULT_STRICTNESS, ge=0, le=100, strict=True)

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

    @property
    def asks_measures(self) -> bool:
        """Whether it is looked for near a silence or an interruption."""
        near = (self.window.after, self.window.before) if self.window else ()
        return any(
            one is not None and (one.silence_s is not None or one.interruption_by is not None)
            for one in near
        )

    def depth(self) -> int:
        """Levels, 1 without a condition in its window."""
        anchors = self.window.anchors if self.window else ()
        return 1 + max((anchor.depth() for anchor in anchors), default=0)
