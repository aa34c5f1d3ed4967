"""Databases filled with an account, its topics and the calls of the corpus."""

import json
import os
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table, insert

from bench.topics.corpus import WORDS_PER_CALL, Corpus
from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.db.tables import (
    accounts,
    contacts,
    legs,
    lexicon,
    lexicon_counters,
    packed_transcripts,
    recording_legs,
    recordings,
    sources,
    topic_versions,
    topics,
    transcripts,
)
from shared.text.packed import Packed, to_columns

ACCOUNT = 1
BEGIN_MS = 1_790_000_000_000
CALL_MS = 180_000
POSTGRES = os.environ.get(
    "TEMATIKA_TEST_POSTGRES", "postgresql:///postgres?host=/var/run/postgresql"
)
_AT_ONCE = 2048
_DOCUMENTS = 64


@contextmanager
def new_database(dialect: str, folder: Path) -> Iterator[str]:
    """Address of an empty migrated database that is dropped at the end."""
    if dialect == "sqlite":
        address = f"sqlite:///{folder / 'bench.db'}"
    else:
        name = f"tematika_bench_{uuid.uuid4().hex[:12]}"
        _administer("CREATE DATABASE {}", name)
        plain = POSTGRES.replace("postgresql://", "postgresql+psycopg://", 1)
        address = plain.replace("/postgres", f"/{name}", 1)
    database = Database(address)
    upgrade(database)
    database.close()
    try:
        yield address
    finally:
        if dialect != "sqlite":
            _administer("DROP DATABASE {} WITH (FORCE)", name)


def fill(address: str, corpus: Corpus, *, calls: int, rules: int, active: int) -> None:
    """Store the account, `rules` topics of which the first `active` judge, and the calls.

    Calls have the ids 1 … and lie a second apart from BEGIN_MS on; phrases of the active topics are
    planted.
    """
    database = Database(address)
    _store_account(database, corpus)
    _store_topics(database, corpus, rules, active)
    packed = corpus.calls(calls, planted=active * len(corpus.phrases) // rules)
    documents = list(islice(_documents(corpus), _DOCUMENTS))
    for begin in range(0, calls, _AT_ONCE):
        _store(database, _rows(begin, list(islice(packed, _AT_ONCE)), documents))
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")
    database.close()


def _administer(statement: str, name: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _store(database: Database, rows: list[tuple[Table, list[dict[str, Any]]]]) -> None:
    with database.write() as connection:
        for table, some in rows:
            connection.execute(insert(table), [{"account_id": ACCOUNT, **row} for row in some])


def _store_account(database: Database, corpus: Corpus) -> None:
    with database.write() as connection:
        connection.execute(
            insert(accounts).values(id=ACCOUNT, name="bench", created_at_ms=0, rules_revision=1)
        )
    words = [{"word_no": n, "form": form} for n, form in enumerate(corpus.forms)]
    source = {"id": 1, "external_id": "pbx", "name": "pbx", "created_at_ms": 0}
    _store(
        database,
        [(sources, [source]), (lexicon, words), (lexicon_counters, [{"size": len(words)}])],
    )


def _store_topics(database: Database, corpus: Corpus, rules: int, active: int) -> None:
    numbers = range(1, rules + 1)
    named = [
        {
            "id": n,
            "key": f"topic-{n}",
            "name": f"Topic {n}",
            "active": n <= active,
            "active_version": 1,
            "rules_revision": 1,
            "created_at_ms": 0,
            "changed_at_ms": 0,
        }
        for n in numbers
    ]
    versions = [
        {
            "id": n,
            "topic_id": n,
            "number": 1,
            "state": "active",
            "rule": rule,
            "should_match": [],
            "should_not_match": [],
            "created_at_ms": 0,
            "activated_revision": 1,
        }
        for n, rule in zip(numbers, corpus.rules(rules), strict=True)
    ]
    _store(database, [(topics, named), (topic_versions, versions)])


def _documents(corpus: Corpus) -> Iterator[bytes]:
    """Displayed transcripts to share among the calls: what hits read their words from."""
    for begin in range(0, len(corpus.forms), WORDS_PER_CALL):
        words = [{"text": form} for form in corpus.forms[begin : begin + WORDS_PER_CALL]]
        yield zlib.compress(json.dumps({"utterances": [{"words": words}]}).encode())


def _rows(
    begin: int, packed: list[Packed], documents: list[bytes]
) -> list[tuple[Table, list[dict[str, Any]]]]:
    calls, stretches, sounds, covers, texts, words = ([] for _ in range(6))
    for number, one in enumerate(packed, begin + 1):
        started_ms = BEGIN_MS + number * 1000
        span = {"started_at_ms": started_ms, "ended_at_ms": started_ms + CALL_MS}
        calls.append(
            {
                "id": number,
                "source_id": 1,
                "external_id": str(number),
                "direction": "inbound",
                "raw": {},
                "audible": 3,
                "created_at_ms": 0,
                "changed_at_ms": 0,
                **span,
            }
        )
        stretches.append(
            {"id": number, "contact_id": number, "external_id": "1", "position": 0, **span}
        )
        sounds.append(
            {
                "id": number,
                "source_id": 1,
                "contact_id": number,
                "external_id": str(number),
                "object_name": str(number),
                "size_bytes": 0,
                "sha256": "",
                "leg_external_ids": [],
                "received_at_ms": 0,
                "duration_ms": CALL_MS,
                "audible": 3,
            }
        )
        covers.append({"recording_id": number, "leg_id": number})
        texts.append(
            {
                "recording_id": number,
                "language": "ru",
                "model": "bench",
                "model_version": "1",
                "demo": True,
                "channel_speakers": ["operator", "client"],
                "word_count": WORDS_PER_CALL,
                "speech_ms": CALL_MS,
                "mean_probability": 1.0,
                "measures": {},
                "document": documents[number % len(documents)],
                "created_at_ms": 0,
            }
        )
        words.append({"recording_id": number, **to_columns(one)})
    return [
        (contacts, calls),
        (legs, stretches),
        (recordings, sounds),
        (recording_legs, covers),
        (transcripts, texts),
        (packed_transcripts, words),
    ]
