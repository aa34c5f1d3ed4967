"""An explanation never contradicts the matcher, whatever the rule and the conversation."""

from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.topics.explaining.schemas import ConditionOut, SaidOut
from services.topics.language.verdict import Verdict
from tests.unit.services.topics.matching.random_rules import rule_set
from tests.unit.services.topics.matching.random_talks import random_talk
from tests.unit.services.topics.matching.speech import judge

from .asking import ask, conditions


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False))
def test_agrees(dice: Random) -> None:
    rules = rule_set(dice, 3)
    talk = random_talk(dice)
    anyone = dice.random() < 0.3
    verdicts = judge(rules, [talk], unknown_is_anyone=anyone).verdicts[:, 0].tolist()
    for number, rule in enumerate(rules):
        explained = ask(rule, talk, others=rules[:number], unknown_is_anyone=anyone)
        assert explained.verdict == verdicts[number], rule
        assert explained.verdict == max(unit.verdict for unit in explained.units)
        for unit in explained.units:
            for condition in conditions(unit.condition):
                check(condition)


def check(condition: ConditionOut) -> None:
    below = [child.verdict for child in condition.children]
    if condition.kind == "all":
        assert condition.verdict == min(below)
    elif condition.kind == "any":
        assert condition.verdict == max(below)
    elif condition.kind == "none":
        assert condition.verdict == Verdict.YES - max(below)
    else:
        assert bool(condition.doubts) == (condition.verdict is Verdict.UNDECIDABLE), condition
    if condition.topic is not None:
        assert condition.verdict == condition.topic.verdict
    if condition.facts is not None:
        assert condition.verdict == 2 * all(fact.holds for fact in condition.facts)
    if condition.measure is not None and condition.verdict is Verdict.YES:
        measure = condition.measure
        assert measure.at_least is None or measure.value >= measure.at_least - 0.001
        assert measure.at_most is None or measure.value <= measure.at_most + 0.001
    if condition.said is not None:
        if condition.kind == "said":
            enough = condition.said.found >= condition.said.at_least
            assert (condition.verdict is Verdict.YES) == enough
        check_places(condition.said)


def check_places(said: SaidOut) -> None:
    assert all(one.start_ms < one.end_ms for one in said.searched.ranges)
    for found in said.findings:
        # A finding begins in the first part, and ends in the last.
        end_ms = found.contact_start_ms + found.end_ms - found.start_ms
        assert any(
            found.contact_start_ms <= one.end_ms and one.start_ms <= end_ms
            for one in said.searched.ranges
        )
        assert found.speaker in said.searched.speakers
        assert found.text
    if said.nearest is not None:
        assert said.found < said.at_least
        assert said.nearest.reasons
        found = said.nearest
        assert all(
            (found.recording_id, found.first_word) != (one.recording_id, one.first_word)
            for one in said.findings
        )
