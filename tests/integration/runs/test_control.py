"""Pausing, resuming, cancelling and undoing runs, and what happens when a job of theirs breaks."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.topics.marking.tagging import Tagger
from services.topics.runs.starting import RulesChanged, apply_dry_run
from services.topics.tasks import HANDLERS
from shared.db.tables import (
    accounts,
    contacts,
    hits,
    jobs,
    marks,
    recordings,
    topic_versions,
    topics,
)
from shared.domain.pipeline import JobState, Priority
from shared.errors import Conflict, JobFailed
from shared.queue import jobs as queue
from shared.queue.runner import Finish, JobContext
from shared.runs import control
from shared.runs.kinds import RunState
from tests.integration.runs.world import OPENING, OTHER_REFUND, REFUND, THANKS, World


@pytest.fixture
def calls(world: World) -> list[int]:
    """Ten calls tagged by rules that have changed since: every other one demands its money."""
    ids = [world.account.call(OPENING, REFUND if n % 2 else THANKS) for n in range(10)]
    world.tag_all()
    world.activate("refund", OTHER_REFUND)
    return ids


def chunk_jobs(world: World, kind: str = "retag") -> list[str]:
    with world.database.read() as connection:
        return list(
            connection.execute(
                select(jobs.c.state).where(jobs.c.kind == kind).order_by(jobs.c.id)
            ).scalars()
        )


def test_a_paused_run_rests_until_it_is_resumed(world: World, calls: list[int]) -> None:
    run_id = world.start()
    # The plan and one of three chunks.
    world.work(most=2)
    world.do(control.pause, run_id)
    assert chunk_jobs(world) == ["done", "cancelled", "cancelled"]
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
    assert chunk_jobs(world) == ["done", "cancelled", "cancelled"]
    assert world.run(run_id).state is RunState.CANCELLED
    for verb in (control.resume, control.pause, control.cancel):
        with pytest.raises(Conflict):
            world.do(verb, run_id)


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


def test_one_run_at_a_time_changes_things(world: World, calls: list[int]) -> None:
    first = world.start()
    with pytest.raises(Conflict, match=f"run {first} is not finished"):
        world.start()
    world.start(apply=False)
    world.work()
    world.start()


def test_a_version_that_moves_stops_a_run_that_applies(world: World, calls: list[int]) -> None:
    run_id = world.start()
    dry = world.start(apply=False)
    world.work(most=3)
    world.activate("refund", {"said": {"phrases": ["вернуть деньги"]}})
    world.work()
    run = world.run(run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "rules-changed")
    assert chunk_jobs(world).count("cancelled") > 0
    assert world.run(dry).state is RunState.DONE
    # What it did before was right when it did it, and is taken back as any run's.
    world.do(control.undo, run_id)
    world.work()
    assert world.run(run_id).state is RunState.UNDONE


def apply(world: World, dry: int) -> int:
    with world.database.write() as connection:
        return apply_dry_run(
            connection, account_id=world.account.id, actor="user:1", dry_run_id=dry
        )


def test_a_dry_run_is_applied_while_its_rules_are_in_force(world: World, calls: list[int]) -> None:
    dry = world.finish("refund", apply=False)
    run_id = apply(world, dry)
    world.work()
    assert world.changes(run_id) == world.changes(dry)
    assert world.findings() == world.judged_directly()
    with pytest.raises(Conflict, match="not a dry run"):
        apply(world, run_id)


def test_a_dry_run_of_rules_that_have_changed_is_not_applied(
    world: World, calls: list[int]
) -> None:
    dry = world.finish("angry-refund", apply=False)
    world.activate("refund", {"said": {"phrases": ["вернуть деньги"]}})
    with pytest.raises(RulesChanged):
        apply(world, dry)


def test_a_dry_run_of_a_draft_is_applied_once_it_is_in_force(
    world: World, calls: list[int]
) -> None:
    world.draft("refund", {"said": {"phrases": ["спасибо"]}})
    dry = world.finish("refund", apply=False, drafts=True)
    with pytest.raises(RulesChanged):
        apply(world, dry)
    of_topic = topic_versions.c.topic_id == world.topic_ids["refund"]
    with world.database.write() as connection:
        connection.execute(
            update(topic_versions).where(of_topic, topic_versions.c.number == 3)
            .values(state="active")
        )  # fmt: skip
        connection.execute(
            update(topics).where(topics.c.key == "refund")
            .values(active_version=3, rules_revision=3)
        )  # fmt: skip
        connection.execute(update(accounts).values(rules_revision=3))
    run_id = apply(world, dry)
    world.work()
    assert world.changes(run_id) == world.changes(dry)


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


def tag_by(world: World, contact_id: int, finish: Callable[[Any], None]) -> None:
    with world.database.write() as connection:
        finish(connection)


def test_a_call_that_was_judged_meanwhile_is_left_alone(world: World, calls: list[int]) -> None:
    run_id = world.start()
    world.work(most=1)
    tagger = Tagger(world.database, world.account.id)

    def tagged_meanwhile(context: JobContext) -> Finish:
        finish = HANDLERS["retag"](context)
        tag_by(world, calls[0], tagger.tag(calls[0]))
        return finish

    world.work(most=1, handlers={"retag": tagged_meanwhile})
    world.work()
    assert world.run(run_id).state is RunState.DONE
    assert calls[0] not in world.changes(run_id)["refund"][0]
    assert world.findings() == world.judged_directly()


def test_a_call_that_older_rules_judged_meanwhile_is_taken_once_more(
    world: World, calls: list[int]
) -> None:
    """As if a tagging under revision 1 had ended between the run's reading and its writing."""
    run_id = world.start()
    world.work(most=1)
    late = calls[0]

    def older_meanwhile(context: JobContext) -> Finish:
        finish = HANDLERS["retag"](context)
        with world.database.write() as connection:
            connection.execute(
                update(contacts)
                .where(contacts.c.id == late)
                .values(tagged_revision=1, judgements=contacts.c.judgements + 1)
            )
        return finish

    world.work(most=1, handlers={"retag": older_meanwhile})
    assert late not in world.changes(run_id)["refund"][0]
    world.work()
    run = world.run(run_id)
    assert (run.state, run.chunks_total) == (RunState.DONE, 4)
    assert late in world.changes(run_id)["refund"][0]
    assert world.findings() == world.judged_directly()


def test_a_tagging_that_ends_after_the_rules_changed_is_done_again(world: World) -> None:
    contact_id = world.account.call(OPENING, THANKS)
    finish = Tagger(world.database, world.account.id).tag(contact_id)
    world.activate("refund", OTHER_REFUND)
    world.finish()
    tag_by(world, contact_id, finish)
    assert world.account.topics_of(contact_id) == ["greeting", "refund"]
    assert world.work() == 1
    assert world.findings() == world.judged_directly()


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
