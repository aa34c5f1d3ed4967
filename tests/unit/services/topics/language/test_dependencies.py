"""Topics that ask about each other: their order, their circles, and what hangs on what."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.topics.language.dependencies import circle, dependents, in_order, prerequisites
from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import Topic, make_rule_set
from shared.errors import InvalidInput

SAID = {"phrases": ["да"]}

ASKS = {
    "refund": [],
    "complaint": [],
    "unheard": ["refund"],
    "angry-and-unheard": ["unheard", "complaint"],
    "apology": [],
}


def test_what_is_in_order_stays_as_it_is() -> None:
    assert in_order(ASKS) == list(ASKS)


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"b": ["a"], "a": []}, ["a", "b"], id="asked-first"),
        pytest.param({"c": ["b", "a"], "a": [], "b": ["a"]}, ["a", "b", "c"], id="through-another"),
        pytest.param({"b": ["gone"], "a": []}, ["b", "a"], id="unknown-left-out"),
        pytest.param({"z": [], "m": ["a"], "y": [], "a": []}, ["z", "a", "m", "y"], id="only-needed"),
    ],
)  # fmt: skip
def test_order(asks: dict[str, list[str]], expected: list[str]) -> None:
    assert in_order(asks) == expected


def test_a_long_chain_is_no_trouble() -> None:
    asks = {f"topic-{n}": [f"topic-{n + 1}"] for n in range(5000)} | {"topic-5000": []}
    assert in_order(asks)[0] == "topic-5000"
    assert len(prerequisites(["topic-0"], asks)) == 5001


@pytest.mark.parametrize(
    ("asks", "around"),
    [
        pytest.param({"a": ["a"]}, {"a"}, id="itself"),
        pytest.param({"a": ["b"], "b": ["a"]}, {"a", "b"}, id="two"),
        pytest.param({"d": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}, {"a", "b", "c"}, id="three"),
    ],
)
def test_circles_are_refused_by_name(asks: dict[str, list[str]], around: set[str]) -> None:
    found = circle(asks)
    assert found[0] == found[-1]
    assert set(found) == around
    assert all(other in asks[key] for key, other in pairwise(found))
    with pytest.raises(InvalidInput, match="in a circle") as refused:
        in_order(asks)
    assert " → ".join(found) in refused.value.detail


def test_a_circle_through_windows_is_refused() -> None:
    """A topic is asked about in a tree, in a window and in the window of an anchor."""
    rules = {
        "a": {"none": [{"topic": "b"}]},
        "b": {"said": {**SAID, "window": {"after": {"topic": "c"}}}},
        "c": {
            "not_said": {
                **SAID,
                "window": {"same_utterance": {**SAID, "window": {"before": {"topic": "d"}}}},
            }
        },
        "d": {
            "measure": {
                "what": "interruptions", "at_least": 1, "window": {"after": {"topic": "a"}},
            }
        },
    }  # fmt: skip
    topics = [Topic(n, n, key, parse_rule(rule)) for n, (key, rule) in enumerate(rules.items())]
    with pytest.raises(InvalidInput, match=r"a → b → c → d → a|→ a → b"):
        make_rule_set(topics, revision=1)
    assert [t.key for t in make_rule_set(topics[:3], revision=1).topics] == ["c", "b", "a"]


def test_what_hangs_on_what() -> None:
    assert dependents(["refund"], ASKS) == {"refund", "unheard", "angry-and-unheard"}
    assert dependents(["apology"], ASKS) == {"apology"}
    assert prerequisites(["angry-and-unheard"], ASKS) == {
        "angry-and-unheard", "unheard", "refund", "complaint",
    }  # fmt: skip
    assert prerequisites(["unheard", "gone"], ASKS) == {"unheard", "refund", "gone"}


graphs = st.integers(1, 8).flatmap(
    lambda size: st.fixed_dictionaries(
        {f"t{n}": st.lists(st.sampled_from([f"t{m}" for m in range(size)])) for n in range(size)}
    )
)


@given(graphs)
def test_any_topics_are_ordered_or_refused(asks: dict[str, list[str]]) -> None:
    if circle(asks):
        with pytest.raises(InvalidInput):
            in_order(asks)
        return
    order = in_order(asks)
    assert sorted(order) == sorted(asks)
    assert all(order.index(other) < order.index(key) for key in asks for other in asks[key])
    assert in_order({key: asks[key] for key in order}) == order
    for key in asks:
        assert all(key in prerequisites([other], asks) for other in dependents([key], asks))
