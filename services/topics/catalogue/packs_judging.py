"""Judges the topics of packs by their own examples, beside the topics of an account."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from services.topics.catalogue.asking import Catalogue, KnownTopic
from services.topics.catalogue.checking import Text, broken_examples
from services.topics.language.dependencies import in_order
from services.topics.language.pack import PackTopic, WrittenPack, refuse_misfits
from services.topics.matching import examples

JUDGED_KEPT = 2000
"""Topics whose faults are kept: a pack is checked, tried and imported one after the other."""

_STEP = re.compile(r"[^.\[\]]+")
_NO_TOPICS = Catalogue(0, {})


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """A topic of a pack and why it could not be put in force, as (where, reason)."""

    topic: PackTopic
    text: Text
    faults: Sequence[tuple[str, str]]


def judge_packs(packs: Sequence[WrittenPack], catalogue: Catalogue) -> list[JudgedTopic]:
    """Judge every topic in the order of the packs, as if those without faults were in force.

    Raises InvalidInput when the topics cannot be used together or with those of the catalogue.
    """
    refuse_unfit(packs, catalogue)
    written = {
        topic.key: (pack, number, topic)
        for pack in packs
        for number, topic in enumerate(pack.pack.topics)
    }
    judged: dict[str, JudgedTopic] = {}
    for key in in_order({key: topic.rule.topics() for key, (_, _, topic) in written.items()}):
        pack, number, topic = written[key]
        text = text_of(topic)
        faults = [
            (pack.where(("topics", number, *_steps(path))), reason)
            for path, reason in _faults(text, key, catalogue)
        ]
        judged[key] = JudgedTopic(topic, text, faults)
        if not faults:
            catalogue = _with(catalogue, topic)
    return [judged[key] for key in written]


def refuse_unfit(packs: Sequence[WrittenPack], catalogue: Catalogue) -> None:
    """InvalidInput when the packs' topics cannot be used together or with the catalogue's."""
    refuse_misfits(
        packs,
        {
            key: known.rule.topics() if known.rule is not None else frozenset()
            for key, known in catalogue.topics.items()
        },
    )


def catalogue_of(packs: Sequence[WrittenPack]) -> Catalogue:
    """The catalogue of an account that has these packs in force and nothing else."""
    catalogue = _NO_TOPICS
    for pack in packs:
        for topic in pack.pack.topics:
            catalogue = _with(catalogue, topic)
    return catalogue


def text_of(topic: PackTopic) -> Text:
    """What a version of the topic would hold."""
    return Text(topic.rule, topic.should_match, topic.should_not_match)


def _faults(text: Text, key: str, catalogue: Catalogue) -> Sequence[tuple[str, str]]:
    if not text.rule.topics():
        return _broken_alone(text)
    # What is missing cannot be judged.
    return tuple(catalogue.missing(text.rule, key)) or tuple(broken_examples(text, catalogue))


@lru_cache(maxsize=JUDGED_KEPT)
def _broken_alone(text: Text) -> Sequence[tuple[str, str]]:
    return tuple(
        examples.broken_examples(
            text.rule, should_match=text.should_match, should_not_match=text.should_not_match
        )
    )


def _with(catalogue: Catalogue, topic: PackTopic) -> Catalogue:
    """The catalogue with the topic's rule in force; one that is switched off or archived stays so."""
    known = catalogue.topics.get(topic.key) or KnownTopic(
        topic_id=0,
        key=topic.key,
        name=topic.name,
        active=True,
        archived=False,
        version_id=None,
        rule=None,
    )
    return replace(
        catalogue, topics={**catalogue.topics, topic.key: replace(known, rule=topic.rule)}
    )


def _steps(path: str) -> list[int | str]:
    """The parts of a path such as `should_match[2]`."""
    return [int(part) if part.isdecimal() else part for part in _STEP.findall(path)]
