"""What a condition nearly found: looked for once more with one demand let go, then with more of them.

Each relaxation is a condition itself, so that everything it keeps (speakers, windows, scopes, legs)
means what it means in the rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

from pydantic import PrivateAttr

from services.topics.language.phrase import LONGEST_GAP, MOST_PATTERNS, Element, Pattern, Phrase
from services.topics.language.rule import By, Rule, Said, Scope
from services.topics.language.ruleset import NEGATION_TERMS
from services.topics.matching.match import Hit
from shared.text.terms import Term, TermKind, make_term

MOST_REWORDED = 300
"""Phrases of a condition that are looked for in other wordings, so that it takes a bounded time."""


class Reason(StrEnum):
    """Why something that was said is not a finding of the condition."""

    OUTSIDE_WINDOW = "outside-window"
    OTHER_SPEAKER = "other-speaker"
    EXCLUDED = "excluded"
    TOO_FEW = "too-few"
    OTHER_LEG = "other-leg"
    OTHER_FORM = "other-form"
    TOO_FAR_APART = "too-far-apart"
    OTHER_ORDER = "other-order"
    NEGATED = "negated"
    PAUSE_BETWEEN = "pause-between"
    RESEMBLES = "resembles"


SENTENCES = {
    Reason.OUTSIDE_WINDOW: "it was said outside the window",
    Reason.OTHER_SPEAKER: "somebody else said it",
    Reason.EXCLUDED: "it shares a word with an excluded phrase",
    Reason.TOO_FEW: "it was said less often than is asked",
    Reason.OTHER_LEG: "it was said on another leg",
    Reason.OTHER_FORM: "a word that the phrase pins with ! was said in another form",
    Reason.TOO_FAR_APART: "too many words stand between the words of the phrase",
    Reason.OTHER_ORDER: "its words were said in another order",
    Reason.NEGATED: "it was negated",
    Reason.PAUSE_BETWEEN: "a long pause, or the end of a leg, stands between its words",
    Reason.RESEMBLES: "something that resembles it was said",
}
"""What each reason tells a person."""


@dataclass(frozen=True, slots=True)
class Miss:
    """The nearest thing to a finding; its score 0..100 is how much the words are those asked for."""

    reasons: tuple[Reason, ...]
    hit: Hit


class Relaxation(NamedTuple):
    """A condition with some demands let go: what it finds missed the original by these reasons."""

    reasons: tuple[Reason, ...]
    rule: Rule


class _Reworded(Said):
    """A condition whose phrases stand for other patterns than their text does."""

    _patterns: tuple[Phrase, ...] = PrivateAttr(default=())

    @cached_property
    def parsed(self) -> tuple[Phrase, ...]:
        """The phrases with their new patterns."""
        return self._patterns


def relaxations(leaf: Said, scope: Scope) -> list[Relaxation]:
    """Rules of that scope that are the condition with demands let go, the nearest to it first.

    One demand of where and by whom, then one of the wording, then several of where and by whom.
    """
    circumstances = _circumstances(leaf)
    single = [((reason,), _changed(leaf, changes)) for reason, changes in circumstances.items()]
    reworded = [
        ((reason,), other)
        for reason, other in (
            (Reason.OTHER_FORM, _reworded(leaf, lambda one: _in_any_form(one, leaf.strictness))),
            (Reason.TOO_FAR_APART, _reworded(leaf, _farther_apart)),
            (Reason.OTHER_ORDER, _reworded(leaf, _reordered)),
            (Reason.NEGATED, _reworded(leaf, _negated)),
        )
        if other is not None
    ]
    several = [
        (reasons, _changed(leaf, *(circumstances[reason] for reason in reasons)))
        for count in range(2, len(circumstances) + 1)
        for reasons in combinations(circumstances, count)
    ]
    found = [
        Relaxation(reasons, rule_of(scope, said=other))
        for reasons, other in (*single, *reworded, *several)
    ]
    if scope in {Scope.FIRST_LEG, Scope.LAST_LEG}:
        # A window is a part of the leg: elsewhere it means nothing.
        anywhere = _changed(leaf, {"window": None})
        at = len(single)
        found.insert(at, Relaxation((Reason.OTHER_LEG,), rule_of(Scope.CONTACT, said=anywhere)))
    return found


def rule_of(scope: Scope, **condition: Any) -> Rule:
    """A rule of parts that have been validated already, which stay the objects that they are."""
    return Rule.model_construct(scope=scope, **condition)


def nearest(
    found: Iterable[tuple[Relaxation, Sequence[Hit]]],
    counted: Sequence[Hit],
    *,
    away_ms: Callable[[Hit], int],
) -> Miss | None:
    """The best hit of the first relaxation that found anything new.

    `counted` are the findings of the original condition. Of several the one nearest to the window
    by `away_ms`, then the surest, the shortest, and the earliest.
    """
    for relaxation, hits in found:
        new = [hit for hit in hits if not any(_overlap(hit, other) for other in counted)]
        if new:
            best = min(
                new,
                key=lambda hit: (
                    away_ms(hit),
                    -hit.score,
                    hit.end_ms - hit.start_ms,
                    hit.recording_id,
                    hit.start_ms,
                ),
            )
            return Miss(relaxation.reasons, best)
    return None


def _circumstances(leaf: Said) -> dict[Reason, dict[str, Any]]:
    """What can be let go of where and by whom, and the fields that do it."""
    found: dict[Reason, dict[str, Any]] = {}
    if leaf.window is not None:
        found[Reason.OUTSIDE_WINDOW] = {"window": None}
    if leaf.by is not By.ANYONE:
        found[Reason.OTHER_SPEAKER] = {"by": By.ANYONE}
    if leaf.excluding:
        found[Reason.EXCLUDED] = {"excluding": ()}
    if leaf.at_least > 1:
        found[Reason.TOO_FEW] = {"at_least": 1}
    return found


def _changed(leaf: Said, *changes: dict[str, Any]) -> Said:
    return leaf.model_copy(update={name: value for one in changes for name, value in one.items()})


def _reworded(leaf: Said, reword: Callable[[Pattern], Iterator[Pattern]]) -> Said | None:
    """The condition with the other patterns of its phrases; None when there are none."""
    phrases = []
    for phrase in leaf.parsed[:MOST_REWORDED]:
        others = dict.fromkeys(other for pattern in phrase.patterns for other in reword(pattern))
        if others:
            phrases.append(Phrase(phrase.text, tuple(others)[:MOST_PATTERNS]))
    if not phrases:
        return None
    fields = {**dict(leaf), "phrases": tuple(phrase.text for phrase in phrases)}
    other = _Reworded.model_construct(**fields)
    other._patterns = tuple(phrases)
    return other


def _in_any_form(pattern: Pattern, strictness: int) -> Iterator[Pattern]:
    loosened = tuple(
        Element(tuple(_any_form(term, strictness) for term in element.terms), element.gap)
        for element in pattern
    )
    if loosened != pattern:
        yield loosened


def _any_form(term: Term, strictness: int) -> Term:
    return make_term(term.form, TermKind.LEMMA, strictness) if term.kind is TermKind.EXACT else term


def _farther_apart(pattern: Pattern) -> Iterator[Pattern]:
    if any(element.gap < LONGEST_GAP for element in pattern[1:]):
        yield tuple(Element(element.terms, LONGEST_GAP) for element in pattern)


def _reordered(pattern: Pattern) -> Iterator[Pattern]:
    """The pattern with one of its words moved; what is negated would be another word then."""
    if len(pattern) == 1 or any(_is_negation(element) for element in pattern):
        return
    widest = max(element.gap for element in pattern[1:])
    for place, element in enumerate(pattern):
        others = [*pattern[:place], *pattern[place + 1 :]]
        for to in range(len(pattern)):
            moved = [*others[:to], element, *others[to:]]
            if moved != list(pattern):
                yield tuple(Element(one.terms, widest) for one in moved)


def _negated(pattern: Pattern) -> Iterator[Pattern]:
    """The pattern with a negation right before its first word, or before any other."""
    for place, element in enumerate(pattern):
        if not _is_negation(element) and not (place and _is_negation(pattern[place - 1])):
            gap = element.gap if place else 0
            negation = Element(NEGATION_TERMS, gap)
            yield (*pattern[:place], negation, Element(element.terms, gap), *pattern[place + 1 :])


def _is_negation(element: Element) -> bool:
    return all(term in NEGATION_TERMS for term in element.terms)


def _overlap(hit: Hit, other: Hit) -> bool:
    # Words of the other side may stand between those of one.
    return hit.recording_id == other.recording_id and not set(hit.words).isdisjoint(other.words)
