"""Judges one contact by the rules in force; what a process learns of an account it keeps."""

from collections.abc import Callable
from functools import lru_cache

from sqlalchemy import Connection

from services.topics.language.ruleset import RuleSet
from services.topics.language.verdict import Verdict
from services.topics.marking import speech_store, store
from services.topics.marking.difference import Evidence, Pair, difference
from services.topics.marking.mark_store import read_rule_marks, write_changes
from services.topics.marking.matchers import Matchers
from services.topics.marking.undecided import store_undecided
from services.topics.matching.batch import lay_out
from services.topics.matching.match import Hit
from services.topics.matching.speech import Speech
from shared.contacts.changes import Changed, note_changes
from shared.db.session import Database
from shared.queue import jobs


class Tagger:
    """One account's rules and expansions in one process; not for use by several threads at once."""

    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._account_id = account_id
        self._rules: RuleSet | None = None
        self.matchers = Matchers(database, account_id)
        """Shared with the runs that this process works on."""

    def tag(self, contact_id: int) -> Callable[[Connection], None]:
        """Judge a contact and return what stores its marks inside the caller's transaction.

        A contact that does not exist any more leaves nothing.
        """
        with self._database.read() as connection:
            rules = self._current_rules(connection)
            anyone = store.unknown_is_anyone(connection, self._account_id)
            speech = speech_store.read_speech(
                connection,
                account_id=self._account_id,
                contact_ids=[contact_id],
                facts=rules.asks_facts,
            )
        found: dict[Pair, list[Evidence]] = {}
        undecided: list[int] = []
        if len(speech):
            found, undecided = self._judge(rules, speech, unknown_is_anyone=anyone)

        def finish(connection: Connection) -> None:
            if not store.lock_contact(
                connection, account_id=self._account_id, contact_id=contact_id
            ):
                return
            if store.rules_revision(connection, self._account_id) != rules.revision:
                # A run may have judged it by newer rules: these must not have the last word.
                jobs.ask(connection, account_id=self._account_id, kind="tag", subject_id=contact_id)
                return
            self._store(connection, contact_id, rules, found, undecided)

        return finish

    def _store(
        self,
        connection: Connection,
        contact_id: int,
        rules: RuleSet,
        found: dict[Pair, list[Evidence]],
        undecided: list[int],
    ) -> None:
        versions = {topic.topic_id: topic.version_id for topic in rules.topics}
        stored = read_rule_marks(
            connection,
            account_id=self._account_id,
            contact_ids=[contact_id],
            topic_ids=list(versions),
        )
        changes = difference(stored, found, versions)
        changed = write_changes(connection, self._account_id, changes)
        store.stamp_tagged(
            connection,
            account_id=self._account_id,
            contact_id=contact_id,
            revision=rules.revision,
        )
        store_undecided(
            connection,
            account_id=self._account_id,
            judged=list(versions),
            undecided={contact_id: undecided},
        )
        note_changes(connection, self._account_id, changed, Changed.TOPICS)

    def _current_rules(self, connection: Connection) -> RuleSet:
        revision = store.rules_revision(connection, self._account_id)
        if self._rules is None or self._rules.revision != revision:
            self._rules = store.read_rules(connection, self._account_id)
        return self._rules

    def _judge(
        self, rules: RuleSet, speech: Speech, *, unknown_is_anyone: bool
    ) -> tuple[dict[Pair, list[Evidence]], list[int]]:
        """The evidence of the topics that say yes, and ids of those left open."""
        matcher = self.matchers.of(
            rules, speech.tokens.max_word_no, unknown_is_anyone=unknown_is_anyone
        )
        judged = matcher.judge(lay_out(speech))
        contact_id = int(speech.contact_id[0])
        found = {
            (contact_id, topic.topic_id): judged.hits(place, 0)
            for place, topic in enumerate(rules.topics)
            if judged.contacts_of(place)
        }
        undecided = [
            topic.topic_id
            for topic, verdict in zip(rules.topics, judged.verdicts[:, 0], strict=True)
            if verdict == Verdict.UNDECIDABLE
        ]
        return self._with_text(found), undecided

    def _with_text(self, found: dict[Pair, list[Hit]]) -> dict[Pair, list[Evidence]]:
        recording_ids = {hit.recording_id for own in found.values() for hit in own}
        with self._database.read() as connection:
            words = speech_store.read_displayed_words(
                connection, account_id=self._account_id, recording_ids=recording_ids
            )
        return {
            pair: [Evidence(hit).with_text(words.get(hit.recording_id, [])) for hit in own]
            for pair, own in found.items()
        }


@lru_cache(maxsize=16)
def tagger_of(database: Database, account_id: int) -> Tagger:
    """This process's tagger of an account; the least used ones make room."""
    return Tagger(database, account_id)
