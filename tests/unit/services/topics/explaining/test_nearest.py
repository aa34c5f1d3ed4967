"""What came nearest to a finding, and why it is none."""

from typing import Any

import pytest

from services.topics.matching.at_hand import Leg
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from tests.unit.services.topics.matching.speech import Sound, Talk, say

from .asking import ask, both, leaf, miss


def said(*phrases: str, **more: Any) -> dict[str, Any]:
    return {"said": {"phrases": list(phrases), **more}}


LATE = both("operator: добрый день", "client:" + " да" * 30, "operator: чем могу помочь")


@pytest.mark.parametrize(
    ("rule", "talk", "reasons", "text"),
    [
        pytest.param(
            said("чем могу помочь", by="operator", window={"first_s": 10}),
            LATE,
            ["outside-window"],
            "чем могу помочь",
            id="too-late",
        ),
        pytest.param(
            said("добрый день", window={"last_s": 5}),
            LATE,
            ["outside-window"],
            "добрый день",
            id="too-early",
        ),
        pytest.param(
            said("чем могу помочь", window={"after": {"said": {"phrases": ["вечер"]}}}),
            LATE,
            ["outside-window"],
            "чем могу помочь",
            id="not-after-it",
        ),
        pytest.param(
            said("верните деньги", by="operator"),
            both("client: Верните деньги!"),
            ["other-speaker"],
            "Верните деньги!",
            id="other-speaker",
        ),
        pytest.param(
            said("деньги", excluding=["вернуть деньги"]),
            both("client: верните деньги"),
            ["excluded"],
            "деньги",
            id="excluded",
        ),
        pytest.param(
            said("!верните деньги"),
            both("client: вернули деньги"),
            ["other-form"],
            "вернули деньги",
            id="other-form",
        ),
        pytest.param(
            said('"вернуть деньги"'),
            both("client: верните мне все мои деньги"),
            ["too-far-apart"],
            "верните мне все мои деньги",
            id="too-far-apart",
        ),
        pytest.param(
            said("вернуть деньги"),
            both("client: деньги мне верните"),
            ["other-order"],
            "деньги мне верните",
            id="other-order",
        ),
        pytest.param(
            said("хочу вернуть деньги"),
            both("client: деньги хочу вернуть"),
            ["other-order"],
            "деньги хочу вернуть",
            id="one-of-three-moved",
        ),
        pytest.param(
            said("хочу вернуть"),
            both("client: не хочу вернуть"),
            ["negated"],
            "не хочу вернуть",
            id="negated-before",
        ),
        pytest.param(
            said("хочу вернуть"),
            both("client: хочу не вернуть"),
            ["negated"],
            "хочу не вернуть",
            id="negated-between",
        ),
        pytest.param(
            said("спасибо за звонок"),
            both("operator: спасибо за обращение"),
            ["resembles"],
            "спасибо за",
            id="resembles",
        ),
        pytest.param(
            said("расторгнуть договор"),
            both("client: я хочу разорвать договоры завтра"),
            ["resembles"],
            "разорвать договоры",
            id="any-form-of-what-resembles",
        ),
        pytest.param(
            said("жалоба"), both("client: желаба"), ["resembles"], "желаба", id="misheard-badly"
        ),
        pytest.param(
            said("верните деньги", by="operator", window={"first_s": 2}),
            both("operator: да да да да да да", "client: верните деньги"),
            ["outside-window", "other-speaker"],
            "верните деньги",
            id="two-reasons",
        ),
    ],
)
def test_misses(rule: dict[str, Any], talk: Talk, reasons: list[str], text: str) -> None:
    found = miss(rule, talk)
    assert (found.reasons, found.text) == (reasons, text)
    assert found.explanation


@pytest.mark.parametrize(
    ("rule", "talk"),
    [
        pytest.param(
            said("вернуть деньги"), both("client: добрый вечер"), id="nothing-resembles-it"
        ),
        pytest.param(said("вернуть деньги"), both(), id="nothing-was-said"),
        pytest.param(
            said("спасибо за звонок", by="client"),
            both("operator: спасибо за обращение"),
            id="only-the-asked-side-is-searched-for-what-resembles",
        ),
    ],
)
def test_nothing_came_near(rule: dict[str, Any], talk: Talk) -> None:
    assert leaf(ask(rule, talk)).nearest is None


def test_the_nearest_to_the_window_is_told() -> None:
    talk = both(
        "client: да", "operator: добрый день", "client:" + " да" * 20, "operator: добрый день"
    )
    early = miss(said("добрый день", window={"first_s": 0.3}), talk)
    late = miss(said("добрый день", window={"last_s": 0.3}), talk)
    assert (early.start_ms, late.start_ms) == (900, 10_700)


def test_a_pause_within_the_phrase() -> None:
    words = (Word("верните", 0, 500, 1.0), Word("деньги", 4000, 4500, 1.0))
    talk = Talk([Sound([Utterance(Speaker.CLIENT, 1, words), say("operator: да", at_ms=1000)])])
    found = miss(said("вернуть деньги"), talk)
    assert (found.reasons, found.score) == (["pause-between"], 100)
    assert (found.start_ms, found.end_ms) == (0, 4500)


def test_said_on_another_leg() -> None:
    legs = (
        Leg(1, 11, 0, 10_000, talked=True, heard=True),
        Leg(2, 22, 10_000, 60_000, talked=True, heard=True),
    )
    talk = Talk(
        [
            Sound(
                [
                    say("operator: добрый день", at_ms=0),
                    say("client: да", at_ms=2000),
                    say("operator: слушаю", at_ms=11_000),
                    say("client: да", at_ms=13_000),
                ],
                legs=(0, 1),
            )
        ],
        legs,
    )
    rule = said("добрый день", by="operator", window={"first_s": 5})
    found = miss(rule | {"scope": "last_leg"}, talk)
    assert (found.reasons, found.leg_id, found.employee_id) == (["other-leg"], 1, 11)
    assert leaf(ask(rule | {"scope": "first_leg"}, talk)).nearest is None


def test_too_few_findings_and_the_next_one() -> None:
    talk = both("client: верните деньги", "operator: верните деньги")
    found = leaf(ask(said("вернуть деньги", by="client", at_least=2), talk))
    assert found.found == 1
    assert found.nearest is not None
    assert (found.nearest.reasons, found.nearest.speaker) == (["other-speaker"], Speaker.OPERATOR)


def test_a_miss_carries_its_place_for_the_player() -> None:
    lines = both("operator: добрый день", "client: Деньги верните, пожалуйста")
    talk = Talk([Sound(lines.sounds[0].said, offset_ms=5000)])
    found = miss(said("вернуть деньги"), talk)
    assert (found.recording_id, found.start_ms, found.end_ms) == (100, 1300, 2100)
    assert (found.contact_start_ms, found.first_word, found.last_word) == (6300, 2, 3)
    assert (found.phrase, found.text) == ("вернуть деньги", "Деньги верните,")


def test_the_phrase_that_was_missed_is_named() -> None:
    rule = said("отмена заказа", '"вернуть деньги"', "новый договор")
    assert miss(rule, both("client: вернуть мои деньги")).phrase == '"вернуть деньги"'
