"""What falls due: days of account and group, favourites, legal holds; a dry run says it and why."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import update

from shared.db.tables import accounts, contacts, groups, recordings
from tests.integration.player.destruction.world import DAY_MS, World
from tests.rows import add

SOUND = b"sound"


@dataclass(frozen=True)
class Case:
    """A call of an age in days, kept for so many by its account and its group."""

    name: str
    account: int | None
    group: int | None
    age: float
    reason: str | None
    values: dict[str, Any] = field(default_factory=dict)


CASES = (
    Case("no retention", None, None, 40_000, None),
    Case("younger", 30, None, 29.9, None),
    Case("just over", 30, None, 30.1, "retention"),
    Case("group keeps longer", 30, 60, 45, None),
    Case("group keeps longer, over", 30, 60, 61, "group-retention"),
    Case("group keeps shorter", 30, 10, 11, "group-retention"),
    Case("only the group", None, 10, 11, "group-retention"),
    Case("favourite", 30, None, 400, None, {"favourite": True}),
    Case("legal hold", 30, None, 400, None, {"legal_hold": True}),
    Case("favourite of a group", 30, 10, 400, None, {"favourite": True}),
    Case("longest", 36_500, None, 36_501, "retention"),
)


def prepare(world: World, case: Case) -> int:
    now = world.database.clock_ms()
    with world.database.write() as connection:
        connection.execute(update(accounts).values(retention_days=case.account))
        group_id = add(
            connection,
            groups,
            account_id=world.account_id,
            external_id="sales",
            name="Sales",
            retention_days=case.group,
        )
    began = {"started_at_ms": now - round(case.age * DAY_MS), "group_id": group_id}
    return world.call("client: да", sound=SOUND, **began, **case.values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_due_goes_and_nothing_else(world: World, case: Case) -> None:
    recording_id = world.recording_of(prepare(world, case))
    names = world.object_names()

    dry = world.destroy(apply=False)
    planned = [(row.recording_id, row.state, row.reason) for row in world.act(dry)]
    assert planned == ([(recording_id, "planned", case.reason)] if case.reason else [])
    assert world.object_names() == names
    assert world.recording(recording_id).destroyed_at_ms is None

    applied = world.destroy()
    destroyed = [(row.recording_id, row.state, row.reason) for row in world.act(applied)]
    assert destroyed == ([(recording_id, "destroyed", case.reason)] if case.reason else [])
    assert world.object_names() == (set() if case.reason else names)
    assert (world.recording(recording_id).destroyed_at_ms is not None) == bool(case.reason)


def test_a_recording_whose_call_never_came_is_counted_from_its_receipt(world: World) -> None:
    now = world.database.clock_ms()
    ids = [world.recording_of(world.call("client: да", sound=SOUND)) for _ in range(2)]
    with world.database.write() as connection:
        connection.execute(update(accounts).values(retention_days=30))
        for recording_id, age in zip(ids, (29, 31), strict=True):
            connection.execute(
                update(recordings)
                .where(recordings.c.id == recording_id)
                .values(contact_id=None, received_at_ms=now - age * DAY_MS)
            )
    assert [row.recording_id for row in world.act(world.destroy())] == [ids[1]]


def test_on_request_a_favourite_goes_and_a_held_call_stays(world: World) -> None:
    favourite = world.call("client: да", sound=SOUND, favourite=True)
    held = world.call("client: да", sound=SOUND, legal_hold=True)
    run_id = world.destroy(favourite, held)
    assert [row.recording_id for row in world.act(run_id)] == [world.recording_of(favourite)]


@pytest.mark.parametrize("change", ["favourite", "legal_hold", "retention"])
def test_what_is_kept_since_the_run_began_stays(world: World, change: str) -> None:
    call = prepare(world, Case("over", 30, None, 31, "retention"))
    run_id = world.start()
    with world.database.write() as connection:
        if change == "retention":
            connection.execute(update(accounts).values(retention_days=None))
        else:
            connection.execute(update(contacts).where(contacts.c.id == call).values({change: True}))
    world.work()
    assert world.run(run_id).state == "done"
    assert world.act(run_id) == []
    assert len(world.object_names()) == 6


def test_another_accounts_retention_destroys_nothing_here(world: World) -> None:
    call = world.call("client: да", sound=SOUND, started_at_ms=1)
    with world.database.write() as connection:
        add(connection, accounts, name="Лютик", retention_days=1, created_at_ms=0)
    assert world.act(world.destroy()) == []
    assert world.recording(world.recording_of(call)).destroyed_at_ms is None
