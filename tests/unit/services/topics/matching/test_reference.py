"""The matcher agrees with the slow reference on every rule and every conversation."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.topics.language.rule import Rule, parse_rule
from services.topics.language.verdict import Verdict

from .conversations import read_talk
from .random_rules import rule_set
from .random_talks import random_talk
from .reference import Reference
from .speech import Talk, judge

PAIRS = 10_000
"""Rules times conversations that one run of `test_agrees` compares."""

RULES = 5
TALKS = 10


def test_agrees() -> None:
    compared = 0

    # A seed cannot be made smaller: `difference` shows what there is to see.
    @settings(
        max_examples=PAIRS // (RULES * TALKS),
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(st.randoms(use_true_random=True))
    def compare_many(dice: Random) -> None:
        nonlocal compared
        rules = rule_set(dice, RULES)
        talks = [random_talk(dice) for _ in range(TALKS)]
        compare(rules, talks, unknown_is_anyone=dice.random() < 0.3)
        compared += len(rules) * len(talks)

    compare_many()
    assert compared >= PAIRS


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_agrees_on_small_ones(dice: Random) -> None:
    """The same with examples that hypothesis makes smaller when one differs."""
    compare(rule_set(dice, 2), [random_talk(dice)], unknown_is_anyone=dice.random() < 0.3)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"topic": "gone"}, id="asked"),
        pytest.param({"none": [{"topic": "gone"}]}, id="not-asked"),
        pytest.param(
            {"said": {"phrases": ["да"], "window": {"after": {"topic": "gone"}}}}, id="before"
        ),
        pytest.param(
            {"not_said": {"phrases": ["да"], "window": {"before": {"topic": "gone"}}}}, id="after"
        ),
    ],
)
def test_a_topic_that_is_gone(rule: dict[str, Any]) -> None:
    """An archived topic must not keep calls from being judged by those that ask about it."""
    compare([rule], [read_talk("client: да\noperator: да")], unknown_is_anyone=False)


def compare(rules: list[dict[str, Any]], talks: list[Talk], *, unknown_is_anyone: bool) -> None:
    judged = judge(rules, talks, unknown_is_anyone=unknown_is_anyone)
    sifted = judge(rules, talks, unknown_is_anyone=unknown_is_anyone, sifted=True)
    parsed = {f"topic-{number}": parse_rule(rule) for number, rule in enumerate(rules)}
    for contact, talk in enumerate(talks):
        reference = Reference(parsed, talk, unknown_is_anyone=unknown_is_anyone)
        for number, key in enumerate(parsed):
            verdict, _ = reference.judge(key)
            own = Verdict(int(judged.verdicts[number, contact]))
            assert own is verdict, difference(parsed, key, talk)
            assert sifted.verdicts[number, contact] == verdict, difference(parsed, key, talk)
            if verdict is Verdict.YES:
                found = {
                    (hit.recording_id - 100, hit.words, hit.phrase, hit.score)
                    for hit in judged.hits(number, contact)
                }
                assert found == reference.hits(key), difference(parsed, key, talk)


def difference(rules: Mapping[str, Rule], key: str, talk: Talk) -> str:
    """The rules up to the one that is judged differently, and the contact."""
    wanted = list(rules)[: list(rules).index(key) + 1]
    shown = [f"{name}: {rules[name].model_dump_json(exclude_defaults=True)}" for name in wanted]
    said = [
        f"{number}: {one.speaker} {one.channel} "
        + " ".join(f"{w.start_ms}:{w.text}" for w in one.words)
        for number, sound in enumerate(talk.sounds)
        for one in sound.said
    ]
    return "\n".join([*shown, str(talk), *said])
