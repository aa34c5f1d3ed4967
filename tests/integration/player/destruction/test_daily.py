"""The daily pass: once a day, by itself, only where a retention is set, however many workers look."""

import threading

import pytest
from sqlalchemy import select, update

from services.player.destruction.daily import ACTOR, start_daily_runs
from shared.db.tables import accounts, groups, runs
from shared.runs import control
from tests.integration.player.destruction.world import DAY_MS, World
from tests.rows import add


@pytest.fixture
def old_call(world: World) -> int:
    """A call of long ago."""
    return world.call("client: да", sound=b"sound", started_at_ms=DAY_MS)


def set_retention(world: World, days: int | None) -> None:
    with world.database.write() as connection:
        connection.execute(update(accounts).values(retention_days=days))


def next_day(world: World) -> None:
    with world.database.write() as connection:
        connection.execute(update(accounts).values(retention_day=accounts.c.retention_day - 1))


def test_what_is_due_goes_by_itself(world: World, old_call: int) -> None:
    set_retention(world, 30)
    (run_id,) = start_daily_runs(world.database)
    world.work()
    assert world.run(run_id).actor == ACTOR
    assert [row.state for row in world.act(run_id)] == ["destroyed"]
    assert world.object_names() == set()


def test_nothing_goes_without_a_retention(world: World, old_call: int) -> None:
    assert start_daily_runs(world.database) == []
    next_day(world)
    assert start_daily_runs(world.database) == []
    assert world.recording(world.recording_of(old_call)).destroyed_at_ms is None


def test_a_groups_retention_is_enough(world: World, old_call: int) -> None:
    with world.database.write() as connection:
        group = {"account_id": world.account_id, "external_id": "g", "name": "G"}
        add(connection, groups, **group, retention_days=5)
    assert start_daily_runs(world.database) == []
    next_day(world)
    set_retention(world, 30)
    assert len(start_daily_runs(world.database)) == 1


def test_one_run_a_day_however_many_look(world: World, old_call: int) -> None:
    set_retention(world, 30)
    started: list[int] = []
    together = threading.Barrier(4)

    def look() -> None:
        together.wait()
        started.extend(start_daily_runs(world.database))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    with world.database.read() as connection:
        assert connection.execute(select(runs.c.id)).scalars().all() == started
    assert start_daily_runs(world.database) == []


def test_a_paused_run_is_not_gone_round(world: World, old_call: int) -> None:
    set_retention(world, 30)
    world.call("client: да", sound=b"sound", started_at_ms=DAY_MS)
    (run_id,) = start_daily_runs(world.database)
    with world.database.write() as connection:
        connection.execute(update(runs).values(state="running"))
        control.pause(connection, world.account_id, run_id)
    next_day(world)
    assert start_daily_runs(world.database) == []
    with world.database.write() as connection:
        control.cancel(connection, world.account_id, run_id)
    next_day(world)
    assert len(start_daily_runs(world.database)) == 1


def test_days_without_anything_due_leave_no_run(world: World) -> None:
    set_retention(world, 30)
    world.call("client: да", sound=b"sound", started_at_ms=world.database.clock_ms())
    assert start_daily_runs(world.database) == []
