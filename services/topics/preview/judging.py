"""Judges an unsaved rule on calls, block by block, so that other threads get their turn."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np

from services.topics.language.rule import Rule
from services.topics.language.ruleset import RuleSet, Topic
from services.topics.language.said import By
from services.topics.language.verdict import Verdict
from services.topics.marking import speech_store
from services.topics.matching.batch import Batch, lay_out
from services.topics.matching.doubt import sides_that_count
from services.topics.matching.match import Hit, Judged, Matcher
from services.topics.matching.speech import Speech
from shared.db.session import Database
from shared.text.draft_expansions import DraftExpansions, draft_expansions_of
from shared.text.expansion import Matches
from shared.text.terms import Term

BLOCK = 1024
"""Calls judged between two turns of other threads: some 25 ms, and 7 MB of words."""


@dataclass
class Tally:
    """Verdicts so far; ids of the newest calls with a yes and with a no, the newest first."""

    yes: int = 0
    no: int = 0
    undecidable: int = 0
    not_judged: int = 0
    newest_yes: list[int] = field(default_factory=list)
    newest_no: list[int] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How many were looked at."""
        return self.yes + self.no + self.undecidable + self.not_judged


class Previewing:
    """One rule, with the rules in force that it asks about, over the calls of one account.

    `greatest` is the greatest word number to begin with; a call that came later brings its own.
    """

    def __init__(
        self,
        database: Database,
        account_id: int,
        rule: Rule,
        others: RuleSet,
        *,
        greatest: int,
        unknown_is_anyone: bool,
    ) -> None:
        self.rule = rule
        self._database = database
        self._account_id = account_id
        self._others = others
        self._greatest = greatest
        self._unknown_is_anyone = unknown_is_anyone
        self._draft_expansions: DraftExpansions = draft_expansions_of(database, account_id)
        # No topic's key has a colon.
        self._rules = self.beside([Topic(0, 0, ":", rule)])
        self._matcher = self.matcher(self._rules)

    @property
    def forms(self) -> Sequence[str]:
        """Words by their numbers."""
        return self._draft_expansions.copy.forms

    def sides(self, by: By) -> int:
        """Whose words answer a condition about `by`."""
        return int(sides_that_count(by, unknown_is_anyone=self._unknown_is_anyone))

    def beside(self, topics: Sequence[Topic]) -> RuleSet:
        """Topics together with those that the rule asks about, which come first."""
        return RuleSet((*self._others.topics, *topics), self._others.revision)

    @property
    def first(self) -> int:
        """Place of the first topic that stands beside those the rule asks about."""
        return len(self._others.topics)

    def matcher(self, rules: RuleSet) -> Matcher:
        """A matcher that knows every word met so far."""
        return Matcher(rules, self.expansions(rules), unknown_is_anyone=self._unknown_is_anyone)

    def expansions(self, rules: RuleSet) -> dict[Term, Matches]:
        """What the terms of rules stand for."""
        return self._draft_expansions.of(self._database, rules.terms, self._greatest)

    def tally(
        self,
        contact_ids: Sequence[int],
        *,
        most_yes: int,
        most_no: int,
        is_wanted: Callable[[], bool],
    ) -> Tally:
        """Judge the calls in their order; less of them as soon as nobody waits for it."""
        tally = Tally()
        for block, speech in self._blocks(contact_ids):
            batch = self._batch(speech)
            verdicts = self._matcher.judge(batch).verdicts[self.first]
            recordings = np.bincount(batch.speech.recordings.contact, minlength=len(batch))
            undecidable = verdicts == Verdict.UNDECIDABLE
            tally.yes += int(np.count_nonzero(verdicts == Verdict.YES))
            tally.no += int(np.count_nonzero(verdicts == Verdict.NO))
            tally.undecidable += int(np.count_nonzero(undecidable & (recordings > 0)))
            tally.not_judged += int(np.count_nonzero(undecidable & (recordings == 0)))
            of_id = dict(zip(batch.speech.contact_id.tolist(), verdicts.tolist(), strict=True))
            for ids, most, wanted in (
                (tally.newest_yes, most_yes, Verdict.YES),
                (tally.newest_no, most_no, Verdict.NO),
            ):
                newer = [one for one in block if of_id.get(one) == wanted]
                ids.extend(newer[: most - len(ids)])
            if not is_wanted():
                break
            # Compiled loops let go of the interpreter, what lies between them does not.
            time.sleep(0)
        return tally

    def read(self, contact_ids: Sequence[int]) -> Batch:
        """Calls with everything that hits need."""
        return self._batch(self._speech(contact_ids, words=True))

    def judge(self, batch: Batch) -> Judged:
        """What the rule, at the place `first`, says of calls."""
        return self._matcher.judge(batch)

    def _blocks(self, contact_ids: Sequence[int]) -> Iterator[tuple[Sequence[int], Speech]]:
        """Calls block by block; each is read while the one before is judged."""
        blocks = [contact_ids[at : at + BLOCK] for at in range(0, len(contact_ids), BLOCK)]
        with ThreadPoolExecutor(1) as reader:
            reads = [reader.submit(self._speech, block, words=False) for block in blocks[:1]]
            for block, following in zip_longest(blocks, blocks[1:]):
                speech = reads.pop().result()
                if following is not None:
                    reads.append(reader.submit(self._speech, following, words=False))
                yield block, speech

    def _speech(self, contact_ids: Sequence[int], *, words: bool) -> Speech:
        with self._database.read() as connection:
            return speech_store.read_speech(
                connection,
                account_id=self._account_id,
                contact_ids=contact_ids,
                facts=self._rules.asks_facts,
                words=words,
                sift=self._matcher.sift if self._matcher.sifts and not words else None,
            )

    def _batch(self, speech: Speech) -> Batch:
        if speech.tokens.max_word_no > self._greatest:
            self._greatest = speech.tokens.max_word_no
            self._matcher = self.matcher(self._rules)
        return lay_out(speech)


def offset_ms(batch: Batch, hit: Hit) -> int:
    """Where the hit's recording begins on its contact's clock."""
    recordings = batch.speech.recordings
    return int(recordings.offset_ms[recordings.recording_id == hit.recording_id][0])
