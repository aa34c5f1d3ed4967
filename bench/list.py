"""Time of one page of the call list against the plain database read of the same rows.

`python -m bench.list [--database ADDRESS]`; the last line is one JSON object of all figures. The
database must be empty; without one it is SQLite in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text

from services.journal import store
from services.transcribe.cores import usable_cores
from shared.contacts.filters import ContactFilter, TopicSays, matching
from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.db.tables import (
    accounts,
    contacts,
    employees,
    groups,
    jobs,
    legs,
    marks,
    recordings,
    sources,
    topics,
    transcripts,
)
from shared.paging import Position
from shared.permissions import Caller, Permission, Sees

SIZES = (20_000, 100_000)
PAGE = 50
REPEATS = 7
LONGEST_S = 0.4
TOPICS = 20
EMPLOYEES = 40
GROUPS = 8
DAY_MS = 86_400_000
BEGIN_MS = 1_790_000_000_000
PERIOD_MS = 90 * DAY_MS
CHUNK = 10_000
COMMON, RARE = 1, TOPICS
RARE_SHARE = 0.003


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="SQLAlchemy address of an empty database")
    options = parser.parse_args()
    with _database(options.database) as database:
        print(f"machine  {platform.machine()}, {usable_cores()} cores, {database.dialect}")
        print(f"page     {PAGE} calls with legs, recordings, jobs, transcripts and topics")
        print(f"{'calls':>8}  {'list':22}{'page':>10}{'plain read':>12}{'ratio':>8}")
        figures: dict[str, float] = {}
        filled = 0
        _people(database)
        for size in SIZES:
            _fill(database, range(filled, size))
            filled = size
            for name, (wanted, caller, position) in _lists().items():
                page_ms, plain_ms = _measure(database, wanted, caller, position)
                ratio = page_ms / plain_ms
                print(f"{size:8}  {name:22}{page_ms:7.1f} ms{plain_ms:9.2f} ms{ratio:8.1f}")
                key = f"{name.replace(' ', '_')}_{size // 1000}k"
                figures |= {f"{key}_ms": round(page_ms, 2), f"{key}_ratio": round(ratio, 2)}
    print(json.dumps(figures))


@contextmanager
def _database(address: str | None) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(address or f"sqlite:///{Path(folder) / 'bench.db'}", pool_size=1)
        try:
            upgrade(database)
            yield database
        finally:
            database.close()


def _lists() -> Mapping[str, tuple[ContactFilter, Caller, Position | None]]:
    end_ms = BEGIN_MS + PERIOD_MS
    everyone, head = _caller(Sees.ALL), _caller(Sees.GROUPS, 3)
    week = end_ms - 7 * DAY_MS
    return {
        "7 days": (ContactFilter(from_ms=week), everyone, None),
        "90 days": (ContactFilter(from_ms=BEGIN_MS), everyone, None),
        "deep page": (ContactFilter(from_ms=BEGIN_MS), everyone, (BEGIN_MS + DAY_MS, 0)),
        "group": (ContactFilter(from_ms=BEGIN_MS, group_ids=[2]), everyone, None),
        "employee": (ContactFilter(from_ms=BEGIN_MS, employee_ids=[5]), everyone, None),
        "common topic": (
            ContactFilter(from_ms=BEGIN_MS, topics=[TopicSays(COMMON)]),
            everyone,
            None,
        ),
        "rare topic 7 days": (
            ContactFilter(from_ms=week, topics=[TopicSays(RARE)]),
            everyone,
            None,
        ),
        "rare topic 90 days": (
            ContactFilter(from_ms=BEGIN_MS, topics=[TopicSays(RARE)]),
            everyone,
            None,
        ),
        "number": (ContactFilter(from_ms=BEGIN_MS, number_digits=["9990012"]), everyone, None),
        "supervisor": (ContactFilter(from_ms=BEGIN_MS), head, None),
    }


def _caller(sees: Sees, *group_ids: int) -> Caller:
    return Caller(
        account_id=1,
        actor="user:1",
        permissions=frozenset(Permission),
        sees=sees,
        group_ids=frozenset(group_ids),
    )


def _measure(
    database: Database, wanted: ContactFilter, caller: Caller, position: Position | None
) -> tuple[float, float]:
    """Best ms of the page and of a plain read of the rows it is made of, by their ids."""

    def page(connection: Connection) -> list[int]:
        rows = store.list_contacts(
            connection, caller, matching(1, wanted), position=position, limit=PAGE
        )
        ids = [row.id for row in rows]
        store.read_beside(connection, 1, ids)
        return ids

    with database.read() as connection:
        ids = page(connection)
        assert ids, "an empty page measures nothing"
        plain = _plain_reads(connection, ids)
        return _best_ms(lambda: page(connection)), _best_ms(plain)


def _plain_reads(connection: Connection, ids: list[int]) -> Callable[[], None]:
    """Reads of the rows behind a page, by their keys, in plain SQL."""
    listed = ", ".join(str(one) for one in ids)
    sound = ", ".join(
        str(row.id)
        for row in connection.execute(
            select(recordings.c.id).where(recordings.c.contact_id.in_(ids))
        )
    )
    statements = [
        text(f"SELECT {columns} FROM {table} WHERE account_id = 1 AND {key} IN ({keys})")  # noqa: S608 - numbers
        for table, columns, key, keys in (
            ("contacts", "*", "id", listed),
            ("legs", "contact_id", "contact_id", listed),
            ("recordings", "contact_id, id", "contact_id", listed),
            ("transcripts", "recording_id, demo", "recording_id", sound or "0"),
            ("marks", "contact_id, topic_id, origin", "contact_id", listed),
        )
    ]

    def read() -> None:
        for statement in statements:
            connection.execute(statement).all()

    return read


def _best_ms(work: Callable[[], object]) -> float:
    work()
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
        if sum(spent) > LONGEST_S:
            break
    return min(spent) * 1000


def _people(database: Database) -> None:
    mine = {"account_id": 1}
    with database.write() as connection:
        connection.execute(insert(accounts).values(id=1, name="bench", created_at_ms=0))
        connection.execute(
            insert(sources).values(id=1, external_id="pbx", name="pbx", created_at_ms=0, **mine)
        )
        for table, count in ((employees, EMPLOYEES), (groups, GROUPS)):
            rows = [
                {"id": n, "external_id": str(n), "name": str(n), **mine}
                for n in range(1, count + 1)
            ]
            connection.execute(insert(table), rows)
        rows = [
            {"id": n, "key": str(n), "name": str(n), "created_at_ms": 0, "changed_at_ms": 0, **mine}
            for n in range(1, TOPICS + 1)
        ]
        connection.execute(insert(topics), rows)


def _fill(database: Database, numbers: range) -> None:
    """Calls over 90 days in no order of time, each with a leg or two, a recording, its transcript
    and job, and about two marks.
    """
    chance = random.Random(numbers.start)
    for start in range(numbers.start, numbers.stop, CHUNK):
        with database.write() as connection:
            for table, rows in _rows(range(start, min(start + CHUNK, numbers.stop)), chance):
                connection.execute(insert(table), rows)
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")


def _rows(numbers: range, chance: random.Random) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    made: list[list[dict[str, Any]]] = [[] for _ in range(6)]
    calls, stretches, sounds, texts, works, found = made
    for number in numbers:
        one = {"account_id": 1}
        call_id = number + 1
        begin_ms = BEGIN_MS + chance.randrange(PERIOD_MS)
        people = [chance.randint(1, EMPLOYEES) for _ in range(chance.choice((1, 1, 1, 2)))]
        places = [(person, person % GROUPS + 1) for person in people]
        calls.append(
            one
            | {
                "id": call_id,
                "source_id": 1,
                "external_id": f"call-{number}",
                "direction": chance.choice(("inbound", "outbound")),
                "started_at_ms": begin_ms,
                "client_number": f"+7999{chance.randrange(10_000_000):07d}",
                "client_number_kind": "e164",
                "employee_id": places[-1][0],
                "group_id": places[-1][1],
                "raw": {},
                "created_at_ms": begin_ms,
                "changed_at_ms": begin_ms,
            }
        )
        stretches += [
            one
            | {
                "contact_id": call_id,
                "external_id": str(position),
                "position": position,
                "started_at_ms": begin_ms,
                "employee_id": person,
                "group_id": group,
            }
            for position, (person, group) in enumerate(places)
        ]
        sounds.append(
            one
            | {
                "id": call_id,
                "source_id": 1,
                "external_id": f"rec-{number}",
                "contact_id": call_id,
                "leg_external_ids": [],
                "object_name": f"1/{number}",
                "size_bytes": 1,
                "sha256": "0" * 64,
                "received_at_ms": begin_ms,
            }
        )
        texts.append(
            one
            | {
                "recording_id": call_id,
                "language": "ru",
                "model": "demo",
                "model_version": "1",
                "demo": False,
                "channel_speakers": [],
                "word_count": 500,
                "speech_ms": 1,
                "mean_probability": 0.9,
                "measures": {},
                "document": bytes(200),
                "created_at_ms": begin_ms,
            }
        )
        works.append(
            one
            | {
                "kind": "transcribe",
                "subject_id": call_id,
                "priority": 1,
                "state": "done",
                "due_at_ms": 0,
                "created_at_ms": 0,
            }
        )
        about = {COMMON} if chance.random() < 0.3 else set()
        about |= {chance.randrange(COMMON + 1, RARE) for _ in range(2)}
        if chance.random() < RARE_SHARE:
            about.add(RARE)
        found += [
            one
            | {
                "contact_id": call_id,
                "topic_id": topic,
                "origin": "rule",
                "verdict": True,
                "created_at_ms": begin_ms,
            }
            for topic in sorted(about)
        ]
    yield contacts, calls
    yield legs, stretches
    yield recordings, sounds
    yield transcripts, texts
    yield jobs, works
    yield marks, found


if __name__ == "__main__":
    main()
