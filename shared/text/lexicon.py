"""Word forms of an account and their numbers: dense, rising in commit order, never reused.

So a process's copy is current exactly when it is as long as the greatest number it has met.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.among import among
from shared.db.session import Database
from shared.db.tables import lexicon, lexicon_counters
from shared.domain.transcript import Utterance
from shared.text.packed import Packed, pack, spoken

FORMS_PER_STATEMENT = 1000


def number_forms(database: Database, account_id: int, forms: Iterable[str]) -> dict[str, int]:
    """Numbers of the forms; unknown ones are numbered in a short transaction of its own.

    Call it outside of any transaction. The account's counter row is locked only when a form is new,
    and known forms burn no number.
    """
    wanted = set(forms)
    with database.read() as connection:
        numbers = _known(connection, account_id, wanted)
    missing = wanted - numbers.keys()
    if missing:
        with database.write() as connection:
            numbers |= _number(connection, account_id, missing)
    return numbers


def pack_utterances(database: Database, account_id: int, utterances: Sequence[Utterance]) -> Packed:
    """Pack the utterances of one recording, numbering new words on the way (see `number_forms`)."""
    tokens = spoken(utterances)
    return pack(tokens, number_forms(database, account_id, tokens.forms))


def hold_forms(
    connection: Connection, account_id: int, numbers: Mapping[str, int]
) -> dict[str, int]:
    """The numbers by which this transaction stores words that `number_forms` has numbered.

    A word that was cleared out since gets another number. Nobody clears one out before the
    transaction ends, and then its transcript is there to be seen. Holds the account's counter row:
    call it right before the transcript is stored.
    """
    lock_numbering(connection, account_id)
    rows = connection.execute(
        select(lexicon.c.form, lexicon.c.word_no, lexicon.c.leaving).where(
            lexicon.c.account_id == account_id,
            among(connection, lexicon.c.word_no, numbers.values()),
        )
    ).all()
    held = {row.form: row.word_no for row in rows}
    leaving = [row.word_no for row in rows if row.leaving is not None]
    if leaving:
        connection.execute(
            update(lexicon)
            .where(
                lexicon.c.account_id == account_id, among(connection, lexicon.c.word_no, leaving)
            )
            .values(leaving=None)
        )
    lost = set(numbers) - held.keys()
    return held | _number(connection, account_id, lost) if lost else held


def lock_numbering(connection: Connection, account_id: int) -> int:
    """Keep others from numbering and holding words until this transaction ends; how many there are.

    On SQLite the write transaction itself is the lock.
    """
    upsert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(
        upsert(lexicon_counters).values(account_id=account_id, size=0).on_conflict_do_nothing()
    )
    return int(
        connection.execute(
            select(lexicon_counters.c.size)
            .where(lexicon_counters.c.account_id == account_id)
            .with_for_update()
        ).scalar_one()
    )


class LexiconCopy:
    """One process's copy of one account's lexicon, which only ever grows.

    `forms[n]` is the form number n, or empty where a destroyed recording took its word along.
    """

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.forms: list[str] = []
        self.numbers: dict[str, int] = {}

    def __len__(self) -> int:
        """The first number that the copy does not hold."""
        return len(self.forms)

    def reach(self, connection: Connection, greatest: int) -> None:
        """Load the tail if the number `greatest` is not in the copy yet."""
        if greatest < len(self.forms):
            return
        rows = connection.execute(
            select(lexicon.c.word_no, lexicon.c.form)
            .where(lexicon.c.account_id == self.account_id, lexicon.c.word_no >= len(self.forms))
            .order_by(lexicon.c.word_no)
        )
        for word_no, form in rows:
            self.forms.extend([""] * (word_no - len(self.forms)))
            self.forms.append(form)
            self.numbers[form] = word_no


def _known(connection: Connection, account_id: int, forms: set[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    ordered = sorted(forms)
    for start in range(0, len(ordered), FORMS_PER_STATEMENT):
        some = ordered[start : start + FORMS_PER_STATEMENT]
        rows = connection.execute(
            select(lexicon.c.form, lexicon.c.word_no).where(
                lexicon.c.account_id == account_id, lexicon.c.form.in_(some)
            )
        )
        numbers |= {row.form: row.word_no for row in rows}
    return numbers


def _number(connection: Connection, account_id: int, forms: set[str]) -> dict[str, int]:
    size = lock_numbering(connection, account_id)
    numbers = _known(connection, account_id, forms)
    fresh = {form: size + n for n, form in enumerate(sorted(forms - numbers.keys()))}
    if fresh:
        connection.execute(
            insert(lexicon),
            [
                {"account_id": account_id, "word_no": word_no, "form": form}
                for form, word_no in fresh.items()
            ],
        )
        connection.execute(
            update(lexicon_counters)
            .where(lexicon_counters.c.account_id == account_id)
            .values(size=size + len(fresh))
        )
    return numbers | fresh
