"""Where phrases are found in what one person said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product

from services.topics.language.phrase import Pattern, Phrase
from services.topics.matching.batch import LONGEST_PAUSE_MS
from shared.text.expansion import Stretch, expand
from shared.text.terms import NEGATIONS, Term

from .speech import Lane, Token


@dataclass(frozen=True)
class Finding:
    """A phrase found in a lane: places of its first and last word there."""

    lane: int
    first: int
    last: int
    score: int
    phrase: str
    order: int
    """Place of the phrase in its condition."""

    def shares_a_word_with(self, other: "Finding") -> bool:
        return self.lane == other.lane and self.first <= other.last and other.first <= self.last


@cache
def score(terms: tuple[Term, ...], form: str) -> int:
    """The best score of a form among terms; 0: none matches."""
    best = 0
    for term in terms:
        matches = expand(term, Stretch([form], 0))
        best = max([best, *matches.scores.tolist()])
    return best


def findings(phrases: Sequence[Phrase], number: int, lane: Lane) -> list[Finding]:
    """Chains that count: per last place the latest, per first place the one that ends first."""
    found = []
    for order, phrase in enumerate(phrases):
        for pattern in phrase.patterns:
            by_last: dict[int, tuple[int, ...]] = {}
            for chain in chains(pattern, lane):
                known = by_last.get(chain[-1])
                if known is None or chain[::-1] > known[::-1]:
                    by_last[chain[-1]] = chain
            by_first: dict[int, tuple[int, ...]] = {}
            for last in sorted(by_last):
                by_first.setdefault(by_last[last][0], by_last[last])
            for chain in by_first.values():
                scores = [
                    score(element.terms, lane[n].form)
                    for n, element in zip(chain, pattern, strict=True)
                ]
                least = min(scores)
                found.append(Finding(number, chain[0], chain[-1], least, phrase.text, order))
    return found


def chains(pattern: Pattern, lane: Lane) -> Iterator[tuple[int, ...]]:
    """Every chain of places that the pattern allows."""
    places = [
        [n for n, token in enumerate(lane) if score(element.terms, token.form)]
        for element in pattern
    ]
    for chain in product(*places):
        steps = list(pairwise(chain))
        if not all(
            0 < b - a <= element.gap + 1 for (a, b), element in zip(steps, pattern[1:], strict=True)
        ):
            continue
        inside = range(chain[0], chain[-1] + 1)
        if any(lane[n].form in NEGATIONS and n not in chain for n in inside):
            continue
        if any(broken(lane[n], lane[n + 1]) for n in inside[:-1]):
            continue
        before = chain[0] - 1
        negated = before >= 0 and lane[before].form in NEGATIONS
        own = all(term.form in NEGATIONS for term in pattern[0].terms)
        if negated and not broken(lane[before], lane[chain[0]]) and not own:
            continue
        yield chain


def broken(one: Token, other: Token) -> bool:
    """No phrase goes on from one token to the next."""
    return other.start_ms - one.end_ms > LONGEST_PAUSE_MS or one.leg != other.leg


def without_overlaps(found: Sequence[Finding]) -> list[Finding]:
    """Of findings in one lane those that share no word: what ends first stays."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda one: (one.last, -one.first, -one.score, one.order)):
        if not any(one.shares_a_word_with(other) for other in kept):
            kept.append(one)
    return kept
