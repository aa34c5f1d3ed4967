"""An account with calls and rules for tests of runs, and workers that work on its jobs."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from services.topics.marking import speech_store
from services.topics.marking.matchers import Matchers
from services.topics.marking.store import read_rules, unknown_is_anyone
from services.topics.matching.batch import lay_out
from services.topics.runs.starting import start_retag
from services.topics.tasks import HANDLERS
from shared.contacts.filters import ContactFilter
from shared.db.session import Database, now_ms
from shared.db.tables import (
    accounts,
    contacts,
    hits,
    jobs,
    marks,
    run_chunks,
    run_results,
    topic_judgements,
    topic_versions,
    topics,
    undecided_topics,
)
from shared.queue.runner import Handler, Parts, run_job
from shared.runs import store
from shared.runs.ids import unpack_ids
from shared.runs.store import Run
from tests.integration.topics.calls import Account
from tests.rows import add, add_account, add_source

OPENING = "operator: здравствуйте компания вектор слушаю вас"
REFUND = "client: верните мне деньги пожалуйста"
THANKS = "client: спасибо большое до свидания"
RULES: Mapping[str, Any] = {
    "greeting": {"said": {"by": "operator", "phrases": ["здравствуйте"]}},
    "refund": {"said": {"by": "client", "phrases": ["вернуть деньги"]}},
    "angry-refund": {
        "all": [{"topic": "refund"}, {"said": {"by": "client", "phrases": ["безобразие"]}}]
    },
}
OTHER_REFUND = {"said": {"by": "client", "phrases": ["спасибо", "вернуть деньги"]}}


@dataclass
class World:
    """One account with topics `greeting`, `refund` and `angry-refund`, which asks about `refund`."""

    parts: Parts
    account: Account
    topic_ids: dict[str, int]

    @property
    def database(self) -> Database:
        return self.parts.database

    def tag_all(self) -> None:
        """Judge every call by the rules in force, as it came in."""
        with self.database.read() as connection:
            ids = connection.execute(select(contacts.c.id)).scalars().all()
        for contact_id in ids:
            self.account.ask(contact_id)
        self.work()

    def activate(self, key: str, rule: Any, *, asked_by: tuple[str, ...] = ()) -> None:
        """Put another rule in force; topics that ask about it are judged anew too."""
        with self.database.write() as connection:
            activate(connection, self.account.id, [self.topic_ids[key]], rule)
            if asked_by:
                connection.execute(
                    update(topics)
                    .where(topics.c.key.in_(asked_by))
                    .values(
                        rules_revision=select(accounts.c.rules_revision)
                        .where(accounts.c.id == self.account.id)
                        .scalar_subquery()
                    )
                )

    def draft(self, key: str, rule: Any) -> None:
        """Write a draft of a topic's next version."""
        with self.database.write() as connection:
            add_version(connection, self.account.id, self.topic_ids[key], rule, state="draft")

    def start(self, *keys: str, apply: bool = True, **options: Any) -> int:
        """Start a run of the topics, all if none is named, over every call; its id."""
        asked = [self.topic_ids[key] for key in keys] or None
        options = {"wanted": ContactFilter(), "actor": "cli"} | options
        with self.database.write() as connection:
            return start_retag(
                connection, account_id=self.account.id, asked=asked, apply=apply, **options
            )

    def work(self, *, most: int | None = None, handlers: Mapping[str, Handler] = HANDLERS) -> int:
        """Do waiting jobs in the order of their urgency until there is none; how many."""
        done = 0
        while most is None or done < most:
            with self.database.read() as connection:
                job_id = connection.execute(
                    select(jobs.c.id)
                    .where(jobs.c.state == "pending")
                    .order_by(jobs.c.priority, jobs.c.id)
                    .limit(1)
                ).scalar_one_or_none()
            if job_id is None:
                break
            done += run_job(self.parts, handlers, job_id, worker="test")
        return done

    def finish(self, *keys: str, apply: bool = True, **options: Any) -> int:
        """Start a run and work until it has ended; its id."""
        run_id = self.start(*keys, apply=apply, **options)
        self.work()
        return run_id

    def run(self, run_id: int) -> Run:
        """A run as stored."""
        with self.database.read() as connection:
            return store.read_run(connection, self.account.id, run_id)

    def do(self, verb: Callable[[Connection, int, int], None], run_id: int) -> None:
        """One of the verbs of `shared.runs.control`."""
        with self.database.write() as connection:
            verb(connection, self.account.id, run_id)

    def chunk_jobs(self) -> list[str]:
        """States of the jobs of every re-tagging chunk, in their order."""
        with self.database.read() as connection:
            states = select(jobs.c.state).where(jobs.c.kind == "retag").order_by(jobs.c.id)
            return list(connection.execute(states).scalars())

    def changes(self, run_id: int) -> dict[str, tuple[list[int], list[int], list[int], int]]:
        """By topic key what a run found: added, removed, undecidable, and the number unchanged."""
        keys = {topic_id: key for key, topic_id in self.topic_ids.items()}
        found: dict[str, tuple[list[int], list[int], list[int], int]] = {}
        for row in self._results(run_id):
            known = found.get(keys[row.topic_id], ([], [], [], 0))
            found[keys[row.topic_id]] = (
                known[0] + unpack_ids(row.added).tolist(),
                known[1] + unpack_ids(row.removed).tolist(),
                known[2] + unpack_ids(row.undecidable).tolist(),
                known[3] + row.unchanged_count,
            )
        return found

    def _results(self, run_id: int) -> list[Row[Any]]:
        with self.database.read() as connection:
            return list(
                connection.execute(
                    select(run_results)
                    .join(run_chunks, run_chunks.c.id == run_results.c.chunk_id)
                    .where(run_chunks.c.run_id == run_id)
                    .order_by(run_chunks.c.number)
                )
            )

    def stored(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that judging writes, but for the counts of judgements."""
        tables = {
            "marks": marks.c,
            "hits": hits.c,
            "single": topic_judgements.c,
            "undecided": undecided_topics.c,
            "stamps": [contacts.c.id, contacts.c.tagged_revision],
        }
        with self.database.read() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
                for name, columns in tables.items()
            }

    def findings(self) -> set[tuple[Any, ...]]:
        """(contact, topic, recording, start, phrase) of every hit, nulls for a mark without any."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(
                    marks.c.contact_id,
                    marks.c.topic_id,
                    hits.c.recording_id,
                    hits.c.start_ms,
                    hits.c.phrase,
                    hits.c.text,
                )
                .outerjoin(hits, hits.c.mark_id == marks.c.id)
                .where(marks.c.origin == "rule")
            )
            return {tuple(row[:5]) for row in rows}

    def judged_directly(self) -> set[tuple[Any, ...]]:
        """What `findings` must be: every call judged by the rules in force, in one batch."""
        with self.database.read() as connection:
            rules = read_rules(connection, self.account.id)
            ids = connection.execute(select(contacts.c.id)).scalars().all()
            speech = speech_store.read_speech(
                connection, account_id=self.account.id, contact_ids=ids, facts=rules.asks_facts
            )
            anyone = unknown_is_anyone(connection, self.account.id)
        matcher = Matchers(self.database, self.account.id).of(
            rules, speech.tokens.max_word_no, unknown_is_anyone=anyone
        )
        judged = matcher.judge(lay_out(speech))
        found: set[tuple[Any, ...]] = set()
        for place, topic in enumerate(rules.topics):
            for contact in judged.contacts_of(place):
                pair = int(speech.contact_id[contact]), topic.topic_id
                evidence = judged.hits(place, contact)
                found |= {
                    (*pair, hit.recording_id, hit.start_ms, hit.phrase) for hit in evidence
                } or {(*pair, None, None, None)}
        return found


def make_world(parts: Parts, account: Account | None = None) -> World:
    """An account with RULES in force at revision 1 and no call; a new one unless one is given."""
    with parts.database.write() as connection:
        if account is None:
            account_id = add_account(connection)
            source_id = add_source(connection, account_id)
            account = Account(parts.database, account_id, source_id)
        account_id = account.id
        topic_ids = {
            key: add(
                connection,
                topics,
                account_id=account_id,
                key=key,
                name=key.title(),
                created_at_ms=now_ms(),
                changed_at_ms=now_ms(),
            )
            for key in RULES
        }
        for key, rule in RULES.items():
            add_version(connection, account_id, topic_ids[key], rule, state="active")
        connection.execute(update(topics).values(active_version=1, rules_revision=1))
        connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(rules_revision=1)
        )
    return World(parts, account, topic_ids)


def add_version(
    connection: Connection, account_id: int, topic_id: int, rule: Any, *, state: str
) -> int:
    """Add the next version of a topic's rule and return its number."""
    numbers = connection.execute(
        select(topic_versions.c.number).where(topic_versions.c.topic_id == topic_id)
    ).scalars()
    number = max(numbers, default=0) + 1
    connection.execute(
        insert(topic_versions).values(
            account_id=account_id,
            topic_id=topic_id,
            number=number,
            state=state,
            rule=rule,
            should_match=[],
            should_not_match=[],
            created_at_ms=now_ms(),
        )
    )
    return number


def activate(connection: Connection, account_id: int, topic_ids: list[int], rule: Any) -> None:
    """Put a new version of the topics in force at the next revision, as activation does."""
    revision = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(rules_revision=accounts.c.rules_revision + 1)
        .returning(accounts.c.rules_revision)
    ).scalar_one()
    for topic_id in topic_ids:
        connection.execute(
            update(topic_versions)
            .where(topic_versions.c.topic_id == topic_id, topic_versions.c.state == "active")
            .values(state="retired")
        )
        number = add_version(connection, account_id, topic_id, rule, state="active")
        connection.execute(
            update(topics)
            .where(topics.c.id == topic_id)
            .values(active_version=number, rules_revision=revision)
        )


def conversation(seed: int) -> list[str]:
    """A call that opens as all do, with words of its own, and asks for this or that."""
    choose = random.Random(seed)
    noise = " ".join(f"слово{choose.randrange(40)}" for _ in range(8))
    ends = ["верните деньги", "спасибо большое", "верните деньги безобразие", "всего доброго"]
    return [OPENING, f"client: {noise} {choose.choice(ends)}"]
