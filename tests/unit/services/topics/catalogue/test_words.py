"""Where words and topics stand in a rule."""

from services.topics.catalogue.places import placed_leaves, placed_topics
from services.topics.catalogue.words import words_of, written
from services.topics.language.rule import parse_rule

RULE = parse_rule(
    {
        "all": [
            {"topic": "greeting"},
            {
                "said": {
                    "phrases": ["!купить {окно|дверь}", "скидк* 10"],
                    "excluding": ["купить билет"],
                    "window": {
                        "after": {"said": {"phrases": ["добрый день"]}},
                        "before": {"topic": "goodbye"},
                        "same_utterance": {"phrases": ["купить"]},
                    },
                }
            },
            {
                "none": [
                    {
                        "measure": {
                            "what": "longest_silence_s",
                            "at_least": 5.0,
                            "window": {"after": {"said": {"phrases": ["минуту"]}}},
                        }
                    },
                    {"not_said": {"phrases": ["купить окно"]}},
                ]
            },
        ]
    }
)


def test_every_leaf_has_its_path() -> None:
    assert [path for path, _ in placed_leaves(RULE)] == [
        "rule.all[1].said",
        "rule.all[1].said.window.after.said",
        "rule.all[1].said.window.same_utterance",
        "rule.all[2].none[0].measure.window.after.said",
        "rule.all[2].none[1].not_said",
    ]
    assert {id(leaf) for _, leaf in placed_leaves(RULE)} == {id(leaf) for leaf in RULE.leaves()}


def test_every_topic_has_its_path() -> None:
    found = list(placed_topics(RULE))
    assert found == [
        ("rule.all[0].topic", "greeting"),
        ("rule.all[1].said.window.before.topic", "goodbye"),
    ]
    assert {key for _, key in found} == RULE.topics()


def test_words_are_counted_once_and_placed_everywhere() -> None:
    found = {written(term): places for term, places in words_of(RULE).items()}
    assert list(found) == [
        "!купить", "окно", "дверь", "скидк*", "10", "купить", "билет", "добрый", "день", "минуту",
    ]  # fmt: skip
    assert [(place.path, place.phrase) for place in found["окно"]] == [
        ("rule.all[1].said.phrases[0]", "!купить {окно|дверь}"),
        ("rule.all[2].none[1].not_said.phrases[0]", "купить окно"),
    ]
    assert [place.path for place in found["купить"]] == [
        "rule.all[1].said.excluding[0]",
        "rule.all[1].said.window.same_utterance.phrases[0]",
        "rule.all[2].none[1].not_said.phrases[0]",
    ]
