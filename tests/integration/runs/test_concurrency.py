"""Rules are activated while four workers tag and a run goes: in the end every mark is right."""

import random
import threading
import time
from collections.abc import Callable

from sqlalchemy import select

from services.topics.tasks import HANDLERS
from shared.db.session import Database
from shared.db.tables import contacts, jobs
from shared.errors import Conflict
from shared.queue.runner import Finish, Handler, JobContext, Parts, run_job
from shared.runs.kinds import UNFINISHED
from tests.integration.runs.world import OTHER_REFUND, World, conversation
from tests.processes import wait_until

WORKERS = 4
CALLS = 48
WITHIN_S = 120


def slow(handler: Handler, choose: random.Random) -> Handler:
    """The handler, with time for others between its judgement and its writing."""

    def handle(context: JobContext) -> Finish:
        finish = handler(context)
        time.sleep(choose.random() * 0.05)
        return finish

    return handle


def worker(parts: Parts, number: int, stop: threading.Event) -> None:
    """Do waiting jobs of any kind, in no order, until told to stop."""
    choose = random.Random(number)
    database = Database(parts.settings.database_address)
    own = Parts(parts.settings, database, parts.store)
    handlers = {kind: slow(handler, choose) for kind, handler in HANDLERS.items()}
    while not stop.is_set():
        with database.read() as connection:
            waiting = connection.execute(select(jobs.c.id).where(jobs.c.state == "pending"))
            ids = list(waiting.scalars())
        if ids:
            run_job(own, handlers, choose.choice(ids), worker=f"w{number}")
        else:
            stop.wait(0.02)
    database.close()


def test_rules_change_while_four_workers_tag_and_a_run_goes(world: World) -> None:
    for seed in range(CALLS):
        world.account.call(*conversation(seed))
    with world.database.read() as connection:
        calls = connection.execute(select(contacts.c.id)).scalars().all()
    for contact_id in calls:
        world.account.ask(contact_id)
    world.start(everything=True)
    stop = threading.Event()
    crew = [
        threading.Thread(target=worker, args=(world.parts, number, stop))
        for number in range(WORKERS)
    ]
    for one in crew:
        one.start()
    try:
        wait_for_jobs(world, lambda done: done > CALLS // 4)
        world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
        for contact_id in calls[::3]:
            world.account.ask(contact_id)
        second = started(world)
        for contact_id in calls[1::3]:
            world.account.ask(contact_id)
        wait_until(
            lambda: world.run(second).phase not in UNFINISHED, within_s=WITHIN_S, what="the run"
        )
        wait_until(lambda: waiting(world) == 0, within_s=WITHIN_S, what="the jobs")
    finally:
        stop.set()
        for one in crew:
            one.join()
    assert world.run(second).state == "done"
    assert world.findings() == world.judged_directly()
    assert {row[1] for row in world.stored()["stamps"]} == {2}
    with world.database.read() as connection:
        assert set(connection.execute(select(jobs.c.error_code)).scalars()) == {""}


def started(world: World) -> int:
    """The run by the new rules, as soon as the one before has noticed that they changed."""
    found: list[int] = []

    def start() -> bool:
        try:
            found.append(world.start())
        except Conflict:
            return False
        return True

    wait_until(start, within_s=WITHIN_S, what="the run before to stop")
    return found[0]


def wait_for_jobs(world: World, enough: Callable[[int], bool]) -> None:
    def done() -> bool:
        with world.database.read() as connection:
            states = connection.execute(select(jobs.c.state)).scalars().all()
        return enough(states.count("done"))

    wait_until(done, within_s=WITHIN_S, what="jobs")


def waiting(world: World) -> int:
    with world.database.read() as connection:
        states = connection.execute(select(jobs.c.state)).scalars().all()
    return states.count("pending") + states.count("running")
