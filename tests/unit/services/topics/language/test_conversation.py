"""An example conversation lies in time as its lines say."""

from typing import Any

import pytest

from services.topics.language.conversation import read_conversation
from services.topics.language.rule import parse_rule
from services.topics.language.verdict import Verdict
from services.topics.matching.examples import judge_example
from shared.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "times_ms", "legs_ms"),
    [
        pytest.param("client: да", [(0, 400)], [(0, 900)], id="one-word"),
        pytest.param(
            "client: да нет\noperator: ну", [(0, 800), (1300, 1700)], [(0, 2200)], id="two-lines"
        ),
        pytest.param(
            "client: да\n[+20s] client: нет", [(0, 400), (20_400, 20_800)], [(0, 21_300)],
            id="pause",
        ),
        pytest.param("[+5s] client: да", [(5000, 5400)], [(0, 5900)], id="pause-before-all"),
        pytest.param(
            "client: да\n[+1s]\n[+2s] client: нет", [(0, 400), (3400, 3800)], [(0, 4300)],
            id="pauses-add-up",
        ),
        pytest.param("client: да\n[+20s]", [(0, 400)], [(0, 20_400)], id="silence-at-the-end"),
        pytest.param(
            "client: раз два три\n[-0.5s] operator: да\nclient: ну",
            [(0, 1200), (700, 1100), (1700, 2100)], [(0, 2600)], id="overlap",
        ),
        pytest.param(
            "client: да\n[transfer]\noperator: ну", [(0, 400), (900, 1300)], [(0, 400), (400, 1800)],
            id="two-legs",
        ),
    ],
)  # fmt: skip
def test_times(text: str, times_ms: list[tuple[int, int]], legs_ms: list[tuple[int, int]]) -> None:
    conversation = read_conversation(text)
    assert [(one.start_ms, one.end_ms) for one in conversation.utterances] == times_ms
    assert list(conversation.legs_ms) == legs_ms
    assert conversation.length_ms == legs_ms[-1][1]


def test_a_silent_side_is_heard_on_every_leg() -> None:
    conversation = read_conversation("client: да\n[transfer]\noperator: ну")
    added = conversation.with_both_sides()[2:]
    assert [(str(one.speaker), one.start_ms) for one in added] == [("operator", 0), ("client", 400)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "at least one line", id="nothing"),
        pytest.param("[+5s]", "at least one line", id="only-silence"),
        pytest.param("верните деньги", "is not a line", id="no-speaker"),
        pytest.param("client:", "is not a line", id="no-words"),
        pytest.param("unknown: да", "is not a line", id="unknown-speaker"),
        pytest.param("[+5] client: да", "is not a line", id="no-unit"),
        pytest.param("[-1s] client: да", "is not a line", id="before-the-beginning"),
        pytest.param("[+3601s] client: да", "more than 3600 s", id="too-long-a-pause"),
        pytest.param("[transfer]\nclient: да", "before the [transfer]", id="empty-leg"),
        pytest.param("client: да да\n[-0.5s] client: нет", "has finished", id="over-oneself"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=r".") as refused:
        read_conversation(text)
    assert reason in refused.value.detail


@pytest.mark.parametrize(
    ("rule", "example", "expected"),
    [
        pytest.param(
            {"measure": {"what": "longest_silence_s", "at_least": 20}},
            "operator: минуту\n[+20s] operator: нашла", Verdict.YES, id="pause",
        ),
        pytest.param(
            {"measure": {"what": "interruptions", "by": "operator", "at_least": 1}},
            "client: я вчера заказал у вас\n[-1s] operator: назовите номер заказа", Verdict.YES,
            id="overlap",
        ),
        pytest.param(
            {"scope": "last_leg", "said": {"phrases": ["да"]}},
            "client: да\n[transfer]\nclient: нет", Verdict.NO, id="leg",
        ),
    ],
)  # fmt: skip
def test_examples_are_judged_as_they_are_read(
    rule: dict[str, Any], example: str, expected: Verdict
) -> None:
    assert judge_example(parse_rule(rule), example) is expected
