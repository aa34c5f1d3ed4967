"""Stored expansions of an account's terms, and the lexicon copy that they are extended over."""

from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import Database
from shared.db.tables import expansions
from shared.text.analyser import analyser_version
from shared.text.expansion import NO_MATCHES, Matches, Stretch, expand
from shared.text.lexicon import LexiconCopy
from shared.text.terms import Term

# A stored expansion may lag so many words: comparing them again is cheaper than a row written for
# every term whenever one new word is met.
STORED_LAG = 1000
KEYS_PER_STATEMENT = 500


def stored_matches(
    connection: Connection, account_id: int, terms: Collection[Term]
) -> dict[Term, Matches]:
    """What is stored of the terms, each as far as the lexicon was compared."""
    keys = {term.key(analyser_version()): term for term in terms}
    wanted = list(keys)
    found: dict[Term, Matches] = {}
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        rows = connection.execute(
            select(expansions).where(
                expansions.c.account_id == account_id,
                expansions.c.key.in_(wanted[start : start + KEYS_PER_STATEMENT]),
            )
        )
        for row in rows:
            found[keys[row.key]] = Matches(
                np.frombuffer(row.word_nos, "<u4").astype(np.uint32),
                np.frombuffer(row.scores, np.uint8),
                row.up_to,
            )
    return found


class Expansions:
    """One process's expansions of one account's terms; not for use by several threads at once."""

    def __init__(self, account_id: int) -> None:
        self.copy = LexiconCopy(account_id)
        self._account_id = account_id
        self._matches: dict[Term, Matches] = {}
        self._stored_up_to: dict[Term, int] = {}

    def of(self, database: Database, terms: Collection[Term], greatest: int) -> dict[Term, Matches]:
        """Expansions of the terms, complete for word numbers up to and including `greatest`.

        Reads in one short transaction and stores what grew in another; call it outside of any.
        """
        with database.read() as connection:
            self.copy.reach(connection, greatest)
            self._load(connection, [term for term in terms if term not in self._matches])
        self._extend(terms)
        late = [term for term in terms if self._is_late(term)]
        if late:
            with database.write() as connection:
                self._save(connection, late)
            self._stored_up_to |= {term: self._matches[term].up_to for term in late}
        return {term: self._matches[term] for term in terms}

    def _load(self, connection: Connection, terms: list[Term]) -> None:
        stored = stored_matches(connection, self._account_id, terms)
        self._matches |= stored
        self._stored_up_to |= {term: found.up_to for term, found in stored.items()}

    def _extend(self, terms: Collection[Term]) -> None:
        size = len(self.copy)
        stretches: dict[int, Stretch] = {}
        for term in terms:
            known = self._matches.setdefault(term, NO_MATCHES)
            # Another process may have seen more of the lexicon when it stored this.
            if known.up_to >= size:
                continue
            stretch = stretches.get(known.up_to)
            if stretch is None:
                stretch = Stretch(self.copy.forms[known.up_to :], known.up_to)
                stretches[known.up_to] = stretch
            self._matches[term] = known.extended(expand(term, stretch))

    def _is_late(self, term: Term) -> bool:
        up_to = self._matches[term].up_to
        stored = self._stored_up_to.get(term)
        return up_to > 0 and (stored is None or up_to - stored >= STORED_LAG)

    def _save(self, connection: Connection, terms: list[Term]) -> None:
        upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        # In the order of keys, so that two processes that store the same terms cannot deadlock.
        rows = [
            {
                "account_id": self._account_id,
                "key": key,
                "up_to": self._matches[term].up_to,
                "word_nos": self._matches[term].word_nos.astype("<u4").tobytes(),
                "scores": self._matches[term].scores.tobytes(),
            }
            for key, term in sorted((term.key(analyser_version()), term) for term in terms)
        ]
        statement = upsert(expansions)
        longer = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=[expansions.c.account_id, expansions.c.key],
            set_={"up_to": longer.up_to, "word_nos": longer.word_nos, "scores": longer.scores},
            # The content follows from key and up_to alone: the longer one wins.
            where=expansions.c.up_to < longer.up_to,
        )
        connection.execute(statement, rows)
