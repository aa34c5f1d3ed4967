"""What a process knows of one account's words: its lexicon, the expansions, and a few matchers."""

from collections import deque
from typing import NamedTuple

from services.topics.language.ruleset import RuleSet
from services.topics.matching.match import Matcher
from shared.db.session import Database
from shared.text.expansions import Expansions

# The rules that tagging goes by beside those of a run, while new calls keep coming.
KEPT = 3


class _Known(NamedTuple):
    rules: RuleSet
    unknown_is_anyone: bool
    words: int
    matcher: Matcher


class Matchers:
    """Matchers of one account's rule sets; not for use by several threads at once."""

    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._expansions = Expansions(account_id)
        self._known: deque[_Known] = deque(maxlen=KEPT)

    def of(self, rules: RuleSet, greatest: int, *, unknown_is_anyone: bool) -> Matcher:
        """A matcher of this very rule set that knows the words up to and including `greatest`.

        -1 asks for whatever words are known already.
        Reads and writes in transactions of its own: call it outside of any.
        """
        for known in self._known:
            if known.rules is rules and known.unknown_is_anyone is unknown_is_anyone:
                if greatest < known.words:
                    return known.matcher
                self._known.remove(known)
                break
        expansions = self._expansions.of(self._database, rules.terms, greatest)
        matcher = Matcher(rules, expansions, unknown_is_anyone=unknown_is_anyone)
        words = len(self._expansions.copy)
        self._known.append(_Known(rules, unknown_is_anyone, words, matcher))
        return matcher
