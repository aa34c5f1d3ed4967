"""Expansions of terms that somebody is typing: kept in the process, never stored."""

from collections.abc import Collection
from functools import lru_cache
from itertools import islice
from threading import Lock

from shared.db.session import Database
from shared.text.expansion import NO_MATCHES, Matches, Stretch, expand
from shared.text.expansions import STORED_LAG, stored_matches
from shared.text.lexicon import LexiconCopy
from shared.text.terms import Term

MOST_TERMS = 20_000
"""Every letter typed makes new terms; those not asked for the longest go first."""


class DraftExpansions:
    """One process's expansions of any terms of one account; several threads may share it.

    New terms come all the time, so the indices of the whole lexicon are kept between calls.
    """

    def __init__(self, account_id: int) -> None:
        self.copy = LexiconCopy(account_id)
        self._stretches: list[Stretch] = []
        self._matches: dict[Term, Matches] = {}
        self._lock = Lock()

    def of(self, database: Database, terms: Collection[Term], greatest: int) -> dict[Term, Matches]:
        """Expansions of the terms, complete for word numbers up to and including `greatest`.

        Reads in one short transaction; call it outside of any.
        """
        with self._lock:
            with database.read() as connection:
                self.copy.reach(connection, greatest)
                known = stored_matches(
                    connection,
                    self.copy.account_id,
                    [term for term in terms if term not in self._matches],
                )
            self._index()
            tails: dict[int, Stretch] = {}
            for term in terms:
                # Taken out and put back: the dictionary's order is that of use.
                found = self._matches.pop(term, None) or known.get(term, NO_MATCHES)
                known[term] = self._matches[term] = self._complete(term, found, tails)
            for term in list(islice(self._matches, max(0, len(self._matches) - MOST_TERMS))):
                del self._matches[term]
            return {term: known[term] for term in terms}

    def _index(self) -> None:
        """Bring the stretches up to the end of the copy.

        Each stays more than twice as long as the next, so that a growing lexicon is seldom indexed
        anew and a term is compared with few stretches.
        """
        start = _end(self._stretches[-1]) if self._stretches else 0
        if start == len(self.copy):
            return
        while self._stretches and len(self._stretches[-1].forms) <= 2 * (len(self.copy) - start):
            start = self._stretches.pop().start
        self._stretches.append(Stretch(self.copy.forms[start:], start))

    def _complete(self, term: Term, known: Matches, tails: dict[int, Stretch]) -> Matches:
        # Over the indices a term is compared from its beginning sooner than over a long tail.
        if known.up_to + STORED_LAG < len(self.copy):
            known = NO_MATCHES
        for stretch in self._stretches:
            if _end(stretch) <= known.up_to:
                continue
            begin = max(stretch.start, known.up_to)
            if begin > stretch.start:
                if begin not in tails:
                    tails[begin] = Stretch(stretch.forms[begin - stretch.start :], begin)
                stretch = tails[begin]  # noqa: PLW2901 - the part of it that is not compared yet
            known = known.extended(expand(term, stretch))
        return known


@lru_cache(maxsize=16)
def draft_expansions_of(_database: Database, account_id: int) -> DraftExpansions:
    """This process's draft expansions of an account; the least used ones make room."""
    return DraftExpansions(account_id)


def _end(stretch: Stretch) -> int:
    return stretch.start + len(stretch.forms)
