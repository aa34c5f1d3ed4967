"""Expansions of typed terms are those of the whole lexicon, however it grew, and are never stored."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from shared.db.session import Database
from shared.db.tables import expansions
from shared.text import draft_expansions
from shared.text.draft_expansions import DraftExpansions, draft_expansions_of
from shared.text.expansion import Matches, Stretch, expand
from shared.text.expansions import Expansions
from shared.text.lexicon import number_forms
from shared.text.terms import Term, TermKind, make_term
from tests.rows import add_account

TERMS = [
    make_term("деньги", TermKind.LEMMA, 85),
    make_term("верн", TermKind.PREFIX, 85),
    make_term("вернуть", TermKind.EXACT, 85),
    make_term("холодильник", TermKind.LEMMA, 60),
]
# Each batch comes with later calls; sizes let the indices grow, join and be compared in part.
BATCHES = [
    ["деньги", "вернуть", "да", "нет", "ну", "вот"],
    ["денег"],
    ["верните", "холадильник"],
    ["деньгами", "холодильника", "вернул", "холоднильник", "а", "б", "в", "г", "д", "е"],
    ["вернула"],
    [f"слово{n}" for n in range(40)] + ["деньгам"],
]


@pytest.fixture
def account_id(database: Database) -> int:
    with database.write() as connection:
        return add_account(connection)


def meaning(matches: Matches, forms: list[str]) -> dict[str, int]:
    pairs = zip(matches.word_nos.tolist(), matches.scores.tolist(), strict=True)
    return {forms[number]: score for number, score in pairs}


def expected(forms: list[str], term: Term) -> dict[str, int]:
    return meaning(expand(term, Stretch(forms, 0)), forms)


def test_every_step_of_a_growing_lexicon(database: Database, account_id: int) -> None:
    known = DraftExpansions(account_id)
    size = 0
    for step, forms in enumerate(BATCHES):
        size += len(number_forms(database, account_id, forms))
        # Terms that are asked every time, and those that are asked now and then.
        asked = TERMS if step % 2 else TERMS[:2]
        found = known.of(database, asked, size - 1)
        everything = known.copy.forms
        assert len(everything) == size
        for term in asked:
            assert meaning(found[term], everything) == expected(everything, term)
            assert found[term].up_to == size
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(expansions)).scalar_one() == 0


def test_what_tagging_stored_is_gone_on_from(database: Database, account_id: int) -> None:
    first = number_forms(database, account_id, BATCHES[0])
    Expansions(account_id).of(database, TERMS, len(first) - 1)
    later = number_forms(database, account_id, BATCHES[3])
    known = DraftExpansions(account_id)
    found = known.of(database, TERMS, len(first) + len(later) - 1)
    for term in TERMS:
        assert meaning(found[term], known.copy.forms) == expected(known.copy.forms, term)


def test_forgotten_terms_are_worked_out_anew(
    monkeypatch: pytest.MonkeyPatch, database: Database, account_id: int
) -> None:
    monkeypatch.setattr(draft_expansions, "MOST_TERMS", 2)
    size = len(number_forms(database, account_id, BATCHES[0]))
    known = DraftExpansions(account_id)
    for asked in (TERMS[:2], TERMS[:1], TERMS[2:3], TERMS):
        found = known.of(database, asked, size - 1)
        assert list(found) == asked
        for term in asked:
            assert meaning(found[term], known.copy.forms) == expected(known.copy.forms, term)


def test_threads_share_it(database: Database, account_id: int) -> None:
    size = len(number_forms(database, account_id, [form for some in BATCHES for form in some]))
    known = draft_expansions_of(database, account_id)
    assert known is draft_expansions_of(database, account_id)
    with ThreadPoolExecutor(4) as pool:
        every = list(pool.map(lambda term: known.of(database, [term], size - 1), TERMS * 3))
    for found in every:
        ((term, matches),) = found.items()
        assert meaning(matches, known.copy.forms) == expected(known.copy.forms, term)
