"""Words recognised in an account: which words of a rule were never among them, and what is near."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, select

from shared.db.session import Database
from shared.db.tables import lexicon, lexicon_counters
from shared.text.draft_expansions import draft_expansions_of
from shared.text.terms import NO_TOLERANCE, Term

MOST_LOOKED_UP = 20
"""Words that nearest ones are looked for at a time: each costs 12 ms in a lexicon of 300,000."""

MOST_SUGGESTED = 3
FARTHEST = 3
LETTERS_PER_EDIT = 3


class Vocabulary:
    """One process's knowledge of one account's lexicon; several threads may share it."""

    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._account_id = account_id
        self._expansions = draft_expansions_of(database, account_id)
        self._heard: set[Term] = set()

    def unheard(self, terms: Collection[Term]) -> set[Term]:
        """Terms that no word of the account's lexicon answers to.

        Reads in short transactions; call it outside of any.
        """
        # Whatever was recognised once stays so: only the others are compared with new words.
        waiting = [term for term in terms if term not in self._heard]
        if not waiting:
            return set()
        with self._database.read() as connection:
            size = _size(connection, self._account_id)
        # Most words were recognised as they are; to look for what resembles them takes longer.
        plain = {term: replace(term, cutoff=NO_TOLERANCE) for term in waiting}
        as_they_are = self._expansions.of(self._database, plain.values(), size - 1)
        missed = [term for term in waiting if not as_they_are[plain[term]].word_nos.size]
        resembling = self._expansions.of(self._database, missed, size - 1)
        unheard = {term for term in missed if not resembling[term].word_nos.size}
        self._heard.update(term for term in waiting if term not in unheard)
        return unheard

    def nearest(self, forms: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Up to MOST_SUGGESTED recognised words like each form, the nearest and oldest first.

        Words are numbered as they come, so that the older of two is the more frequent as a rule.
        Only the first MOST_LOOKED_UP forms are looked up. Call `unheard` before: it loads the words.
        Reads in a short transaction; call it outside of any.
        """
        asked = list(dict.fromkeys(forms))[:MOST_LOOKED_UP]
        known = self._expansions.copy.forms[: len(self._expansions.copy)]
        if not asked or not known:
            return {}
        edits = process.cdist(
            asked, known, scorer=Levenshtein.distance, score_cutoff=FARTHEST, dtype=np.uint8
        )
        found: dict[str, list[str]] = {}
        for form, row in zip(asked, edits, strict=True):
            allowed = min(FARTHEST, max(1, len(form) // LETTERS_PER_EDIT))
            near = np.flatnonzero(row <= allowed)
            best = near[np.argsort(row[near], kind="stable")]
            found[form] = [known[word_no] for word_no in best[:MOST_SUGGESTED].tolist()]
        with self._database.read() as connection:
            stored = _stored(
                connection, self._account_id, {word for words in found.values() for word in words}
            )
        # This process may still know words that were destroyed since.
        return {form: [word for word in words if word in stored] for form, words in found.items()}


@lru_cache(maxsize=16)
def vocabulary_of(database: Database, account_id: int) -> Vocabulary:
    """This process's vocabulary of an account; the least used ones make room."""
    return Vocabulary(database, account_id)


def _stored(connection: Connection, account_id: int, forms: Collection[str]) -> set[str]:
    rows = connection.execute(
        select(lexicon.c.form).where(
            lexicon.c.account_id == account_id, lexicon.c.form.in_(sorted(forms))
        )
    )
    return set(rows.scalars())


def _size(connection: Connection, account_id: int) -> int:
    size = connection.execute(
        select(lexicon_counters.c.size).where(lexicon_counters.c.account_id == account_id)
    ).scalar_one_or_none()
    return size or 0
