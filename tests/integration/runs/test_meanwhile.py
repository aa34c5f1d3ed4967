"""What others do while a run goes: other runs, other rules, and calls that are judged meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from services.topics.marking.tagging import Tagger
from services.topics.runs.starting import RulesChanged, apply_dry_run
from services.topics.tasks import HANDLERS
from shared.db.tables import (
    accounts,
    contacts,
    topic_versions,
    topics,
)
from shared.errors import Conflict
from shared.queue.runner import Finish, JobContext
from shared.runs import control
from shared.runs.kinds import RunState
from tests.integration.runs.world import OPENING, OTHER_REFUND, THANKS, World


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
    assert world.chunk_jobs().count("cancelled") > 0
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
