"""Explains what a rule says of one contact: the tree of its conditions on each unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.topics.explaining.doubts import Doubts
from services.topics.explaining.findings import Findings
from services.topics.explaining.nodes import make_node, make_places
from services.topics.explaining.schemas import AskedTopicOut, UnitOut
from services.topics.explaining.searched import Searching
from services.topics.explaining.telling import Telling
from services.topics.language.rule import Rule, Scope
from services.topics.language.ruleset import RuleSet
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import lay_out
from services.topics.matching.doubt import sides_that_count
from services.topics.matching.match import Matcher
from services.topics.matching.speech import Speech
from shared.text.expansion import Stretch, expand

MOST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A rule and the contact that it is explained on.

    `others` are the rules in force that it asks about, `names` the names of topics by key. `speech`
    holds the contact alone, with the facts of it; `forms` are its words by number, and `displayed`
    as people see them, by recording.
    """

    rule: Rule
    others: RuleSet
    names: Mapping[str, str]
    speech: Speech
    forms: Mapping[int, str]
    displayed: Mapping[int, Sequence[str]]
    unknown_is_anyone: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """The verdict with the tree on each unit; `left_out` counts legs beyond those shown."""

    verdict: Verdict
    units: list[UnitOut]
    left_out: int


def explain(question: Question) -> Explained:
    """Judge the contact by every condition of the rule, and say what each went by."""
    anyone = question.unknown_is_anyone
    root = make_node(question.rule)
    places = make_places(root, question.rule.scope, len(question.others.topics))
    rules = RuleSet((*question.others.topics, *places.topics), question.others.revision)
    speech, forms = _over_own_words(question.speech, question.forms)
    stretch = Stretch(forms, 0)
    expansions = {term: expand(term, stretch) for term in rules.terms}
    batch = lay_out(speech)
    judged = Matcher(rules, expansions, unknown_is_anyone=anyone).judge(batch)
    topics = {
        topic.key: AskedTopicOut(
            topic_id=topic.topic_id,
            key=topic.key,
            name=question.names[topic.key],
            verdict=Verdict(verdict),
        )
        for topic, verdict in zip(
            question.others.topics, judged.verdicts[:, 0].tolist(), strict=False
        )
    }
    undecided = {key for key, one in topics.items() if one.verdict is Verdict.UNDECIDABLE}
    searching = Searching(
        batch,
        by_legs=question.rule.scope is not Scope.CONTACT,
        sides_of=lambda by: int(sides_that_count(by, unknown_is_anyone=anyone)),
    )
    telling = Telling(
        batch,
        judged,
        places,
        searching,
        Findings(batch, judged, places, searching, question.displayed, expansions, forms),
        Doubts(batch, anyone, frozenset(undecided)),
        topics,
    )
    units = judged.rule(places.of_key[root.path]).units_of(0).tolist()
    return Explained(
        verdict=Verdict(int(judged.verdicts[places.of_key[root.path], 0])),
        units=[telling.unit(root, unit, n) for n, unit in enumerate(units[:MOST_UNITS])],
        left_out=max(0, len(units) - MOST_UNITS),
    )


def _over_own_words(speech: Speech, forms: Mapping[int, str]) -> tuple[Speech, list[str]]:
    """The speech over a lexicon of just its own words: what a term means of one word does not
    depend on the others.
    """
    numbers, ids = np.unique(speech.tokens.ids, return_inverse=True)
    tokens = replace(speech.tokens, ids=ids.astype(np.uint32))
    return replace(speech, tokens=tokens), [forms.get(number, "") for number in numbers.tolist()]
