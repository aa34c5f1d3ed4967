"""Eight processes pack and tag overlapping new words: no gap, no double, no deadlock."""

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sqlalchemy import func, select

from services.topics.tasks import HANDLERS
from shared.db.session import Database
from shared.db.tables import hits, jobs, lexicon
from shared.queue.runner import Parts, run_job
from shared.settings import Settings
from shared.storage.disk import DiskStore

from .calls import Account, new_account

PROCESSES = 8
CALLS = 16
PACK = """pack: small
language: ru
name: Проба
topics:
  - {key: greeting, name: Приветствие, group: А, colour: "#000000",
     rule: {said: {by: operator, phrases: [здравствуйте]}}}
  - {key: refund, name: Возврат, group: А, colour: "#000000",
     rule: {said: {by: client, phrases: [вернуть деньги]}}}
  - {key: gratitude, name: Спасибо, group: А, colour: "#000000",
     rule: {said: {by: client, phrases: [спасибо, благодар*]}}}
  - {key: noise, name: Слова, group: А, colour: "#000000",
     rule: {said: {phrases: [слово*, "7"]}}}
"""
OPENING = "operator: здравствуйте компания вектор"


def conversation(seed: int) -> list[str]:
    """A call with words of its own, words that others have too, and at times a demand."""
    choose = random.Random(seed)
    noise = " ".join(f"слово{choose.randrange(60)}" for _ in range(15))
    demand = "верните деньги" if seed % 2 else "спасибо большое"
    return [OPENING, f"client: {noise} {demand}"]


def work(settings: Settings, account: tuple[int, int], calls: list[int], jobs_of: dict[int, int],
         seed: int) -> int:  # fmt: skip
    """Transcribe and tag calls in an order of one's own; other processes do the same calls."""
    database = Database(settings.database_address)
    mine = Account(database, *account)
    parts = Parts(settings=settings, database=database, store=DiskStore(settings.objects_path))
    order = list(calls)
    random.Random(seed).shuffle(order)
    done = 0
    for contact_id in order:
        done += run_job(parts, HANDLERS, jobs_of[contact_id], worker=f"w{seed}")
        # New words come while others tag.
        number = calls.index(contact_id)
        if number % PROCESSES == seed:
            mine.transcribe(mine.recording_of(contact_id), *conversation(number))
            mine.ask(contact_id)
            done += run_job(parts, HANDLERS, jobs_of[contact_id], worker=f"w{seed}")
    database.close()
    return done


def test_overlapping_new_words(database: Database, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "small.yaml").write_text(PACK, encoding="utf-8")
    account = new_account(database, packs=tmp_path)
    calls = [account.call(*conversation(n + 1000)) for n in range(CALLS)]
    jobs_of = {contact_id: account.ask(contact_id) for contact_id in calls}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        futures = [
            pool.submit(work, settings, (account.id, account.source_id), calls, jobs_of, seed)
            for seed in range(PROCESSES)
        ]
        assert sum(future.result(timeout=240) for future in futures) >= CALLS
    parts = Parts(settings=settings, database=database, store=DiskStore(settings.objects_path))
    for contact_id in calls:
        # A job that was asked for while it ran waits for its second run.
        run_job(parts, HANDLERS, jobs_of[contact_id], worker="last")
    with database.read() as connection:
        numbers = connection.execute(
            select(lexicon.c.word_no).where(lexicon.c.account_id == account.id)
        ).scalars()
        assert sorted(numbers) == list(range(len(set(lexicon_forms(database, account.id)))))
        states = connection.execute(select(jobs.c.state).distinct()).scalars().all()
        assert states == ["done"]
        doubles = connection.execute(
            select(hits.c.mark_id, hits.c.recording_id, hits.c.start_ms, hits.c.phrase)
            .group_by(hits.c.mark_id, hits.c.recording_id, hits.c.start_ms, hits.c.phrase)
            .having(func.count() > 1)
        ).all()
        assert doubles == []
    for number, contact_id in enumerate(calls):
        wanted = ["refund"] if number % 2 else ["gratitude"]
        assert account.topics_of(contact_id) == sorted(["greeting", "noise", *wanted])


def lexicon_forms(database: Database, account_id: int) -> list[str]:
    with database.read() as connection:
        return list(
            connection.execute(
                select(lexicon.c.form).where(lexicon.c.account_id == account_id)
            ).scalars()
        )
