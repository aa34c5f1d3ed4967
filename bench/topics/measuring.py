"""What is timed: real runs over the job table beside the plain read of the same packed rows."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import func, select, update

from bench.topics.corpus import Corpus
from bench.topics.database import ACCOUNT, BEGIN_MS
from services.topics.language.rule import parse_rule
from services.topics.preview import preview
from services.topics.runs.starting import start_retag
from services.topics.tasks import HANDLERS
from shared.contacts.filters import ContactFilter
from shared.db.session import Database
from shared.db.tables import accounts, hits, jobs, packed_transcripts, topics
from shared.logs import configure_logging
from shared.permissions import Caller, Permission, Sees
from shared.queue.runner import Parts, run_job
from shared.runs.kinds import RETAG
from shared.settings import Settings
from shared.storage.disk import DiskStore

NAIVE_CALLS = 2
NAIVE_CUTOFF = 85
REPEATS = 3


@dataclass
class Bench:
    """One filled database and the workers of one process."""

    database: Database
    parts: Parts
    calls: int

    def read_s(self) -> float:
        """Seconds of reading whole packed rows in the chunks of a run."""
        column = packed_transcripts.c.recording_id

        def read() -> None:
            for begin in range(1, self.calls + 1, RETAG.chunk_size):
                with self.database.read() as connection:
                    connection.execute(
                        select(packed_transcripts).where(
                            packed_transcripts.c.account_id == ACCOUNT,
                            column.between(begin, begin + RETAG.chunk_size - 1),
                        )
                    ).all()

        return best_s(read)

    def run_s(
        self, *, apply: bool = False, asked: list[int] | None = None, share: int = 1
    ) -> float:
        """Seconds from asking for a run over the first 1/`share` of the calls to its end."""
        wanted = ContactFilter(to_ms=BEGIN_MS + 1000 * self.calls // share + 1)
        began = time.perf_counter()
        with self.database.write() as connection:
            start_retag(
                connection,
                account_id=ACCOUNT,
                actor="bench",
                asked=asked,
                wanted=wanted,
                apply=apply,
                everything=True,
            )
        self._work()
        return time.perf_counter() - began

    def preview_ms(self, corpus: Corpus, calls: int) -> float:
        """Milliseconds of trying a rule that nobody has saved on the newest calls, warm."""
        caller = Caller(
            account_id=ACCOUNT, actor="bench", permissions=frozenset(Permission), sees=Sees.ALL
        )
        rules = (parse_rule(rule) for rule in reversed(corpus.rules(len(corpus.phrases) // 10)))

        def try_out() -> None:
            # Another rule every time, as if somebody typed on.
            draft = preview.Draft(next(rules), None, ContactFilter(), calls)
            previewing, contact_ids = preview.begin(self.database, caller, draft)
            tally = preview.count(previewing, contact_ids, is_wanted=lambda: True)
            preview.show(self.database, caller, previewing, tally)

        try_out()
        return 1000 * best_s(try_out)

    def activate(self, active: int) -> None:
        """Let the first `active` topics judge."""
        with self.database.write() as connection:
            connection.execute(
                update(topics)
                .where(topics.c.account_id == ACCOUNT)
                .values(active=topics.c.id <= active)
            )
            connection.execute(
                update(accounts)
                .where(accounts.c.id == ACCOUNT)
                .values(rules_revision=accounts.c.rules_revision + 1)
            )

    def hits(self) -> int:
        """How many hits are stored."""
        with self.database.read() as connection:
            return int(
                connection.execute(
                    select(func.count()).select_from(hits).where(hits.c.account_id == ACCOUNT)
                ).scalar_one()
            )

    def _work(self) -> None:
        while True:
            with self.database.read() as connection:
                job_id = connection.execute(
                    select(jobs.c.id)
                    .where(jobs.c.account_id == ACCOUNT, jobs.c.state == "pending")
                    .order_by(jobs.c.priority, jobs.c.id)
                    .limit(1)
                ).scalar_one_or_none()
            if job_id is None:
                return
            run_job(self.parts, HANDLERS, job_id, worker="bench")


def open_bench(address: str, calls: int, settings: Settings) -> Bench:
    """Workers over a filled database, without a word about every job."""
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    database = Database(address, pool_size=1)
    return Bench(database, Parts(settings, database, DiskStore(settings.data_dir)), calls)


def naive_s(corpus: Corpus, phrases: int) -> float:
    """Seconds per call of a straightforward rapidfuzz loop over phrases."""
    texts = [
        " ".join(corpus.forms[n] for n in call.token_ids)
        for call in corpus.calls(NAIVE_CALLS, planted=phrases)
    ]
    began = time.perf_counter()
    for text in texts:
        for phrase in corpus.phrases[:phrases]:
            fuzz.partial_ratio(phrase, text, score_cutoff=NAIVE_CUTOFF)
    return (time.perf_counter() - began) / len(texts)


def best_s(work: Callable[[], object]) -> float:
    """The least seconds of several runs: the machine may be busy."""
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


def peak_mib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
