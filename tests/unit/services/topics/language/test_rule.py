"""A right rule is read, tells of itself, and is written back as it was."""

from typing import Any

import pytest

from services.topics.language.rule import Rule, Scope, parse_rule

RULE: dict[str, Any] = {
    "scope": "each_leg",
    "all": [
        {"said": {"phrases": ["да"], "by": "client", "window": {"first_s": 5}}},
        {"none": [{"not_said": {"phrases": ["нет"], "at_least": 2, "strictness": 100}}]},
        {
            "said": {
                "phrases": ["вернуть"],
                "excluding": ["вернуть звонок"],
                "window": {
                    "first_utterances": 3,
                    "after": {
                        "said": {"phrases": ["алло"], "window": {"before": {"topic": "greeting"}}},
                        "within_words": 4,
                    },
                    "same_utterance": {"phrases": ["деньги"]},
                },
            }
        },
        {
            "measure": {
                "what": "interruptions",
                "by": "operator",
                "at_most": 2.5,
                "window": {"after": {"topic": "refund", "within_s": 30}},
            }
        },
        {"topic": "complaint"},
        {"contact": {"direction": ["inbound"], "group": ["support", "sales"]}},
    ],
}


def test_what_is_right_is_read_and_written_back() -> None:
    parsed = parse_rule(RULE)
    stored = parsed.model_dump(mode="json", exclude_defaults=True)
    assert stored == RULE
    assert Rule.model_validate(stored) == parsed


def test_a_rule_tells_of_itself() -> None:
    parsed = parse_rule(RULE)
    assert parsed.scope is Scope.EACH_LEG
    assert [leaf.phrases[0] for leaf in parsed.leaves()] == [
        "да",
        "нет",
        "вернуть",
        "алло",
        "деньги",
    ]
    assert parsed.topics() == {"greeting", "refund", "complaint"}
    assert len([node for node in parsed.nodes() if not node.children]) == 6
    assert parsed.depth() == 3


@pytest.mark.parametrize("inside", ["tree", "windows"])
def test_the_deepest_rule_is_read(inside: str) -> None:
    said: dict[str, Any] = {"phrases": ["да"]}
    rule: dict[str, Any] = {"said": said}
    for _ in range(7):
        said = {"phrases": ["да"], "window": {"after": {"said": said}}}
        rule = {"all": [rule]} if inside == "tree" else {"said": said}
    assert parse_rule(rule).depth() == 8
