"""The packs on the true words of the sample calls: no missing topic, no false one, no trap."""

import json
from datetime import datetime
from typing import Any

import pytest

from services.topics.language.pack import PACKS_FOLDER, packs_of
from services.topics.language.verdict import Verdict
from services.topics.matching.at_hand import Leg
from services.topics.matching.speech import BOTH_SIDES, Sides
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word

from .speech import Sound, Talk, judge

CALLS = PACKS_FOLDER.parent / "samples" / "calls"
NAMES = sorted(path.parent.name for path in CALLS.glob("*/truth.json"))
TOPICS = [topic for language in ("ru", "en") for one in packs_of(language) for topic in one.topics]
SIDES = {"operator": Sides.OPERATOR, "client": Sides.CLIENT, "unknown": Sides.UNKNOWN}


def read(name: str, document: str) -> Any:
    found = CALLS / name / document
    return json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}


def talk_of(name: str) -> Talk:
    truth = read(name, "truth.json")
    call = next(
        json.loads(path.read_text(encoding="utf-8"))
        for path in (CALLS / name).glob("*.json")
        if path.name != "truth.json"
    )
    begin = datetime.fromisoformat(call["started_at"])

    def clock_ms(text: str) -> int:
        return int((datetime.fromisoformat(text) - begin).total_seconds() * 1000)

    order = [leg["external_id"] for leg in call["legs"]]
    recorded = {leg for one in call["recordings"] for leg in one["legs"]}
    legs = [
        Leg(
            n,
            None,
            clock_ms(leg["started_at"]),
            clock_ms(leg["ended_at"]),
            talked=True,
            heard=leg["external_id"] in recorded,
        )
        for n, leg in enumerate(call["legs"])
    ]
    sounds = []
    for described, said in zip(call["recordings"], truth["recordings"], strict=True):
        utterances = []
        audible = Sides.NOBODY
        for number, channel in enumerate(said["channels"]):
            audible |= SIDES[channel["speaker"]]
            for one in channel["utterances"]:
                words = tuple(
                    Word(w["text"], w["start_ms"], w["end_ms"], 1.0) for w in one["words"]
                )
                utterances.append(Utterance(Speaker(channel["speaker"]), number, words))
        places = tuple(order.index(leg) for leg in described["legs"])
        sounds.append(
            Sound(
                sorted(utterances, key=lambda one: one.start_ms),
                described["offset_ms"],
                said["duration_ms"],
                audible,
                places,
            )
        )
    internal = call.get("direction") == "internal"
    return Talk(
        sounds,
        legs,
        talkers=Sides.OPERATOR if internal else BOTH_SIDES,
        heard=bool(sounds) or bool(legs),
    )


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, int]]:
    """Verdict of every topic of the packs on every call, judged as one batch."""
    rules = [topic.rule.model_dump(exclude_none=True) for topic in TOPICS]
    judged = judge(rules, [talk_of(name) for name in NAMES]).verdicts
    keys = [topic.key for topic in TOPICS]
    return {
        name: dict(zip(keys, judged[:, n].tolist(), strict=True)) for n, name in enumerate(NAMES)
    }


@pytest.mark.parametrize("name", NAMES)
def test_topics_of_the_true_words(name: str, verdicts: dict[str, dict[str, int]]) -> None:
    truth = read(name, "truth.json")
    yes = sorted(key for key, verdict in verdicts[name].items() if verdict == Verdict.YES)
    assert yes == truth["expected_topics"]
    undecidable = {k for k, verdict in verdicts[name].items() if verdict == Verdict.UNDECIDABLE}
    assert set(truth["expected_undecidable"]) <= undecidable
