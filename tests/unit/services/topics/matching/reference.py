"""A slow, obvious matcher: what the fast one must agree with on everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Any

from services.topics.language.phrase import Pattern
from services.topics.language.rule import By, Condition, Rule, Said, Scope
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import LONGEST_PAUSE_MS, Sides
from shared.domain.recording import Speaker
from shared.text.expansion import Stretch, expand
from shared.text.normalise import normalise
from shared.text.terms import NEGATIONS, Term

from .speech import Talk

SIDES = {
    Speaker.OPERATOR: Sides.OPERATOR,
    Speaker.CLIENT: Sides.CLIENT,
    Speaker.UNKNOWN: Sides.UNKNOWN,
}


@dataclass(frozen=True)
class Spoken:
    """One token on the contact's clock."""

    form: str
    recording: int
    lane: tuple[int, Speaker]
    leg: int
    start_ms: int
    end_ms: int
    words: tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """A phrase found: where, and on which leg."""

    tokens: tuple[int, ...]
    first: int
    last: int
    score: int
    phrase: int


def people(talk: Talk) -> list[list[Spoken]]:
    """What each person said on each recording, in time; one list per lane."""
    said: list[list[Spoken]] = []
    for recording, sound in enumerate(talk.sounds):
        lanes: dict[tuple[int, Speaker], list[Spoken]] = {}
        word_no = 0
        numbered = []
        for utterance in sound.said:
            numbered.append((word_no, utterance))
            word_no += len(utterance.words)
        for first, utterance in sorted(numbered, key=lambda one: one[1].start_ms):
            lane = (utterance.channel, utterance.speaker)
            for token in normalise([word.text for word in utterance.words]):
                start_ms = utterance.words[token.first].start_ms + sound.offset_ms
                lanes.setdefault(lane, []).append(
                    Spoken(
                        token.form,
                        recording,
                        lane,
                        leg_at(talk, sound.legs, start_ms),
                        start_ms,
                        utterance.words[token.last].end_ms + sound.offset_ms,
                        tuple(range(first + token.first, first + token.last + 1)),
                    )
                )
        order = sorted(lanes, key=lambda lane: (lane[0], list(Speaker).index(lane[1])))
        said.extend(lanes[lane] for lane in order)
    return said


def leg_at(talk: Talk, legs: Sequence[int], at_ms: int) -> int:
    """The last of these legs that has begun, or the first of them."""
    found = legs[0] if legs else 0
    for leg in legs if talk.legs else ():
        if talk.legs[leg].start_ms <= at_ms:
            found = leg
    return found


@cache
def score(terms: tuple[Term, ...], form: str) -> int:
    """The best score of a form among terms; 0: none matches."""
    best = 0
    for term in terms:
        matches = expand(term, Stretch([form], 0))
        best = max([best, *matches.scores.tolist()])
    return best


def chains(pattern: Pattern, said: Sequence[Spoken]) -> Iterator[tuple[int, ...]]:
    """Every chain of places in one person's speech that the pattern allows."""
    places = [
        [n for n, one in enumerate(said) if score(element.terms, one.form)] for element in pattern
    ]
    for chain in product(*places):
        steps = list(pairwise(chain))
        if not all(
            0 < b - a <= element.gap + 1 for (a, b), element in zip(steps, pattern[1:], strict=True)
        ):
            continue
        inside = range(chain[0], chain[-1] + 1)
        if any(said[n].form in NEGATIONS and n not in chain for n in inside):
            continue
        if any(broken(said[n], said[n + 1]) for n in inside[:-1]):
            continue
        before = chain[0] - 1
        negated = before >= 0 and said[before].form in NEGATIONS
        own = all(term.form in NEGATIONS for term in pattern[0].terms)
        if negated and not broken(said[before], said[chain[0]]) and not own:
            continue
        yield chain


def broken(one: Spoken, other: Spoken) -> bool:
    """No phrase goes on from one token to the next."""
    return other.start_ms - one.end_ms > LONGEST_PAUSE_MS or one.leg != other.leg


def findings(leaf: Said, said: Sequence[Spoken]) -> list[Finding]:
    """Chains that count: per last place the latest, per first place the one that ends first."""
    found = []
    for number, phrase in enumerate(leaf.parsed):
        for pattern in phrase.patterns:
            by_last: dict[int, tuple[int, ...]] = {}
            for chain in chains(pattern, said):
                known = by_last.get(chain[-1])
                if known is None or chain[::-1] > known[::-1]:
                    by_last[chain[-1]] = chain
            by_first: dict[int, tuple[int, ...]] = {}
            for last in sorted(by_last):
                by_first.setdefault(by_last[last][0], by_last[last])
            for chain in by_first.values():
                scores = [
                    score(element.terms, said[n].form)
                    for n, element in zip(chain, pattern, strict=True)
                ]
                found.append(Finding(chain, chain[0], chain[-1], min(scores), number))
    return found


class Reference:
    """Judges one rule on one contact."""

    def __init__(self, rule: Rule, talk: Talk, *, unknown_is_anyone: bool) -> None:
        self.rule = rule
        self.talk = talk
        self.unknown_is_anyone = unknown_is_anyone
        self.people = people(talk)

    def judge(self) -> tuple[Verdict, set[Any]]:
        if self.rule.scope is Scope.CONTACT:
            units: list[int | None] = [None]
        else:
            legs = list(range(max(1, len(self.talk.legs))))
            picked = {Scope.FIRST_LEG: legs[:1], Scope.LAST_LEG: legs[-1:]}
            units = list(picked.get(self.rule.scope, legs))
        results = [self.on(self.rule, unit) for unit in units]
        verdict = max(result[0] for result in results)
        hits = set()
        for own, own_hits in results:
            if own is Verdict.YES:
                hits |= own_hits
        return verdict, hits

    def on(self, condition: Condition, leg: int | None) -> tuple[Verdict, set[Any]]:
        if condition.said:
            return self.said(condition.said, leg)
        if condition.not_said:
            by = condition.not_said.by
            side = {By.OPERATOR: Sides.OPERATOR, By.CLIENT: Sides.CLIENT}.get(by, Sides(3))
            if not self.talk.talkers & side:
                return Verdict.NO, set()
            return Verdict(2 - self.said(condition.not_said, leg)[0]), set()
        results = [self.on(child, leg) for child in condition.children]
        verdicts = [verdict for verdict, _ in results]
        if condition.none:
            return Verdict(2 - max(verdicts)), set()
        verdict = min(verdicts) if condition.all else max(verdicts)
        hits: set[Any] = set()
        for own, own_hits in results:
            if own is Verdict.YES:
                hits |= own_hits
        return verdict, hits if verdict is Verdict.YES else set()

    def said(self, leaf: Said, leg: int | None) -> tuple[Verdict, set[Any]]:
        wanted = {By.OPERATOR: Sides.OPERATOR, By.CLIENT: Sides.CLIENT}.get(leaf.by, Sides(7))
        if leaf.by is not By.ANYONE and self.unknown_is_anyone:
            wanted |= Sides.UNKNOWN
        count = 0
        hits = set()
        for said in self.people:
            if not SIDES[said[0].lane[1]] & wanted:
                continue
            found = [
                one
                for one in findings(leaf, said)
                if (leg is None or said[one.first].leg == leg)
                and self.inside(leaf, said[one.first], said[one.last], leg)
            ]
            found.sort(key=lambda one: (one.last, -one.first, -one.score, one.phrase))
            end = -1
            for one in found:
                if one.first > end:
                    end = one.last
                    count += 1
                    words = [w for token in said[one.first : one.last + 1] for w in token.words]
                    hits.add((said[one.first].recording, tuple(sorted(set(words))), one.score))
        if count >= leaf.at_least:
            return Verdict.YES, hits
        return (Verdict.UNDECIDABLE if self.doubtful(leaf.by, leg) else Verdict.NO), hits

    def inside(self, leaf: Said, first: Spoken, last: Spoken, leg: int | None) -> bool:
        window = leaf.window
        if window is None:
            return True
        if leg is None or not self.talk.legs:
            ends = [one.end_ms for one in self.talk.legs]
            ends += [one.offset_ms + one.duration_ms for one in self.talk.sounds]
            start_ms, end_ms = 0, max(ends, default=0)
        else:
            start_ms, end_ms = self.talk.legs[leg].start_ms, self.talk.legs[leg].end_ms
        length_ms = end_ms - start_ms
        passed_ms = first.start_ms - start_ms
        left_ms = end_ms - last.end_ms
        return (
            (window.first_s is None or passed_ms < window.first_s * 1000)
            and (window.last_s is None or left_ms < window.last_s * 1000)
            and (window.first_percent is None or passed_ms * 100 < window.first_percent * length_ms)
            and (window.last_percent is None or left_ms * 100 < window.last_percent * length_ms)
        )

    def doubtful(self, by: By, leg: int | None) -> bool:
        talk = self.talk
        if leg is None:
            legs = range(max(1, len(talk.legs)))
            return not talk.heard or any(self.doubtful(by, one) for one in legs)
        talked = talk.legs[leg].talked if talk.legs else True
        heard = talk.legs[leg].heard if talk.legs else talk.heard
        asked = talk.talkers
        if by is not By.ANYONE:
            asked &= Sides.OPERATOR if by is By.OPERATOR else Sides.CLIENT
        if not talked or not asked:
            return False
        return not heard or self.is_deaf(by, asked, leg)

    def is_deaf(self, by: By, asked: Sides, leg: int) -> bool:
        """What was recognised of a leg cannot tell what these sides said on it."""
        audible = Sides.NOBODY
        for sound in self.talk.sounds:
            if leg in sound.legs or len(self.talk.legs) <= 1:
                audible |= sound.audible
        spoke = Sides.NOBODY
        for said in self.people:
            if any(token.leg == leg for token in said):
                spoke |= SIDES[said[0].lane[1]]
        every_side_has_a_channel = not asked & ~audible
        if by is By.ANYONE:
            return not (every_side_has_a_channel or audible & Sides.UNKNOWN) or not spoke
        if self.unknown_is_anyone:
            known = every_side_has_a_channel or audible & Sides.UNKNOWN
            return not known or not spoke & (asked | Sides.UNKNOWN)
        return not every_side_has_a_channel or bool(audible & Sides.UNKNOWN) or not spoke & asked
