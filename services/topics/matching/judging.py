"""One rule over one batch: verdicts per unit, a whole contact or a leg, and what proves them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.topics.language.facts import Facts
from services.topics.language.measure import Measure
from services.topics.language.rule import Condition, Rule, Scope
from services.topics.language.said import By, Near, Said, Window
from services.topics.language.verdict import Verdict
from services.topics.matching.doubt import (
    TOGETHER,
    asked_of,
)
from services.topics.matching.facts import facts_hold
from services.topics.matching.ground import Doubts, Ground
from services.topics.matching.leaves import Found, inside, thinned
from services.topics.matching.near import (
    Events,
    Placed,
    among_utterances,
    is_after,
    is_before,
)

Verdicts = NDArray[np.int8]
"""A `Verdict` per unit."""


class RuleJudging:
    """Verdicts and evidence of one rule; each leaf is counted once."""

    def __init__(self, rule: Rule, ground: Ground, others: Mapping[str, "RuleJudging"]) -> None:
        self._rule = rule
        self._ground = ground
        self._others = others
        self._batch = ground.batch
        self._by_legs = rule.scope is not Scope.CONTACT
        self._units = ground.units(by_legs=self._by_legs)
        self._leaves: dict[int, tuple[Verdicts, Found]] = {}
        self._counted: dict[int, Found] = {}
        self._verdicts_of_units = self._verdicts(rule)

    def of_contacts(self) -> Verdicts:
        """The rule's verdict on each contact; over legs one yes is enough."""
        verdicts = self._verdicts_of_units
        begin = self._batch.first_leg[:-1]
        if not self._by_legs or len(begin) == 0:
            return verdicts
        if self._rule.scope is Scope.FIRST_LEG:
            return np.asarray(verdicts[begin])
        if self._rule.scope is Scope.LAST_LEG:
            return np.asarray(verdicts[np.append(begin[1:], len(verdicts)) - 1])
        return np.asarray(np.maximum.reduceat(verdicts, begin), np.int8)

    def of_units(self, contact: int) -> Verdicts:
        """The rule's verdict on each unit of a contact that counts, in the order of `units_of`."""
        return self._verdicts_of_units[self.units_of(contact)]

    def evidence(self, contact: int) -> list[tuple[Said, Found]]:
        """What was said that makes the rule true on a contact; absence has no findings.

        The evidence of a topic that the rule asks about is the rule's too.
        """
        units = self.units_of(contact)
        true = units[self._verdicts_of_units[units] == Verdict.YES]
        return self._true_leaves(self._rule, true)

    def units_of(self, contact: int) -> NDArray[np.int64]:
        """Places of the units that a contact's verdict comes from: itself, or some of its legs."""
        if not self._by_legs:
            return np.array([contact])
        begin, end = self._batch.first_leg[contact : contact + 2].tolist()
        if self._rule.scope is Scope.FIRST_LEG:
            end = begin + 1
        elif self._rule.scope is Scope.LAST_LEG:
            begin = end - 1
        return np.arange(begin, end)

    def _true_leaves(
        self, condition: Condition, units: NDArray[np.int64]
    ) -> list[tuple[Said, Found]]:
        if len(units) == 0:
            return []
        true = units[self._verdicts(condition)[units] == Verdict.YES]
        if len(true) == 0:
            return []
        if condition.said is not None:
            found = self._counting(condition.said)
            # Nearly always it is one unit, and to compare is far quicker than to look up.
            own = found.unit == true[0] if len(true) == 1 else np.isin(found.unit, true)
            return [(condition.said, found.chosen(own))]
        if condition.topic is not None:
            contacts = np.unique(self._units.contact[true]).tolist()
            other = self._others[condition.topic]
            return [leaf for contact in contacts for leaf in other.evidence(contact)]
        if condition.all is None and condition.any is None:
            return []
        return [leaf for child in condition.children for leaf in self._true_leaves(child, true)]

    def _verdicts(self, condition: Condition) -> Verdicts:
        if condition.children:
            children = np.stack([self._verdicts(child) for child in condition.children])
            if condition.all is not None:
                return np.asarray(children.min(axis=0))
            greatest = np.asarray(children.max(axis=0))
            return greatest if condition.any is not None else _opposite(greatest)
        return self._leaf(condition)

    def _leaf(self, condition: Condition) -> Verdicts:
        if condition.said is not None:
            return self._said(condition.said)
        if condition.not_said is not None:
            return self._not_said(condition.not_said)
        if condition.measure is not None:
            return self._measured(condition.measure)
        if condition.contact is not None:
            return self._facts(condition.contact)
        return self._of_topic(condition.topic or "")

    def _of_topic(self, key: str) -> Verdicts:
        """Another topic's verdict on each unit's contact; nobody can tell of one that is gone."""
        other = self._others.get(key)
        if other is None:
            return np.full(len(self._units), Verdict.UNDECIDABLE, np.int8)
        return np.asarray(other.of_contacts()[self._units.contact])

    def _said(self, leaf: Said) -> Verdicts:
        known = self._leaves.get(id(leaf))
        if known is None:
            verdicts = self._doubts(leaf).astype(np.int8)
            found = self._inside(leaf)
            if leaf.at_least == 1:
                # One finding is enough, whatever it overlaps with.
                verdicts[found.unit] = Verdict.YES
            else:
                counts = np.bincount(thinned(found).unit, minlength=len(self._units))
                verdicts[counts >= leaf.at_least] = Verdict.YES
            known = self._leaves[id(leaf)] = (verdicts, found)
        return known[0]

    def _counting(self, leaf: Said) -> Found:
        """Findings of a leaf that count, in the order of their last word."""
        known = self._counted.get(id(leaf))
        if known is None:
            self._said(leaf)
            known = self._counted[id(leaf)] = thinned(self._leaves[id(leaf)][1])
        return known

    def _not_said(self, leaf: Said) -> Verdicts:
        unsaid = _opposite(self._said(leaf))
        if leaf.window is not None:
            for events, doubts in self.anchors(leaf.window):
                there = np.zeros(len(self._units), np.bool_)
                there[events.unit] = True
                # What it should follow did not happen: nothing is missing.
                missed = np.where(doubts, np.int8(Verdict.UNDECIDABLE), np.int8(Verdict.NO))
                unsaid = np.where(there, unsaid, np.minimum(unsaid, missed))
        # Nobody is blamed for silence in a call without them (M-05).
        absent = self._ground.absent(leaf.by, self._units)
        return np.where(absent, np.int8(Verdict.NO), unsaid)

    def _doubts(self, leaf: Said) -> Doubts:
        doubts = self._ground.doubts(leaf.by, self._units)
        for _, doubtful in self.anchors(leaf.window) if leaf.window is not None else ():
            doubts = doubts | doubtful
        return doubts

    def _inside(self, leaf: Said) -> Found:
        """Findings of a leaf within its window, overlapping ones too."""
        found = self._ground.findings.of(leaf)
        window = leaf.window
        if window is None or len(found.unit) == 0:
            return found
        batch = self._batch
        start_ms, end_ms = batch.starts_ms(found.first), batch.ends_ms(found.last)
        found = found.chosen(inside(window, self._units, found.unit, start_ms, end_ms))
        if not _needs_conversation(window):
            return found
        placed = self._ground.conversation.placed(found.unit, found.first, found.last)
        kept = self._near(window, placed, leaf.by)
        if window.same_utterance is not None:
            others = self._anchoring(window.same_utterance)
            kept &= np.isin(self._utterances(found), self._utterances(others))
        return found.chosen(kept)

    def _utterances(self, found: Found) -> NDArray[np.int64]:
        """The utterance of each finding in its unit: one may go on over the border of two legs."""
        utterance = self._ground.conversation.utterance(found.first)
        return utterance * len(self._units) + found.unit

    def _near(self, window: Window, placed: Placed, by: By) -> NDArray[np.bool_]:
        conversation, sides = self._ground.conversation, self._ground.sides(by)
        kept = among_utterances(window, placed, conversation, self._units, sides)
        if window.after is not None:
            anchors = self._events(window.after)
            kept &= is_after(window.after, anchors, placed, conversation, self._units, sides)
        if window.before is not None:
            anchors = self._events(window.before)
            kept &= is_before(window.before, anchors, placed, conversation, self._units, sides)
        return kept

    def anchors(self, window: Window) -> list[tuple[Events, Doubts]]:
        """What a window is measured from, and where its absence proves nothing.

        In the order `after`, `before`, `same_utterance`, without those that the window has not.
        """
        found = [
            (self._events(near), self._doubts_of(near))
            for near in (window.after, window.before)
            if near is not None
        ]
        if window.same_utterance is not None:
            anchors = self._anchoring(window.same_utterance)
            found.append((self._as_events(anchors), self._doubts(window.same_utterance)))
        return found

    def _events(self, near: Near) -> Events:
        if near.said is not None:
            return self._as_events(self._anchoring(near.said))
        if near.topic is not None:
            return self._hits_of(near.topic)
        if near.silence_s is not None:
            pauses = self._ground.measures(By.ANYONE, self._units).pauses
            long = pauses.end_ms - pauses.start_ms >= near.silence_s * 1000
            return Events(*(column[long] for column in pauses))
        return self._ground.measures(near.interruption_by or By.ANYONE, self._units).interruptions

    def _doubts_of(self, near: Near) -> Doubts:
        if near.said is not None:
            return self._doubts(near.said)
        if near.topic is not None:
            return np.asarray(self._of_topic(near.topic) == Verdict.UNDECIDABLE)
        if near.silence_s is not None:
            return self._ground.doubts(By.ANYONE, self._units)
        return self._together()

    def _together(self) -> Doubts:
        """Units in which two people at once cannot be told apart."""
        operator = self._ground.doubts(By.OPERATOR, self._units, strict=True)
        return np.asarray(operator | self._ground.doubts(By.CLIENT, self._units, strict=True))

    def _anchoring(self, leaf: Said) -> Found:
        """Findings of a leaf, none in a unit where they are too few."""
        found = self._counting(leaf)
        enough = self._said(leaf)[found.unit] == Verdict.YES
        return found.chosen(enough)

    def _hits_of(self, key: str) -> Events:
        other = self._others.get(key)
        yes = other.of_contacts() == Verdict.YES if other is not None else np.array([], np.bool_)
        found = [
            self._as_events(own._replace(unit=self._units.of_leg[self._batch.legs_of(own.first)]))
            for contact in np.flatnonzero(yes).tolist()
            for _, own in (other.evidence(contact) if other is not None else ())
        ]
        columns = zip(*found, strict=True) if found else [[np.array([], np.int64)]] * 3
        return Events(*(np.concatenate(column) for column in columns))

    def _as_events(self, found: Found) -> Events:
        batch = self._batch
        return Events(found.unit, batch.starts_ms(found.first), batch.ends_ms(found.last))

    def value(self, leaf: Measure) -> NDArray[np.float64]:
        """What is measured of each unit, whatever is in doubt about it."""
        measures = self._ground.measures(leaf.by, self._units)
        events = (measures.pauses, measures.interruptions)
        if leaf.window is None:
            return measures.value(leaf.what, *(np.ones(len(e.unit), np.bool_) for e in events))
        return measures.value(leaf.what, *(self._placed(leaf.window, leaf.by, e) for e in events))

    def _measured(self, leaf: Measure) -> Verdicts:
        units = self._units
        value = self.value(leaf)
        holds = np.ones(len(units), np.bool_)
        if leaf.at_least is not None:
            holds &= value >= leaf.at_least
        if leaf.at_most is not None:
            holds &= value <= leaf.at_most
        verdicts = np.where(holds, np.int8(Verdict.YES), np.int8(Verdict.NO))
        for by in asked_of(leaf):
            doubts = self._ground.doubts(by, units, strict=leaf.what in TOGETHER)
            verdicts[doubts] = Verdict.UNDECIDABLE
        for _, doubts in self.anchors(leaf.window) if leaf.window is not None else ():
            verdicts[doubts] = Verdict.UNDECIDABLE
        if leaf.by is not By.ANYONE:
            verdicts[self._ground.absent(leaf.by, units)] = Verdict.NO
        return verdicts

    def _placed(self, window: Window, by: By, events: Events) -> NDArray[np.bool_]:
        """Which events lie in a window; they are utterances of their own."""
        kept = inside(window, self._units, *events)
        if not _needs_conversation(window):
            return kept
        placed = Placed(*events, events.start_ms, events.end_ms)
        return np.asarray(kept & self._near(window, placed, by))

    def _facts(self, wanted: Facts) -> Verdicts:
        holds = facts_hold(wanted, self._batch, self._units)
        return np.where(holds, np.int8(Verdict.YES), np.int8(Verdict.NO))


def _needs_conversation(window: Window) -> bool:
    """Whether the window asks for more than a clock."""
    return any(
        part is not None
        for part in (
            window.after,
            window.before,
            window.same_utterance,
            window.first_utterances,
            window.last_utterances,
        )
    )


def _opposite(verdicts: Verdicts) -> Verdicts:
    return np.asarray(Verdict.YES - verdicts, np.int8)
