"""Judges the topics of one set on one contact."""

from collections.abc import Mapping

from services.topics.language.rule import (
    By,
    Condition,
    Facts,
    Measure,
    MeasureKind,
    Rule,
    Said,
    Scope,
)
from services.topics.language.verdict import Verdict
from tests.unit.services.topics.matching.speech import Talk

from .phrases import Finding
from .speech import Unit, lanes_of, takes_part, units_of_contact, units_of_legs
from .values import value
from .windows import Listening, Result, nears

NOTHING: frozenset[Finding] = frozenset()
OF_EVERYBODY = frozenset(
    {MeasureKind.SILENCE_S, MeasureKind.SILENCE_PERCENT, MeasureKind.LONGEST_SILENCE_S}
)
OF_TWO_AT_ONCE = frozenset(
    {
        MeasureKind.OVERTALK_S,
        MeasureKind.OVERTALK_PERCENT,
        MeasureKind.INTERRUPTIONS,
        MeasureKind.LONGEST_INTERRUPTION_S,
    }
)


class Reference:
    """Verdicts and evidence of rules, by key, that may ask about each other."""

    def __init__(self, rules: Mapping[str, Rule], talk: Talk, *, unknown_is_anyone: bool) -> None:
        self.rules = rules
        self.talk = talk
        self.lanes = lanes_of(talk)
        self.heard = Listening(talk, self.lanes, self.judge, unknown_is_anyone=unknown_is_anyone)
        self.judged: dict[str, Result] = {}

    def judge(self, key: str) -> Result:
        """Verdict of a topic on the contact, and the findings that prove a yes."""
        if key not in self.rules:
            return Verdict.UNDECIDABLE, NOTHING
        if key not in self.judged:
            rule = self.rules[key]
            results = [self.on(rule, unit) for unit in self.units(rule.scope)]
            verdict = max(verdict for verdict, _ in results)
            self.judged[key] = verdict, _evidence(results)
        return self.judged[key]

    def hits(self, key: str) -> set[tuple[int, tuple[int, ...], str, int]]:
        """Recording, displayed words, phrase and score of each finding."""
        found = set()
        for one in self.judge(key)[1]:
            said = self.lanes[one.lane][one.first : one.last + 1]
            words = {word for token in said for word in token.words}
            found.add((said[0].recording, tuple(sorted(words)), one.phrase, one.score))
        return found

    def units(self, scope: Scope) -> list[Unit]:
        if scope is Scope.CONTACT:
            return units_of_contact(self.talk)
        legs = units_of_legs(self.talk)
        return {Scope.FIRST_LEG: legs[:1], Scope.LAST_LEG: legs[-1:]}.get(scope, legs)

    def on(self, condition: Condition, unit: Unit) -> Result:
        """What a condition says of a unit."""
        if condition.said:
            return self.said(condition.said, unit)
        if condition.topic:
            return self.judge(condition.topic)
        if condition.children:
            return self.tree(condition, [self.on(child, unit) for child in condition.children])
        return self.without_evidence(condition, unit), NOTHING

    def tree(self, condition: Condition, results: list[Result]) -> Result:
        verdicts = [verdict for verdict, _ in results]
        if condition.none:
            return opposite(max(verdicts)), NOTHING
        verdict = min(verdicts) if condition.all else max(verdicts)
        return verdict, _evidence(results) if verdict is Verdict.YES else NOTHING

    def without_evidence(self, condition: Condition, unit: Unit) -> Verdict:
        if condition.not_said:
            return self.not_said(condition.not_said, unit)
        if condition.measure:
            return self.measure(condition.measure, unit)
        assert condition.contact
        return self.contact(condition.contact, unit)

    def said(self, leaf: Said, unit: Unit) -> Result:
        found = self.heard.findings(leaf, unit)
        if len(found) >= leaf.at_least:
            return Verdict.YES, frozenset(found)
        if self.heard.is_doubtful(leaf, unit):
            return Verdict.UNDECIDABLE, NOTHING
        return Verdict.NO, NOTHING

    def not_said(self, leaf: Said, unit: Unit) -> Verdict:
        if not takes_part(self.talk, leaf.by):
            return Verdict.NO
        missing = [near for near in nears(leaf.window) if not self.heard.anchors(near, unit)]
        if missing:
            in_doubt = all(self.heard.has_doubt(near, unit) for near in missing)
            return Verdict.UNDECIDABLE if in_doubt else Verdict.NO
        return opposite(self.said(leaf, unit)[0])

    def measure(self, leaf: Measure, unit: Unit) -> Verdict:
        if leaf.by is not By.ANYONE and not takes_part(self.talk, leaf.by):
            return Verdict.NO
        if leaf.what in OF_TWO_AT_ONCE:
            in_doubt = self.heard.doubt_of_two(unit)
        elif leaf.what in OF_EVERYBODY:
            in_doubt = self.heard.doubt(By.ANYONE, unit)
        else:
            in_doubt = leaf.what is not MeasureKind.DURATION_S and self.heard.doubt(leaf.by, unit)
        if in_doubt or self.heard.window_is_doubtful(leaf.window, unit):
            return Verdict.UNDECIDABLE
        by = By.ANYONE if leaf.what is MeasureKind.LONGEST_SILENCE_S else leaf.by
        found = value(
            leaf.what,
            self.lanes,
            unit,
            self.heard.sides(leaf.by),
            lambda event: self.heard.inside(leaf.window, event, by, unit),
        )
        # Seconds are compared as whole milliseconds.
        in_seconds = leaf.what.endswith("_s") and leaf.what is not MeasureKind.WORDS_PER_S
        factor = 1000 if in_seconds else 1
        enough = leaf.at_least is None or leaf.at_least * factor <= found
        not_too_much = leaf.at_most is None or found <= leaf.at_most * factor
        return Verdict.YES if enough and not_too_much else Verdict.NO

    def contact(self, leaf: Facts, unit: Unit) -> Verdict:
        known = self.talk.facts
        of_legs = self.talk.legs if unit.leg is None else self.talk.legs[unit.leg : unit.leg + 1]
        groups = {leg.group for leg in of_legs}
        employees = {leg.employee for leg in of_legs}
        if unit.leg is None or not self.talk.legs:
            groups.add(known.group)
            employees.add(known.employee)
        told = [
            (leaf.kind, {known.kind}),
            (leaf.direction, {known.direction}),
            (leaf.result, {known.result}),
            (leaf.source, {known.source}),
            (leaf.group, groups),
            (leaf.employee, employees),
            (leaf.company_number, set(known.company_numbers)),
        ]
        holds = all(wanted is None or set(wanted) & values for wanted, values in told)
        return Verdict.YES if holds else Verdict.NO


def opposite(verdict: Verdict) -> Verdict:
    return Verdict(Verdict.YES - verdict)


def _evidence(results: list[Result]) -> frozenset[Finding]:
    found = [evidence for verdict, evidence in results if verdict is Verdict.YES]
    return frozenset().union(*found)
