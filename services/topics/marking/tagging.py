"""Judges one contact by the rules in force; what a process learns of an account it keeps."""

from collections.abc import Callable
from functools import lru_cache

from sqlalchemy import Connection

from services.topics.language.ruleset import RuleSet
from services.topics.marking import speech_store, store
from services.topics.marking.store import Evidence
from services.topics.matching.batch import ContactSpeech, make_batch
from services.topics.matching.match import Hit, Matcher
from shared.db.session import Database
from shared.text.expansions import Expansions


class Tagger:
    """One account's rules and expansions in one process; not for use by several threads at once."""

    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._account_id = account_id
        self._expansions = Expansions(account_id)
        self._rules: RuleSet | None = None
        self._matcher: tuple[RuleSet, bool, int, Matcher] | None = None

    def tag(self, contact_id: int) -> Callable[[Connection], None]:
        """Judge a contact and return what stores its marks inside the caller's transaction.

        A contact that does not exist any more leaves nothing.
        """
        with self._database.read() as connection:
            rules = self._current_rules(connection)
            anyone = store.unknown_is_anyone(connection, self._account_id)
            speech = speech_store.read_speech(
                connection, account_id=self._account_id, contact_id=contact_id
            )
        found = self._judge(rules, speech, unknown_is_anyone=anyone) if speech else {}

        def finish(connection: Connection) -> None:
            if not store.lock_contact(
                connection, account_id=self._account_id, contact_id=contact_id
            ):
                return
            store.store_marks(
                connection,
                account_id=self._account_id,
                contact_id=contact_id,
                rules=rules,
                found=found,
            )
            store.stamp_tagged(
                connection,
                account_id=self._account_id,
                contact_id=contact_id,
                revision=rules.revision,
            )

        return finish

    def _current_rules(self, connection: Connection) -> RuleSet:
        revision = store.rules_revision(connection, self._account_id)
        if self._rules is None or self._rules.revision != revision:
            self._rules = store.read_rules(connection, self._account_id)
        return self._rules

    def _judge(
        self, rules: RuleSet, speech: ContactSpeech, *, unknown_is_anyone: bool
    ) -> dict[int, list[Evidence]]:
        greatest = max((one.packed.max_word_no for one in speech.recordings), default=-1)
        matcher = self._matcher_for(rules, greatest, unknown_is_anyone=unknown_is_anyone)
        judged = matcher.judge(make_batch([speech]))
        found = {
            place: judged.hits(place, 0)
            for place in range(len(rules.topics))
            if judged.contacts_of(place)
        }
        return self._with_text(found)

    def _matcher_for(self, rules: RuleSet, greatest: int, *, unknown_is_anyone: bool) -> Matcher:
        known = self._matcher
        if (
            known is not None
            and known[0] is rules
            and known[1] is unknown_is_anyone
            and greatest < known[2]
        ):
            return known[3]
        expansions = self._expansions.of(self._database, rules.terms, greatest)
        matcher = Matcher(rules, expansions, unknown_is_anyone=unknown_is_anyone)
        self._matcher = (rules, unknown_is_anyone, len(self._expansions.copy), matcher)
        return matcher

    def _with_text(self, found: dict[int, list[Hit]]) -> dict[int, list[Evidence]]:
        words: dict[int, list[str]] = {}
        with self._database.read() as connection:
            for recording_id in {hit.recording_id for own in found.values() for hit in own}:
                words[recording_id] = speech_store.read_displayed_words(
                    connection, account_id=self._account_id, recording_id=recording_id
                )
        return {
            place: [Evidence(hit, _text(hit, words[hit.recording_id])) for hit in own]
            for place, own in found.items()
        }


@lru_cache(maxsize=16)
def tagger_of(database: Database, account_id: int) -> Tagger:
    """This process's tagger of an account; the least used ones make room."""
    return Tagger(database, account_id)


def _text(hit: Hit, words: list[str]) -> str:
    # A transcript replaced meanwhile has other words; then the contact is tagged once more.
    return " ".join(words[word] for word in hit.words if word < len(words))
