"""A wrong rule is refused with the exact place and the reason."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.topics.language.facts import Facts
from services.topics.language.measure import Measure
from services.topics.language.rule import Rule, parse_rule
from services.topics.language.said import Near, Said, Window
from shared.errors import InvalidInput

PHRASES = {"phrases": ["да"]}
SAID = {"said": PHRASES}
BAD = {"phrases": ["да", "<2> нет"]}


def within(**window: Any) -> dict[str, Any]:
    return {"said": {**PHRASES, "window": window}}


def measure(what: str, **more: Any) -> dict[str, Any]:
    return {"measure": {"what": what, **more}}


def nested(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = SAID
    for _ in range(levels - 1):
        rule = {"all": [rule]}
    return rule


def in_each_other(conditions: int) -> dict[str, Any]:
    said: dict[str, Any] = PHRASES
    for _ in range(conditions - 1):
        said = {**PHRASES, "window": {"same_utterance": said}}
    return {"said": said}


TREES = [
    pytest.param({}, "rule", "found nothing", id="empty"),
    pytest.param([], "rule", "fields with values", id="list-for-a-rule"),
    pytest.param("да", "rule", "fields with values", id="text-for-a-rule"),
    pytest.param({**SAID, "any": [SAID]}, "rule", "found any, said", id="two-conditions"),
    pytest.param({**SAID, "topic": "refund"}, "rule", "found said, topic", id="two-leaves"),
    pytest.param({"sad": 1}, "rule.sad", "no such field", id="unknown-condition"),
    pytest.param({"all": []}, "rule.all", "at least one item", id="empty-list"),
    pytest.param({"all": SAID}, "rule.all", "should be a list", id="no-list"),
    pytest.param({"all": [SAID, {}]}, "rule.all.1", "found nothing", id="empty-branch"),
    pytest.param({"any": [{"none": [{"said": BAD}]}]}, "rule.any.0.none.0.said.phrases.1",
                 "between two words", id="deep"),
    pytest.param({"not": SAID}, "rule.not", "no such field", id="not"),
    pytest.param(nested(9), "rule", "at most 8 levels", id="too-deep"),
    pytest.param(in_each_other(9), "rule", "at most 8 levels", id="too-deep-in-windows"),
    pytest.param({"said": {"phrases": ["да"] * 2001}}, "rule", "at most 2000 phrases",
                 id="too-many-phrases"),
    pytest.param({"any": [SAID] * 500}, "rule", "at most 500 conditions", id="too-many-conditions"),
    pytest.param({**SAID, "scope": "x"}, "rule.scope", "each_leg", id="scope"),
    pytest.param({"all": [{**SAID, "scope": "contact"}]}, "rule.all.0.scope", "no such field",
                 id="scope-below-the-root"),
]  # fmt: skip

LEAVES = [
    pytest.param({"said": {}}, "rule.said.phrases", "is missing", id="no-phrases"),
    pytest.param({"said": {"phrases": []}}, "rule.said.phrases", "at least one", id="no-phrase"),
    pytest.param({"said": {"phrases": "да"}}, "rule.said.phrases", "a list", id="phrase-not-listed"),
    pytest.param({"said": {"phrases": [12]}}, "rule.said.phrases.0", "in quotes", id="number"),
    pytest.param({"said": {"phrases": ["да", False]}}, "rule.said.phrases.1", "in quotes", id="no"),
    pytest.param({"said": {"phrases": ["да", "да <"]}}, "rule.said.phrases.1",
                 "«да <», character 4: a gap is <0> to <50>", id="bad-phrase"),
    pytest.param({"said": {**PHRASES, "excluding": ["жа*"]}}, "rule.said.excluding.0",
                 "at least 3 letters", id="bad-excluded-phrase"),
    pytest.param({"said": {**PHRASES, "by": "me"}}, "rule.said.by", "client", id="by"),
    pytest.param({"said": {**PHRASES, "at_least": 0}}, "rule.said.at_least", "greater", id="zero"),
    pytest.param({"said": {**PHRASES, "at_least": "2"}}, "rule.said.at_least", "integer",
                 id="number-as-text"),
    pytest.param({"said": {**PHRASES, "strictness": 101}}, "rule.said.strictness", "less",
                 id="strictness"),
    pytest.param({"said": {**PHRASES, "fuzzy": True}}, "rule.said.fuzzy", "no such field",
                 id="unknown-field"),
    pytest.param({"not_said": BAD}, "rule.not_said.phrases.1", "between two", id="not-said"),
    pytest.param({"topic": "Возврат"}, "rule.topic", "pattern", id="topic-by-name"),
    pytest.param({"contact": {}}, "rule.contact", "at least one of kind", id="no-fact"),
    pytest.param({"contact": {"direction": "inbound"}}, "rule.contact.direction", "a list",
                 id="fact-not-listed"),
    pytest.param({"contact": {"direction": []}}, "rule.contact.direction", "at least one",
                 id="no-value"),
    pytest.param({"contact": {"operator": ["101"]}}, "rule.contact.operator", "no such field",
                 id="unknown-fact"),
]  # fmt: skip

WINDOWS = [
    pytest.param(within(), "rule.said.window", "names at least one", id="empty-window"),
    pytest.param(within(first_s=None), "rule.said.window", "names at least one", id="null-window"),
    pytest.param(within(first_percent=101), "rule.said.window.first_percent", "less", id="percent"),
    pytest.param(within(first_s=0), "rule.said.window.first_s", "greater", id="no-seconds"),
    pytest.param(within(first_s=True), "rule.said.window.first_s", "number", id="yes-for-seconds"),
    pytest.param(within(first_minutes=1), "rule.said.window.first_minutes", "no such", id="minutes"),
    pytest.param(within(first_s=10, skip_first_s=10), "rule.said.window", "nothing is left",
                 id="all-skipped-seconds"),
    pytest.param(within(skip_first_percent=60, skip_last_percent=40), "rule.said.window",
                 "nothing is left", id="all-skipped-percent"),
    pytest.param(within(after={}), "rule.said.window.after", "found nothing", id="after-nothing"),
    pytest.param(within(after={"within_s": 5}), "rule.said.window.after", "found nothing",
                 id="within-of-nothing"),
    pytest.param(within(after={"topic": "a", "silence_s": 3}), "rule.said.window.after",
                 "found topic, silence_s", id="after-two-things"),
    pytest.param(within(before={"topic": "a", "within_s": 5, "within_words": 3}),
                 "rule.said.window.before", "at most one of within_s", id="within-twice"),
    pytest.param(within(before={"interruption_by": "boss"}),
                 "rule.said.window.before.interruption_by", "client", id="interruption-by"),
    pytest.param(within(after={"said": BAD}), "rule.said.window.after.said.phrases.1",
                 "between two words", id="bad-phrase-in-an-anchor"),
    pytest.param(within(same_utterance={**PHRASES, "window": {"before": {"said": BAD}}}),
                 "rule.said.window.same_utterance.window.before.said.phrases.1",
                 "between two words", id="bad-phrase-in-a-nested-window"),
    pytest.param(within(after=[{"topic": "a"}]), "rule.said.window.after", "fields with values",
                 id="list-of-anchors"),
]  # fmt: skip

MEASURES = [
    pytest.param(measure("pauses", at_least=1), "rule.measure.what", "silence_s", id="unknown"),
    pytest.param(measure("words"), "rule.measure", "at_least, at_most or both", id="no-bound"),
    pytest.param(measure("words", at_least=5, at_most=4), "rule.measure", "greater", id="crossed"),
    pytest.param(measure("words", at_least=-1), "rule.measure.at_least", "greater", id="negative"),
    pytest.param(measure("talk_percent", at_least=101), "rule.measure", "100 %", id="percent"),
    pytest.param(measure("silence_s", at_least=1, by="client"), "rule.measure",
                 "of the whole conversation", id="silence-of-somebody"),
    pytest.param(measure("silence_s", at_least=1, window={"first_s": 5}), "rule.measure",
                 "can have a window", id="sum-in-a-window"),
    pytest.param(
        measure("interruptions", at_least=1, window={"same_utterance": PHRASES}), "rule.measure",
        "in no utterance", id="interruption-in-an-utterance",
    ),
    pytest.param(measure("interruptions", at_least=1, window={"after": {"said": BAD}}),
                 "rule.measure.window.after.said.phrases.1", "between two words",
                 id="bad-phrase-in-the-window-of-a-measure"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "reason"), [*TREES, *LEAVES, *WINDOWS, *MEASURES])
def test_a_wrong_rule(rule: Any, place: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rule(rule)
    places = dict(refused.value.errors)
    assert reason in places[place]
    assert f"{place}: " in refused.value.detail


def test_everything_wrong_is_named_at_once() -> None:
    rule = {"all": [{"said": {"phrases": ["<1> да"], "by": "me"}}, {"topic": "?"}]}
    with pytest.raises(InvalidInput) as refused:
        parse_rule(rule, where="topics.3.rule")
    assert [place for place, _ in refused.value.errors] == [
        "topics.3.rule.all.0.said.phrases.0",
        "topics.3.rule.all.0.said.by",
        "topics.3.rule.all.1.topic",
    ]


@pytest.mark.parametrize("levels", [100, 1000, 100_000])
def test_however_deep_a_rule_is_it_is_refused(levels: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rule(nested(levels))
    assert refused.value.errors == (("rule", "a rule has at most 8 levels"),)


FIELDS = sorted(
    {name for model in (Rule, Said, Window, Near, Measure, Facts) for name in model.model_fields}
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["да", "вернуть <3> деньги", "client", "refund", "talk_s", "each_leg"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_anything_is_read_or_refused(data: Any) -> None:
    try:
        rule = parse_rule(data)
    except InvalidInput:
        return
    assert Rule.model_validate_json(rule.model_dump_json(exclude_defaults=True)) == rule
