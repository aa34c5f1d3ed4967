"""Eight processes number overlapping new words: no gap, no double, no deadlock."""

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor

from sqlalchemy import insert, select

from shared.db.session import Database
from shared.db.tables import accounts, lexicon, lexicon_counters
from shared.settings import Settings
from shared.text.lexicon import LexiconCopy, number_forms

PROCESSES = 8
ROUNDS = 6
WORDS = 900


def new_account(database: Database, name: str) -> int:
    with database.write() as connection:
        return int(
            connection.execute(
                insert(accounts).values(name=name, created_at_ms=0).returning(accounts.c.id)
            ).scalar_one()
        )


def work(address: str, account_id: int, seed: int) -> dict[str, int]:
    """Number overlapping random words in several calls, as a worker does recording by recording."""
    choose = random.Random(seed)
    database = Database(address)
    seen: dict[str, int] = {}
    for _ in range(ROUNDS):
        forms = [f"слово{choose.randrange(WORDS)}" for _ in range(120)]
        numbers = number_forms(database, account_id, forms)
        assert numbers.keys() == set(forms)
        assert all(seen.setdefault(form, number) == number for form, number in numbers.items())
    database.close()
    return seen


def test_overlapping_new_words(database: Database, settings: Settings) -> None:
    mine, other = new_account(database, "Ромашка"), new_account(database, "Вектор")
    number_forms(database, other, ["чужое"])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        futures = [
            pool.submit(work, settings.database_address, mine, seed) for seed in range(PROCESSES)
        ]
        seen = [future.result(timeout=120) for future in futures]
    with database.read() as connection:
        rows = connection.execute(
            select(lexicon.c.form, lexicon.c.word_no).where(lexicon.c.account_id == mine)
        )
        stored = {row.form: row.word_no for row in rows}
        size = connection.execute(
            select(lexicon_counters.c.size).where(lexicon_counters.c.account_id == mine)
        ).scalar_one()
    assert sorted(stored.values()) == list(range(len(stored)))
    assert size == len(stored)
    assert stored.keys() == set().union(*seen)
    assert all(stored[form] == number for some in seen for form, number in some.items())


def test_a_copy_is_current_when_as_long_as_the_greatest_number_met(database: Database) -> None:
    account_id = new_account(database, "Ромашка")
    copy = LexiconCopy(account_id)
    first = number_forms(database, account_id, ["да", "нет"])
    with database.read() as connection:
        copy.reach(connection, max(first.values()))
    assert copy.numbers == first
    second = number_forms(database, account_id, ["да", "может"])
    assert second["да"] == first["да"]
    assert second["может"] == len(copy)
    with database.read() as connection:
        copy.reach(connection, max(first.values()))
        assert len(copy) == 2
        copy.reach(connection, second["может"])
    assert copy.forms[second["может"]] == "может"
    assert len(copy) == 3


def test_numbers_are_never_reused(database: Database) -> None:
    account_id = new_account(database, "Ромашка")
    gone = number_forms(database, account_id, ["паспорт"])["паспорт"]
    with database.write() as connection:
        connection.execute(lexicon.delete().where(lexicon.c.account_id == account_id))
    fresh = number_forms(database, account_id, ["договор"])["договор"]
    assert fresh == gone + 1
    copy = LexiconCopy(account_id)
    with database.read() as connection:
        copy.reach(connection, fresh)
    assert copy.forms == ["", "договор"]
