"""Judges the contacts of a chunk by the pinned rules."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, String, cast, func, select

from services.topics.language.dependencies import prerequisites
from services.topics.language.ruleset import RuleSet
from services.topics.language.verdict import Verdict
from services.topics.marking import speech_store
from services.topics.marking.difference import Evidence, Pair
from services.topics.marking.store import RULE, unknown_is_anyone
from services.topics.marking.tagging import tagger_of
from services.topics.matching.batch import lay_out
from services.topics.matching.match import Judged
from services.topics.runs.comparing import Outcome
from services.topics.runs.memory import keep_freed_memory
from services.topics.runs.pinning import read_pinned
from services.topics.runs.spec import Pinned, RetagSpec
from shared.db.session import Database
from shared.db.tables import marks
from shared.runs.ids import Ids


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a chunk's contacts come out as, and the evidence of each yes that is due."""

    outcome: Outcome
    evidence: dict[Pair, list[Evidence]]


class Judge:
    """Judges by the rules of runs of one account in one process."""

    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._account_id = account_id
        self._matchers = tagger_of(database, account_id).matchers
        self._rules: deque[tuple[tuple[Pinned, ...], RuleSet]] = deque(maxlen=2)
        self._narrowed: deque[tuple[RuleSet, frozenset[int], RuleSet]] = deque(maxlen=2)

    def judge(
        self,
        spec: RetagSpec,
        contact_ids: Ids,
        due: NDArray[np.bool_],
        *,
        apply: bool,
    ) -> Judgement:
        """Judge contacts, in rising order, by the topics that are due on any of them.

        `due[topic, contact]` has the order of `spec.topics` and of `contact_ids`. Evidence is only
        looked for when `apply`.
        """
        needed = np.flatnonzero(due.any(axis=1))
        topic_ids = [spec.topics[place].topic_id for place in needed.tolist()]
        rules = self._narrow(self._rules_of(spec), topic_ids)
        place_of = {topic.topic_id: place for place, topic in enumerate(rules.topics)}
        places = [place_of[topic_id] for topic_id in topic_ids]
        with self._database.read() as connection:
            anyone = unknown_is_anyone(connection, self._account_id)
            marked = _marked(connection, self._account_id, topic_ids, contact_ids)
        ids, judged = self._judged(rules, contact_ids, anyone=anyone, hits=apply)
        due = due[needed]
        if len(ids) < len(contact_ids):
            still_there = np.isin(contact_ids, ids)
            due, marked = due[:, still_there], marked[:, still_there]
        outcome = Outcome(
            contact_ids=ids,
            topic_ids=topic_ids,
            due=due,
            stored=marked,
            verdicts=judged.verdicts[places],
        )
        return Judgement(outcome, dict(_evidence(outcome, judged, places)) if apply else {})

    def _judged(self, rules: RuleSet, ids: Ids, *, anyone: bool, hits: bool) -> tuple[Ids, Judged]:
        """Contacts that are still there, and what the rules say of them."""
        matcher = self._matchers.of(rules, -1, unknown_is_anyone=anyone)
        with self._database.read() as connection:
            speech = speech_store.read_speech(
                connection,
                account_id=self._account_id,
                contact_ids=ids.tolist(),
                facts=rules.asks_facts,
                words=hits,
                sift=matcher.sift if matcher.sifts else None,
            )
        matcher = self._matchers.of(rules, speech.tokens.max_word_no, unknown_is_anyone=anyone)
        return speech.contact_id, matcher.judge(lay_out(speech))

    def _rules_of(self, spec: RetagSpec) -> RuleSet:
        for pinned, rules in self._rules:
            if pinned == spec.pinned:
                return rules
        with self._database.read() as connection:
            rules = read_pinned(connection, self._account_id, spec)
        self._rules.append((spec.pinned, rules))
        return rules

    def _narrow(self, rules: RuleSet, topic_ids: Collection[int]) -> RuleSet:
        """The rules of the topics and of what they ask about: nothing else can change."""
        wanted = frozenset(topic_ids)
        for whole, known, narrow in self._narrowed:
            if whole is rules and known == wanted:
                return narrow
        asks = {topic.key: topic.rule.topics() for topic in rules.topics}
        keys = prerequisites(
            [topic.key for topic in rules.topics if topic.topic_id in wanted], asks
        )
        narrow = RuleSet(
            tuple(topic for topic in rules.topics if topic.key in keys), rules.revision
        )
        self._narrowed.append((rules, wanted, narrow))
        return narrow


@lru_cache(maxsize=16)
def judge_of(database: Database, account_id: int) -> Judge:
    """This process's judge of an account; the least used ones make room."""
    keep_freed_memory()
    return Judge(database, account_id)


def _marked(
    connection: Connection, account_id: int, topic_ids: Sequence[int], contact_ids: Ids
) -> NDArray[np.bool_]:
    """On which contacts a rule of each topic has set its mark; ids are in rising order.

    One text comes over: rows would take longer than judging does. A span of contacts is one walk
    along an index, which passes by those in between that are not asked for.
    """
    pairs = cast(marks.c.topic_id, String) + "," + cast(marks.c.contact_id, String)
    text = connection.execute(
        select(func.aggregate_strings(pairs, ",")).where(
            marks.c.account_id == account_id,
            marks.c.origin == RULE,
            marks.c.topic_id.in_(topic_ids),
            marks.c.contact_id.between(int(contact_ids[0]), int(contact_ids[-1])),
        )
    ).scalar_one()
    found = np.fromstring(text or "", np.int64, sep=",").reshape(-1, 2)
    places = np.searchsorted(topic_ids, found[:, 0])
    at = np.searchsorted(contact_ids, found[:, 1])
    asked = contact_ids[at] == found[:, 1]
    marked = np.zeros((len(topic_ids), len(contact_ids)), np.bool_)
    marked[places[asked], at[asked]] = True
    return marked


def _evidence(
    outcome: Outcome, judged: Judged, places: list[int]
) -> Iterator[tuple[Pair, list[Evidence]]]:
    yes = outcome.due & (outcome.verdicts == Verdict.YES)
    for topic, contact in np.argwhere(yes).tolist():
        pair = int(outcome.contact_ids[contact]), outcome.topic_ids[topic]
        yield pair, [Evidence(hit) for hit in judged.hits(places[topic], contact)]
