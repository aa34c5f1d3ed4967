"""Where nothing can be found is known without the times of words."""

from typing import Any

import numpy as np
import pytest

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic
from services.topics.matching.at_hand import make_batch
from services.topics.matching.match import Matcher
from shared.text.expansion import Stretch, expand

from .speech import Sound, Talk, make_contacts, say_all

REFUND = {"said": {"phrases": ["вернуть деньги"]}}


def matcher_of(rule: dict[str, Any], forms: list[str]) -> Matcher:
    """A matcher of one rule that knows these forms."""
    rules = RuleSet((Topic(1, 1, "topic", parse_rule(rule)),), revision=1)
    stretch = Stretch(forms, 0)
    return Matcher(rules, {term: expand(term, stretch) for term in rules.terms})


def sift(rule: dict[str, Any], *talks: list[str], known: int | None = None) -> list[bool]:
    """In which talks the rule may find something, for a matcher that knows the first forms only."""
    sounds = [Talk([Sound(say_all(*lines))]) for lines in talks]
    contacts, forms = make_contacts(sounds)
    tokens = make_batch(contacts).speech.tokens
    matcher = matcher_of(rule, forms[:known])
    return [bool(one) for one in matcher.sift(tokens.begin, tokens.ids, tokens.speakers)]


@pytest.mark.parametrize(
    ("lines", "possible"),
    [
        pytest.param(["client: верните мне деньги"], True, id="said"),
        pytest.param(["client: верните", "client: деньги"], True, id="pause-between"),
        pytest.param(["client: не верните деньги"], True, id="negated"),
        pytest.param(["client: верните", "operator: деньги"], False, id="two-people"),
        pytest.param(["client: деньги верните"], False, id="wrong-order"),
        pytest.param(["client: верните а б в деньги"], False, id="too-far"),
        pytest.param(["client: деньги деньги"], False, id="one-word-of-two"),
        pytest.param([], False, id="silence"),
    ],
)
def test_sift(lines: list[str], *, possible: bool) -> None:
    assert sift(REFUND, ["client: алло"], lines) == [False, possible]


def test_a_single_word() -> None:
    assert sift({"said": {"phrases": ["деньги"]}}, ["client: денег"], ["client: алло"]) == [
        True,
        False,
    ]


def test_a_word_that_came_later_may_be_anything() -> None:
    """The matcher has not compared it with the phrases; «яблоко» has the greatest number."""
    talks = (["client: алло"], ["client: алло яблоко"])
    assert sift(REFUND, *talks) == [False, False]
    assert sift(REFUND, *talks, known=1) == [False, True]


def test_rules_without_phrases_find_nothing() -> None:
    assert sift({"contact": {"direction": ["inbound"]}}, ["client: деньги"]) == [False]


@pytest.mark.parametrize(
    ("rule", "sifts"),
    [
        pytest.param(REFUND, True, id="phrases"),
        pytest.param({"none": [REFUND]}, True, id="absence"),
        pytest.param({"measure": {"what": "words", "at_most": 3}}, False, id="measure"),
        pytest.param(
            {"not_said": {"phrases": ["да"], "window": {"after": {"silence_s": 5}}}},
            False,
            id="after-silence",
        ),
        pytest.param(
            {
                "said": {
                    "phrases": ["да"],
                    "window": {
                        "after": {
                            "said": {
                                "phrases": ["нет"],
                                "window": {"before": {"interruption_by": "client"}},
                            }
                        }
                    },
                }
            },
            False,
            id="deep-inside",
        ),
    ],
)
def test_measures_need_every_word(rule: dict[str, Any], *, sifts: bool) -> None:
    assert matcher_of(rule, ["алло"]).sifts is sifts


def test_where_most_calls_may_hold_something_nothing_is_sifted() -> None:
    contacts, forms = make_contacts([Talk([Sound(say_all("client: верните деньги"))])] * 3)
    tokens = make_batch(contacts).speech.tokens
    matcher = matcher_of(REFUND, forms)
    assert matcher.sifts
    assert np.all(matcher.sift(tokens.begin, tokens.ids, tokens.speakers))
    assert not matcher.sifts
