"""Turns what was judged of one contact into the tree of conditions that people read."""

from collections.abc import Mapping

from services.topics.explaining.doubts import Doubts
from services.topics.explaining.facts import told_facts
from services.topics.explaining.findings import Findings, anchors_out
from services.topics.explaining.nodes import Node, Places
from services.topics.explaining.schemas import AskedTopicOut, ConditionOut, MeasureOut, UnitOut
from services.topics.explaining.searched import Searching
from services.topics.language.measure import Measure
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import NOBODY_ID, Batch
from services.topics.matching.match import Judged


class Telling:
    """Tells of one rule on one contact, the only one of the batch.

    `topics` are the other topics that the rule asks about, with what they say of the contact.
    """

    def __init__(
        self,
        batch: Batch,
        judged: Judged,
        places: Places,
        searching: Searching,
        findings: Findings,
        doubts: Doubts,
        topics: Mapping[str, AskedTopicOut],
    ) -> None:
        self._batch = batch
        self._judged = judged
        self._places = places
        self._searching = searching
        self._findings = findings
        self._doubts = doubts
        self._topics = topics

    def unit(self, root: Node, unit: int, order: int) -> UnitOut:
        """The rule on a unit, which is the one of that order among those that count."""
        legs = self._batch.speech.legs
        row = int(self._batch.legs.row[unit]) if self._searching.units.by_legs else -1
        employee_id = int(legs.employee_id[row]) if row >= 0 else NOBODY_ID
        condition = self._condition(root, unit, order)
        return UnitOut(
            leg_id=int(legs.leg_id[row]) if row >= 0 else None,
            employee_id=None if employee_id == NOBODY_ID else employee_id,
            start_ms=int(self._searching.units.start_ms[unit]),
            end_ms=int(self._searching.units.end_ms[unit]),
            verdict=condition.verdict,
            condition=condition,
        )

    def _condition(self, node: Node, unit: int, order: int) -> ConditionOut:
        rule = self._judged.rule(self._places.of_key[node.path])
        verdict = Verdict(int(rule.of_units(0)[order]))
        leg = unit if self._searching.units.by_legs else None
        condition, leaf = node.condition, node.leaf
        measure, facts = condition.measure, condition.contact
        undecided = verdict is Verdict.UNDECIDABLE
        return ConditionOut(
            path=node.path,
            kind=node.kind,
            verdict=verdict,
            children=[self._condition(child, unit, order) for child in node.children],
            said=self._findings.of(node, leaf, unit) if leaf is not None else None,
            measure=self._measure(node, measure, unit) if measure is not None else None,
            topic=self._topics[condition.topic] if condition.topic is not None else None,
            facts=told_facts(facts, self._batch, leg) if facts is not None else None,
            doubts=self._doubts.of_leaf(condition, leg) if undecided else [],
        )

    def _measure(self, node: Node, leaf: Measure, unit: int) -> MeasureOut:
        rule = self._judged.rule(self._places.of_key[node.path])
        searched = self._searching.search(rule, leaf.window, leaf.by, unit)
        return MeasureOut(
            what=leaf.what,
            by=leaf.by,
            value=round(float(rule.value(leaf)[unit]), 3),
            at_least=leaf.at_least,
            at_most=leaf.at_most,
            anchors=anchors_out(f"{node.path}.{node.kind}", searched.anchors),
        )
