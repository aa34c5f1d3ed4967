"""Undoing an applied run restores every row, but for what was judged or destroyed since."""

import pytest
from sqlalchemy import delete, select

from shared.db.tables import (
    hits,
    marks,
    recordings,
)
from shared.errors import Conflict, JobFailed
from shared.queue.runner import Finish, JobContext
from shared.runs import control
from shared.runs.kinds import RunState
from tests.integration.runs.world import OPENING, THANKS, World


def test_undoing_restores_every_row(world: World, calls: list[int]) -> None:
    world.activate("refund", {"said": {"by": "client", "phrases": ["спасибо"]}})
    before = world.stored()
    run_id = world.finish()
    assert world.stored() != before
    world.do(control.undo, run_id)
    world.work(most=1)
    assert world.run(run_id).state is RunState.UNDOING
    world.work()
    run = world.run(run_id)
    assert (run.state, run.chunks_done) == (RunState.UNDONE, 0)
    assert world.stored() == before
    # And the same run can be done anew.
    world.finish()
    assert world.findings() == world.judged_directly()


def test_undoing_a_cancelled_run_restores_what_it_did(world: World, calls: list[int]) -> None:
    before = world.stored()
    run_id = world.start()
    world.work(most=3)
    world.do(control.cancel, run_id)
    assert world.stored() != before
    world.do(control.undo, run_id)
    world.work()
    assert world.stored() == before


def test_undoing_leaves_alone_what_was_judged_since(world: World, calls: list[int]) -> None:
    run_id = world.finish()
    later = calls[0]
    world.account.transcribe(world.account.recording_of(later), OPENING, "client: верните деньги")
    world.account.ask(later)
    world.work()
    judged_later = {row for row in world.stored()["marks"] if row[2] == later}
    world.do(control.undo, run_id)
    world.work()
    after = world.stored()
    assert {row for row in after["marks"] if row[2] == later} == judged_later
    assert {row[1] for row in after["stamps"] if row[0] != later} == {1}


def test_undoing_passes_by_what_was_destroyed(world: World, calls: list[int]) -> None:
    world.activate("refund", {"said": {"by": "client", "phrases": ["ничего такого"]}})
    before = world.stored()
    run_id = world.finish()
    gone = calls[1]
    recording_id = world.account.recording_of(gone)
    with world.database.write() as connection:
        connection.execute(delete(recordings).where(recordings.c.id == recording_id))
    world.do(control.undo, run_id)
    world.work()
    expected = [row for row in before["hits"] if row[3] != recording_id]
    assert world.stored()["hits"] == expected
    assert world.stored()["marks"] == before["marks"]


def test_a_later_run_stands_in_the_way_of_undoing(world: World, calls: list[int]) -> None:
    first = world.finish()
    world.activate("refund", {"said": {"phrases": ["вернуть деньги"]}})
    second = world.finish()
    with pytest.raises(Conflict, match=f"run {second}"):
        world.do(control.undo, first)
    world.do(control.undo, second)
    with pytest.raises(Conflict, match="not finished"):
        world.do(control.undo, first)
    world.work()
    world.do(control.undo, first)


def test_dry_runs_cannot_be_undone(world: World, calls: list[int]) -> None:
    with pytest.raises(Conflict, match="changed nothing"):
        world.do(control.undo, world.finish(apply=False))


def test_a_run_that_broke_is_undone_instead(world: World, calls: list[int]) -> None:
    before = world.stored()
    run_id = world.start()

    def broken(context: JobContext) -> Finish:
        raise JobFailed("out-of-memory", "It needs more.")

    world.work(most=2)
    world.work(most=1, handlers={"retag": broken})
    assert world.stored() != before
    world.do(control.undo, run_id)
    world.work()
    assert world.run(run_id).state is RunState.UNDONE
    assert world.stored() == before


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_an_id_that_sqlite_gave_to_another_mark_is_not_lost(world: World, calls: list[int]) -> None:
    world.activate("refund", {"said": {"by": "client", "phrases": ["ничего такого"]}})
    before = world.findings()
    run_id = world.finish()
    world.account.ask(world.account.call(OPENING, THANKS))
    world.work()
    world.do(control.undo, run_id)
    world.work()
    assert world.findings() >= before
    with world.database.read() as connection:
        orphans = connection.execute(
            select(hits.c.id).where(hits.c.mark_id.not_in(select(marks.c.id)))
        ).all()
    assert orphans == []
