"""Asks for explanations of conversations in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.topics.explaining.explain import Explained, Question, explain
from services.topics.explaining.schemas import ConditionOut, NearMissOut, SaidOut
from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import Topic, make_rule_set
from services.topics.matching.at_hand import make_batch
from tests.unit.services.topics.matching.speech import Sound, Talk, make_contacts, say_all


def ask(
    rule: Mapping[str, Any],
    talk: Talk,
    *,
    others: Sequence[Mapping[str, Any]] = (),
    unknown_is_anyone: bool = False,
) -> Explained:
    """Explain a rule on a contact; `others` are the topics `topic-0`, `topic-1`, … it may ask."""
    contacts, forms = make_contacts([talk])
    topics = [Topic(n, n, f"topic-{n}", parse_rule(one)) for n, one in enumerate(others)]
    displayed = {
        100 + n: [word.text for utterance in sound.said for word in utterance.words]
        for n, sound in enumerate(talk.sounds)
    }
    return explain(
        Question(
            rule=parse_rule(rule),
            others=make_rule_set(topics, revision=1),
            names={topic.key: topic.key for topic in topics},
            speech=make_batch(contacts).speech,
            forms=dict(enumerate(forms)),
            displayed=displayed,
            unknown_is_anyone=unknown_is_anyone,
        )
    )


def both(*lines: str) -> Talk:
    """A call on which both sides are heard, the lines one after the other."""
    return Talk([Sound(say_all(*lines, "operator: ъъ", "client: ъъ"))])


def leaf(explained: Explained) -> SaidOut:
    """The leaf that the rule consists of, on its first unit."""
    found = explained.units[0].condition.said
    assert found is not None
    return found


def miss(rule: Mapping[str, Any], talk: Talk) -> NearMissOut:
    """What the leaf that the rule consists of nearly found."""
    found = leaf(ask(rule, talk)).nearest
    assert found is not None
    return found


def conditions(condition: ConditionOut) -> list[ConditionOut]:
    """A condition and everything below it."""
    return [condition, *(one for child in condition.children for one in conditions(child))]
