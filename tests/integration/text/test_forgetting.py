"""Unused words are cleared out while transcripts are stored: none that is used ever goes."""

import random
import threading

from sqlalchemy import delete, insert, select, update

from shared.db.session import Database
from shared.db.tables import lexicon, packed_transcripts
from shared.text.forgetting import forget_unused_words
from shared.text.lexicon import hold_forms, number_forms
from shared.text.packed import Spoken, pack, to_columns
from tests.packed import from_columns
from tests.rows import add_account, add_recording, add_source

WRITERS = 3
ROUNDS = 12


def an_account(database: Database, count: int) -> tuple[int, list[int]]:
    """An account and ids of its recordings."""
    with database.write() as connection:
        account_id = add_account(connection)
        source_id = add_source(connection, account_id)
        return account_id, [
            add_recording(connection, account_id, source_id, None, f"rec-{number}")
            for number in range(count)
        ]


def store(
    database: Database,
    account_id: int,
    recording_id: int,
    forms: list[str],
    numbers: dict[str, int],
) -> None:
    """Store a transcript of the forms that were numbered before, as recognition does."""
    with database.write() as connection:
        spoken = Spoken(tuple(forms), *[tuple(0 for _ in forms)] * 4)
        packed = pack(spoken, hold_forms(connection, account_id, numbers))
        connection.execute(
            delete(packed_transcripts).where(
                packed_transcripts.c.account_id == account_id,
                packed_transcripts.c.recording_id == recording_id,
            )
        )
        connection.execute(
            insert(packed_transcripts).values(
                account_id=account_id, recording_id=recording_id, **to_columns(packed)
            )
        )


def read_back(database: Database, account_id: int) -> dict[int, list[str | None]]:
    """The forms of each recording by the lexicon as it is stored."""
    with database.read() as connection:
        forms = dict(
            connection.execute(
                select(lexicon.c.word_no, lexicon.c.form).where(lexicon.c.account_id == account_id)
            ).all()
        )
        rows = connection.execute(
            select(packed_transcripts).where(packed_transcripts.c.account_id == account_id)
        ).mappings()
        return {
            row["recording_id"]: [forms.get(n) for n in from_columns(row).token_ids.tolist()]
            for row in rows
        }


def test_words_of_no_transcript_go(database: Database) -> None:
    account_id, (first, second) = an_account(database, 2)
    other_id, (foreign,) = an_account(database, 1)
    for account, recording_id, forms in (
        (account_id, first, ["да", "нет"]),
        (account_id, second, ["нет", "может"]),
        (other_id, foreign, ["чужое"]),
    ):
        store(database, account, recording_id, forms, number_forms(database, account, forms))
    assert forget_unused_words(database, account_id) == 0
    store(database, account_id, first, ["нет"], number_forms(database, account_id, ["нет"]))
    number_forms(database, other_id, ["не сказано"])
    assert forget_unused_words(database, account_id) == 1
    assert read_back(database, account_id) == {first: ["нет"], second: ["нет", "может"]}
    with database.read() as connection:
        left = connection.execute(select(lexicon.c.form, lexicon.c.leaving))
        assert sorted(left.all()) == [
            ("может", None), ("не сказано", None), ("нет", None), ("чужое", None),
        ]  # fmt: skip


def test_a_word_that_is_stored_is_leaving_no_more(database: Database) -> None:
    account_id, (recording_id,) = an_account(database, 1)
    numbers = number_forms(database, account_id, ["да", "нет"])
    with database.write() as connection:
        connection.execute(update(lexicon).values(leaving=7))
    store(database, account_id, recording_id, ["да"], {"да": numbers["да"]})
    with database.read() as connection:
        left = connection.execute(select(lexicon.c.form, lexicon.c.leaving))
        assert dict(left.all()) == {"да": None, "нет": 7}


def test_clearing_out_beside_storing(database: Database) -> None:
    account_id, recording_ids = an_account(database, WRITERS)
    expected: dict[int, list[str]] = {}
    failures: list[BaseException] = []
    writing = threading.Event()
    writing.set()

    def write(recording_id: int) -> None:
        choose = random.Random(recording_id)
        for _ in range(ROUNDS):
            forms = [f"слово{choose.randrange(25)}" for _ in range(6)]
            numbers = number_forms(database, account_id, forms)
            store(database, account_id, recording_id, forms, numbers)
            expected[recording_id] = forms

    def clear() -> None:
        while writing.is_set():
            forget_unused_words(database, account_id)

    def guarded(work, *arguments) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as error:
                failures.append(error)
                raise

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    clearing = [guarded(clear) for _ in range(2)]
    for thread in [guarded(write, recording_id) for recording_id in recording_ids]:
        thread.join()
    writing.clear()
    for thread in clearing:
        thread.join()
    assert not failures
    assert read_back(database, account_id) == expected
    forget_unused_words(database, account_id)
    with database.read() as connection:
        left = connection.execute(select(lexicon.c.form)).scalars()
        assert set(left) == {form for forms in expected.values() for form in forms}
