"""Pausing, resuming and cancelling runs, and what happens when a job of theirs breaks."""

import pytest
from sqlalchemy import select

from services.topics.tasks import HANDLERS
from shared.db.tables import (
    jobs,
)
from shared.domain.pipeline import JobState, Priority
from shared.errors import Conflict, JobFailed
from shared.queue import jobs as queue
from shared.queue.runner import Finish, JobContext
from shared.runs import control
from shared.runs.kinds import RunState
from tests.integration.runs.world import OPENING, THANKS, World


def test_a_paused_run_rests_until_it_is_resumed(world: World, calls: list[int]) -> None:
    run_id = world.start()
    # The plan and one of three chunks.
    world.work(most=2)
    world.do(control.pause, run_id)
    assert world.chunk_jobs() == ["done", "cancelled", "cancelled"]
    assert world.work() == 0
    run = world.run(run_id)
    assert (run.state, run.chunks_done, run.subjects_done) == (RunState.PAUSED, 1, 4)
    with pytest.raises(Conflict):
        world.do(control.pause, run_id)
    world.do(control.resume, run_id)
    world.work()
    assert world.run(run_id).state is RunState.DONE
    assert world.findings() == world.judged_directly()


def test_what_is_worked_on_when_a_run_is_paused_is_kept(world: World, calls: list[int]) -> None:
    run_id = world.start()
    world.work(most=1)

    def paused_meanwhile(context: JobContext) -> Finish:
        finish = HANDLERS["retag"](context)
        if world.run(run_id).phase is RunState.RUNNING:
            world.do(control.pause, run_id)
        return finish

    world.work(handlers={**HANDLERS, "retag": paused_meanwhile})
    assert world.run(run_id).chunks_done == 1
    world.do(control.resume, run_id)
    world.work()
    assert world.run(run_id).state is RunState.DONE


def test_a_cancelled_run_is_final_and_throws_away_what_is_worked_on(
    world: World, calls: list[int]
) -> None:
    run_id = world.start()
    world.work(most=2)
    before = world.stored()

    def cancelled_meanwhile(context: JobContext) -> Finish:
        finish = HANDLERS["retag"](context)
        world.do(control.cancel, run_id)
        return finish

    world.work(handlers={**HANDLERS, "retag": cancelled_meanwhile})
    assert world.stored() == before
    assert world.chunk_jobs() == ["done", "cancelled", "cancelled"]
    assert world.run(run_id).state is RunState.CANCELLED
    for verb in (control.resume, control.pause, control.cancel):
        with pytest.raises(Conflict):
            world.do(verb, run_id)


@pytest.mark.parametrize("ended", [JobState.FAILED, JobState.CANCELLED])
def test_a_broken_job_shows_and_is_healed_by_resuming(
    world: World, calls: list[int], ended: JobState
) -> None:
    run_id = world.start()

    def broken(context: JobContext) -> Finish:
        if ended is JobState.FAILED:
            raise JobFailed("out-of-memory", "It needs more.")
        with world.database.write() as connection:
            queue.cancel(connection, account_id=world.account.id, job_id=context.job.id)
        return lambda _connection: None

    world.work(most=1)
    world.work(most=1, handlers={"retag": broken})
    run = world.run(run_id)
    code = "out-of-memory" if ended is JobState.FAILED else "cancelled"
    assert (run.state, run.phase, run.error_code) == (RunState.FAILED, RunState.RUNNING, code)
    world.do(control.resume, run_id)
    world.work()
    assert world.run(run_id).state is RunState.DONE
    assert world.findings() == world.judged_directly()


def test_new_calls_go_before_a_run(world: World, calls: list[int]) -> None:
    world.start()
    world.work(most=1)
    fresh = world.account.call(OPENING, THANKS)
    world.account.ask(fresh)
    world.work(most=1)
    assert world.account.topics_of(fresh) == ["greeting", "refund"]
    with world.database.read() as connection:
        urgencies = connection.execute(
            select(jobs.c.priority).where(jobs.c.kind == "retag").distinct()
        ).scalars()
        assert list(urgencies) == [Priority.RUNS]
