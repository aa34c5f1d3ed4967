"""A wrong rule is refused with the place and the reason."""

from typing import Any

import pytest

from services.topics.language.rule import Rule, Scope, parse_rule
from shared.errors import InvalidInput

SAID = {"said": {"phrases": ["да"]}}


def nested(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = SAID
    for _ in range(levels - 1):
        rule = {"all": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "place", "reason"),
    [
        pytest.param({}, "rule", "found nothing", id="empty"),
        pytest.param({**SAID, "any": [SAID]}, "rule", "found any, said", id="two-conditions"),
        pytest.param([], "rule", "dictionary", id="not-an-object"),
        pytest.param({"sad": 1}, "rule.sad", "Extra inputs", id="unknown-condition"),
        pytest.param({"all": []}, "rule.all", "at least 1", id="empty-list"),
        pytest.param({"all": [SAID, {}]}, "rule.all.1", "found nothing", id="deep"),
        pytest.param({"said": {"phrases": []}}, "rule.said.phrases", "at least 1", id="no-phrase"),
        pytest.param({"said": {"phrases": ["да <"]}}, "rule.said.phrases", "character 4", id="bad"),
        pytest.param({"said": {"phrases": ["да"], "by": "me"}}, "rule.said.by", "client", id="by"),
        pytest.param(
            {"said": {"phrases": ["да"], "at_least": 0}}, "rule.said.at_least", "greater", id="n"
        ),
        pytest.param(
            {"said": {"phrases": ["да"], "window": {}}}, "rule.said.window", "names", id="window"
        ),
        pytest.param(
            {"said": {"phrases": ["да"], "window": {"first_percent": 101}}},
            "rule.said.window.first_percent", "less", id="percent",
        ),
        pytest.param({**SAID, "scope": "x"}, "rule.scope", "each_leg", id="scope"),
        pytest.param({"all": [{**SAID, "scope": "contact"}]}, "rule.all.0.scope", "Extra",
                     id="scope-below-the-root"),
        pytest.param(nested(9), "rule", "at most 8 levels", id="too-deep"),
        pytest.param({"said": {"phrases": ["да"] * 2001}}, "rule", "at most 2000", id="too-many"),
    ],
)  # fmt: skip
def test_refusals(rule: Any, place: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rule(rule)
    places = dict(refused.value.errors)
    assert reason in places[place]
    assert place in refused.value.detail


def test_what_is_right_is_read_and_written_back() -> None:
    rule = {
        "scope": "each_leg",
        "all": [
            {"said": {"phrases": ["да"], "by": "client", "window": {"first_s": 5}}},
            {"none": [{"not_said": {"phrases": ["нет"], "at_least": 2, "strictness": 100}}]},
        ],
    }
    parsed = parse_rule(rule)
    assert parsed.scope is Scope.EACH_LEG
    assert [leaf.phrases for leaf in parsed.leaves()] == [("да",), ("нет",)]
    stored = parsed.model_dump(mode="json", exclude_defaults=True)
    assert stored == rule
    assert Rule.model_validate(stored) == parsed


def test_the_deepest_rule_is_read() -> None:
    assert parse_rule(nested(8)).depth() == 8
