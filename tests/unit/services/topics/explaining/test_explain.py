"""What an explanation tells: where it looked, whom it heard, what it measured, why it doubts."""

from typing import Any

import pytest

from services.topics.language.verdict import Verdict
from services.topics.matching.at_hand import Leg
from services.topics.matching.speech import ContactFacts, Sides
from shared.domain.recording import Speaker
from tests.unit.services.topics.matching.speech import Sound, Talk, say, say_all

from .asking import ask, both, conditions, leaf

# The client says four words from 1.7 to 3.3 s, the operator three before and two after it.
TALK = both("operator: добрый день слушаю", "client: верните мои деньги пожалуйста", "operator: да")
LENGTH_MS = 60_000


def said(phrase: str = "отмена", **more: Any) -> dict[str, Any]:
    return {"said": {"phrases": [phrase], **more}}


@pytest.mark.parametrize(
    ("rule", "ranges", "words"),
    [
        pytest.param(said(), [(0, LENGTH_MS)], 10, id="everything"),
        pytest.param(said(by="client"), [(0, LENGTH_MS)], 5, id="one-side"),
        pytest.param(said(window={"first_s": 1}), [(0, 1000)], 3, id="first-seconds"),
        pytest.param(said(window={"last_percent": 50}), [(30_000, 60_000)], 0, id="last-percent"),
        pytest.param(
            said(window={"skip_first_s": 1, "skip_last_s": 50}), [(1000, 10_000)], 7, id="middle"
        ),
        pytest.param(
            said(by="operator", window={"after": {"said": {"phrases": ["деньги"]}}}),
            [(2900, LENGTH_MS)],
            2,
            id="after",
        ),
        pytest.param(
            said(window={"after": {"said": {"phrases": ["день"]}, "within_s": 1}}),
            [(800, 1800)],
            2,
            id="seconds-after",
        ),
        pytest.param(
            said(window={"after": {"said": {"phrases": ["день"]}, "within_words": 2}}),
            [(800, 2100)],
            2,
            id="words-after",
        ),
        pytest.param(
            said(window={"before": {"said": {"phrases": ["деньги"]}, "within_words": 2}}),
            [(1200, 2500)],
            2,
            id="words-before",
        ),
        pytest.param(
            said(window={"after": {"said": {"phrases": ["слушаю"]}, "within_utterances": 1}}),
            [(1700, 3300)],
            4,
            id="utterances-after",
        ),
        pytest.param(
            said(window={"before": {"said": {"phrases": ["верните"]}, "within_utterances": 1}}),
            [(0, 1200)],
            3,
            id="utterances-before",
        ),
        pytest.param(
            said(window={"same_utterance": {"phrases": ["деньги"]}}),
            [(1700, 3300)],
            4,
            id="same-utterance",
        ),
        pytest.param(said(window={"first_utterances": 1}), [(0, 1200)], 3, id="first-utterance"),
        pytest.param(
            said(by="client", window={"last_utterances": 1}), [(5600, 6000)], 1, id="last-utterance"
        ),
        pytest.param(
            said(window={"after": {"said": {"phrases": ["отмена"]}}}), [], 0, id="after-nothing"
        ),
        pytest.param(
            said(window={"after": {"silence_s": 40}, "first_s": 59}), [], 0, id="after-the-silence"
        ),
        pytest.param(
            said(window={"before": {"silence_s": 40}}), [(0, 6000)], 10, id="before-the-silence"
        ),
    ],
)
def test_searched(rule: dict[str, Any], ranges: list[tuple[int, int]], words: int) -> None:
    searched = leaf(ask(rule, TALK)).searched
    assert [(one.start_ms, one.end_ms) for one in searched.ranges] == ranges
    assert searched.words == words
    assert searched.speech_ms == words * 400
    assert searched.recordings == ([100] if words else [])
    assert searched.legs == ([1] if words else [])


def test_anchors_are_told_with_their_times() -> None:
    window = {"after": {"said": {"phrases": ["день"]}}, "before": {"silence_s": 40}}
    first, second = leaf(ask(said(window=window), TALK)).anchors
    assert (first.path, first.found) == ("rule.said.window.after.said", 1)
    assert [(one.start_ms, one.end_ms) for one in first.at] == [(400, 800)]
    assert (second.path, second.found) == ("rule.said.window.before.silence_s", 1)
    assert [(one.start_ms, one.end_ms) for one in second.at] == [(6000, LENGTH_MS)]


def leg(number: int, *, heard: bool = True) -> Leg:
    start_ms = (number - 1) * 10_000
    return Leg(number, 10 + number, start_ms, start_ms + 10_000, talked=True, heard=heard)


MONO = Talk([Sound(say_all("unknown: верните деньги"), audible=Sides.UNKNOWN)])
ONE_SIDE = Talk([Sound(say_all("operator: добрый день"), audible=Sides.OPERATOR)])
SILENT = Talk([Sound(say_all("operator: добрый день"))])
HALF = Talk([Sound(say_all("operator: да", "client: да"))], (leg(1), leg(2, heard=False)))


@pytest.mark.parametrize(
    ("rule", "talk", "doubts"),
    [
        pytest.param(said(by="client"), MONO, [("speaker-unknown", None, 1)], id="mono"),
        pytest.param(
            said(by="client"),
            ONE_SIDE,
            [("side-without-channel", "client", 1)],
            id="side-without-channel",
        ),
        pytest.param(said(by="client"), SILENT, [("side-silent", "client", 1)], id="side-silent"),
        pytest.param(
            said(), HALF, [("leg-without-transcript", None, 2)], id="leg-without-transcript"
        ),
        pytest.param(
            said(),
            Talk([], [], heard=False),
            [("talk-without-transcript", None, None)],
            id="nothing-heard",
        ),
        pytest.param(
            said(by="operator", window={"after": {"said": {"phrases": ["нет"], "by": "client"}}}),
            SILENT,
            [("side-silent", "client", 1)],
            id="what-it-should-follow",
        ),
        pytest.param(
            {"measure": {"what": "interruptions", "by": "operator", "at_least": 1}},
            MONO,
            [("speaker-unknown", None, 1)],
            id="interruptions-need-two-channels",
        ),
        pytest.param(
            {"topic": "topic-0"}, MONO, [("topic-undecidable", None, None)], id="another-topic"
        ),
    ],
)
def test_doubts(rule: dict[str, Any], talk: Talk, doubts: list[tuple[Any, ...]]) -> None:
    explained = ask(rule, talk, others=[said(by="client")])
    condition = explained.units[0].condition
    assert condition.verdict is Verdict.UNDECIDABLE
    assert [(one.code, one.speaker, one.leg_id) for one in condition.doubts] == doubts
    assert all(one.text and "{" not in one.text for one in condition.doubts)


def test_what_is_decided_has_no_doubts() -> None:
    condition = ask({"any": [said("день"), said(by="client")]}, ONE_SIDE).units[0].condition
    assert [one.verdict for one in conditions(condition)] == [2, 2, 1]
    assert [len(one.doubts) for one in conditions(condition)] == [0, 0, 1]


def test_a_measure_tells_its_value() -> None:
    rule = {"measure": {"what": "longest_silence_s", "at_most": 30}}
    measure = ask(rule, TALK).units[0].condition.measure
    assert measure is not None
    assert (measure.value, measure.at_least, measure.at_most) == (54, None, 30)


def test_another_topic_tells_its_verdict() -> None:
    explained = ask({"none": [{"topic": "topic-0"}]}, TALK, others=[said("деньги")])
    asked = explained.units[0].condition.children[0].topic
    assert asked is not None
    assert (asked.key, asked.verdict) == ("topic-0", Verdict.YES)
    assert explained.verdict is Verdict.NO


def test_facts_tell_what_was_told() -> None:
    talk = Talk(
        TALK.sounds,
        (Leg(1, 11, 0, 60_000, talked=True, heard=True, group="sales", employee="7"),),
        facts=ContactFacts(direction="inbound", group="support"),
    )
    rule = {"contact": {"direction": ["outbound"], "group": ["sales", "vip"], "result": ["busy"]}}
    facts = ask(rule, talk).units[0].condition.facts
    assert facts is not None
    assert [(fact.name, fact.told, fact.holds) for fact in facts] == [
        ("direction", ["inbound"], False),
        ("result", [], False),
        ("group", ["sales", "support"], True),
    ]
    assert facts[2].asked == ["sales", "vip"]


TRANSFERRED = Talk(
    [
        Sound(
            [
                say("operator: добрый день", at_ms=0),
                say("client: да", at_ms=2000),
                say("operator: верните деньги", at_ms=11_000),
                say("client: да", at_ms=13_000),
            ],
            legs=(0, 1),
        )
    ],
    (leg(1), leg(2)),
)


@pytest.mark.parametrize(
    ("scope", "legs", "verdicts"),
    [
        ("contact", [None], [2]),
        ("each_leg", [1, 2], [0, 2]),
        ("first_leg", [1], [0]),
        ("last_leg", [2], [2]),
    ],
)
def test_scopes(scope: str, legs: list[int | None], verdicts: list[int]) -> None:
    rule = {"any": [said("вернуть деньги", window={"first_s": 20})], "scope": scope}
    explained = ask(rule, TRANSFERRED)
    assert [unit.leg_id for unit in explained.units] == legs
    assert [unit.verdict for unit in explained.units] == verdicts
    assert explained.verdict == max(verdicts)
    found = [unit.condition.children[0].said for unit in explained.units]
    assert [one.found for one in found if one is not None] == [v // 2 for v in verdicts]


def test_legs_beyond_the_first_twenty_are_counted() -> None:
    legs = [leg(number) for number in range(1, 24)]
    talk = Talk([Sound([say("client: деньги", at_ms=225_000)], legs=tuple(range(23)))], legs)
    explained = ask(said("деньги") | {"scope": "each_leg"}, talk)
    assert (len(explained.units), explained.left_out) == (20, 3)
    assert explained.verdict is Verdict.YES


def test_paths_point_into_the_rule() -> None:
    rule = {"all": [{"any": [said("деньги"), {"not_said": {"phrases": ["да"]}}]}]}
    found = [one.path for one in conditions(ask(rule, TALK).units[0].condition)]
    assert found == ["rule", "rule.all[0]", "rule.all[0].any[0]", "rule.all[0].any[1]"]


def test_findings_have_the_words_as_people_see_them() -> None:
    talk = Talk([Sound(say_all("client: Верните мои ДЕНЬГИ!", "operator: Деньги?"))])
    found = leaf(ask(said("деньги"), talk)).findings
    assert [(one.text, one.speaker) for one in found] == [
        ("ДЕНЬГИ!", Speaker.CLIENT),
        ("Деньги?", Speaker.OPERATOR),
    ]
