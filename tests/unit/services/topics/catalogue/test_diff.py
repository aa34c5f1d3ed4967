"""What differs between two versions, by place."""

from typing import Any

import pytest

from services.topics.catalogue.diff import Change, Written, diff

SAID = {"said": {"phrases": ["вернуть деньги", "возврат"], "by": "client"}}
GREETING = {"not_said": {"phrases": ["здравствуйте"]}}
SILENCE = {"measure": {"what": "silence_s", "at_least": 30.0}}


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[Change], list[Change]]:
    found = diff(Written(before, [], []), Written(after, [], []))
    return list(found.rule), list(found.phrases)


@pytest.mark.parametrize(
    ("before", "after", "rule", "phrases"),
    [
        pytest.param(SAID, SAID, [], [], id="same"),
        pytest.param(
            SAID,
            {"said": {"phrases": ["возврат", "чек"], "by": "client"}},
            [],
            [
                Change("removed", "rule.said.phrases[0]", before="вернуть деньги"),
                Change("added", "rule.said.phrases[1]", after="чек"),
            ],
            id="phrases",
        ),
        pytest.param(
            SAID,
            {"said": {"phrases": ["возврат", "вернуть деньги"], "by": "client"}},
            [],
            [],
            id="phrases-only-moved",
        ),
        pytest.param(
            SAID,
            {"said": {**SAID["said"], "by": "operator", "excluding": ["возврат налога"]}},
            [
                Change("changed", "rule.said.by", "client", "operator"),
            ],
            [Change("added", "rule.said.excluding[0]", after="возврат налога")],
            id="values-and-first-excluding",
        ),
        pytest.param(
            {"said": {**SAID["said"], "window": {"first_s": 30.0}}},
            {"said": {**SAID["said"], "window": {"last_s": 30.0}}, "scope": "each_leg"},
            [
                Change("removed", "rule.said.window.first_s", before=30.0),
                Change("added", "rule.said.window.last_s", after=30.0),
                Change("added", "rule.scope", after="each_leg"),
            ],
            [],
            id="window",
        ),
        pytest.param(
            {"all": [SAID, GREETING]}, {"all": [GREETING, SAID]}, [], [], id="conditions-moved"
        ),
        pytest.param(
            {"all": [SAID, GREETING]},
            {"all": [SILENCE, {"not_said": {"phrases": ["добрый день"]}}, SAID]},
            [Change("added", "rule.all[0]", after=SILENCE)],
            [
                Change("removed", "rule.all[1].not_said.phrases[0]", before="здравствуйте"),
                Change("added", "rule.all[1].not_said.phrases[0]", after="добрый день"),
            ],
            id="conditions-of-one-kind-are-compared",
        ),
        pytest.param(
            {"all": [SAID, SAID]},
            {"all": [SAID]},
            [Change("removed", "rule.all[1]", before=SAID)],
            [],
            id="one-of-two-equal-conditions",
        ),
        pytest.param(
            SAID,
            {"any": [SAID, SILENCE]},
            [
                Change("removed", "rule.said", before=SAID["said"]),
                Change("added", "rule.any", after=[SAID, SILENCE]),
            ],
            [],
            id="another-root",
        ),
        pytest.param(
            {"contact": {"group": ["a", "b"]}},
            {"contact": {"group": ["b", "c"]}},
            [
                Change("removed", "rule.contact.group[0]", before="a"),
                Change("added", "rule.contact.group[1]", after="c"),
            ],
            [],
            id="facts",
        ),
    ],
)
def test_differences(
    before: dict[str, Any],
    after: dict[str, Any],
    rule: list[Change],
    phrases: list[Change],
) -> None:
    assert changes(before, after) == (rule, phrases)


def test_examples() -> None:
    found = diff(Written(SAID, ["a", "b"], ["c"]), Written(SAID, ["b", "d"], ["c", "e"]))
    assert found.rule == found.phrases == ()
    assert found.examples == (
        Change("removed", "should_match[0]", before="a"),
        Change("added", "should_match[1]", after="d"),
        Change("added", "should_not_match[1]", after="e"),
    )
