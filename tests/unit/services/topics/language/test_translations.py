"""What rules of other systems can state can be stated here, but for the kinds that we refuse."""

from typing import Any

import pytest
import yaml

from services.topics.language.rule import parse_rule
from services.topics.language.verdict import Verdict
from shared.errors import InvalidInput
from tests.unit.services.topics.matching.conversations import read_talk
from tests.unit.services.topics.matching.speech import judge

from .translations import Translation, amazon, google, mango, queries, speechsense

ALL = [*mango.ALL, *amazon.ALL, *google.ALL, *speechsense.ALL, *queries.ALL]
CASES = [
    pytest.param(one, text, expected, id=f"{one.name}-{expected.name.lower()}-{number}")
    for one in ALL
    for expected, texts in ((Verdict.YES, one.should), (Verdict.NO, one.should_not))
    for number, text in enumerate(texts)
]

REFUSED = [
    pytest.param(
        {"sentiment": {"by": "client", "is": "negative", "last_percent": 20}},
        "amazon, google: a model's guess, of which no word is the evidence",
        id="sentiment",
    ),
    pytest.param(
        {"emotion": {"by": "client", "is": "anger"}},
        "mango, voci: a guess about a person from the voice; telephone sound does not carry it",
        id="emotion",
    ),
    pytest.param(
        {"gender": {"of": "client", "is": "female"}},
        "voci: a guess about a person that no rule may need",
        id="gender",
    ),
    pytest.param(
        {"semantic": {"like": "хочет вернуть товар", "probability": 0.9}},
        "speechsense, contact lens, google: two runs may differ, and a `no` cannot be explained",
        id="semantic",
    ),
    pytest.param(
        {"prompt": {"ask": "Был ли клиент недоволен?"}},
        "mango, twilio: like semantic, and every call leaves the house",
        id="llm",
    ),
    pytest.param(
        {"said": {"phrases": ["возврат"], "boost": 2}},
        "verint: a topic is set or not; there is no ranking to lift",
        id="boost",
    ),
    pytest.param(
        {"said": {"regex": ["верн(уть|ите).*ден(ьги|ег)"]}},
        "paperless: words are matched as numbers of the lexicon, and there is no text to scan; "
        "{…|…}, * and <n> say the rest",
        id="regular-expression",
    ),
]


@pytest.mark.parametrize(("one", "text", "expected"), CASES)
def test_fires_as_the_original(one: Translation, text: str, expected: Verdict) -> None:
    written = [*one.others.values(), one.rule]
    rules = [yaml.safe_load(rule) for rule in written]
    keys = {key: f"topic-{number}" for number, key in enumerate(one.others)}
    judged = judge([renamed(rule, keys) for rule in rules], [read_talk(text)])
    assert Verdict(int(judged.verdicts[-1, 0])) is expected


def renamed(rule: Any, keys: dict[str, str]) -> Any:
    """The rule with the keys that `judge` gives its topics."""
    if isinstance(rule, dict):
        return {
            name: keys[value] if name == "topic" else renamed(value, keys)
            for name, value in rule.items()
        }
    return [renamed(item, keys) for item in rule] if isinstance(rule, list) else rule


def test_every_source_is_translated() -> None:
    sources = {"mango", "amazon", "google", "speechsense", "verint", "voci", "paperless"}
    assert {one.name.partition("-")[0] for one in ALL} == sources
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize(("rule", "why"), REFUSED)
def test_refused_kinds(rule: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rule(rule)
    assert "there is no such field here" in refused.value.detail, why
