"""Re-tagging runs: a dry run says what the same run changes, and only what is due is judged."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from shared.contacts.filters import ContactFilter
from shared.db.tables import contacts, marks, topic_judgements
from tests.integration.runs.world import (
    OPENING,
    OTHER_REFUND,
    REFUND,
    THANKS,
    World,
    conversation,
)


@pytest.fixture
def calls(world: World) -> list[int]:
    """Ten tagged calls: 1, 4, 7 … demand their money, 2, 5, 8 … say thanks, 3, 6, 9 neither."""
    ends = [REFUND, THANKS, "client: всего доброго"]
    ids = [world.account.call(OPENING, ends[n % 3]) for n in range(10)]
    world.tag_all()
    return ids


def test_a_dry_run_tells_what_the_run_changes(world: World, calls: list[int]) -> None:
    world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
    before = world.stored()
    dry = world.finish("refund", apply=False)
    assert world.stored() == before
    assert world.run(dry).state == "done"
    thanks, refunds = calls[1::3], calls[0::3]
    assert world.changes(dry) == {"refund": (thanks, [], [], len(refunds))}
    applied = world.finish("refund")
    assert world.changes(applied) == world.changes(dry)
    assert world.findings() == world.judged_directly()
    assert world.run(applied).chunks_done == world.run(applied).chunks_total == 3


def test_everything_that_stays_keeps_its_id(world: World, calls: list[int]) -> None:
    world.activate("refund", {"said": {"phrases": ["вернуть деньги"]}})
    before = world.stored()
    world.finish("refund")
    after = world.stored()
    assert after["hits"] == before["hits"]
    assert {row[0] for row in after["marks"]} == {row[0] for row in before["marks"]}
    assert after["marks"] != before["marks"], "they carry the new version"


def test_removed_and_undecidable(world: World, calls: list[int]) -> None:
    deaf = world.account.call(OPENING, transcribed=False)
    world.tag_all()
    world.activate("refund", {"said": {"by": "client", "phrases": ["ничего такого"]}})
    run_id = world.finish("refund")
    assert world.changes(run_id)["refund"] == ([], calls[0::3], [deaf], 0)
    assert world.findings() == world.judged_directly()


def test_topics_that_ask_about_a_chosen_one_are_judged_with_it(world: World) -> None:
    angry = world.account.call(OPENING, "client: безобразие спасибо")
    world.tag_all()
    world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
    run_id = world.finish("refund")
    assert world.changes(run_id) == {
        "refund": ([angry], [], [], 0),
        "angry-refund": ([angry], [], [], 0),
    }


def test_a_prerequisite_is_judged_and_not_stored(world: World) -> None:
    angry = world.account.call(OPENING, "client: безобразие спасибо")
    world.tag_all()
    world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
    run_id = world.finish("angry-refund")
    assert world.changes(run_id) == {"angry-refund": ([angry], [], [], 0)}
    assert world.account.topics_of(angry) == ["angry-refund", "greeting"]


def test_what_has_been_judged_is_passed_by_unless_everything_is_asked_for(
    world: World, calls: list[int]
) -> None:
    assert world.changes(world.finish(apply=False)) == {}
    again = world.changes(world.finish(apply=False, everything=True))
    assert again == {"greeting": ([], [], [], 10), "refund": ([], [], [], 4)}
    world.activate("refund", OTHER_REFUND)
    fresh = world.account.call(OPENING, THANKS)
    world.account.ask(fresh)
    world.work()
    added = world.changes(world.finish())["refund"][0]
    assert added == calls[1::3]


def test_drafts_are_compared_before_they_are_activated(world: World, calls: list[int]) -> None:
    world.draft("refund", OTHER_REFUND)
    before = world.stored()
    run_id = world.finish("refund", apply=False, drafts=True)
    assert world.changes(run_id)["refund"] == (calls[1::3], [], [], 4)
    assert world.stored() == before


def test_a_filter_narrows_the_run(world: World, calls: list[int]) -> None:
    with world.database.write() as connection:
        connection.execute(
            update(contacts).where(contacts.c.id > calls[4]).values(direction="outbound")
        )
    world.activate("refund", OTHER_REFUND)
    run_id = world.finish("refund", wanted=ContactFilter(directions=["outbound"]))
    assert world.changes(run_id)["refund"][0] == [calls[7]]
    assert world.run(run_id).subjects_total == 5


def stamps(world: World) -> tuple[set[Any], set[Any]]:
    with world.database.read() as connection:
        tagged = connection.execute(select(contacts.c.tagged_revision)).scalars()
        single = connection.execute(
            select(topic_judgements.c.topic_id, topic_judgements.c.revision)
        )
        return set(tagged), {tuple(row) for row in single}


def test_stamps_say_by_which_topics_a_call_was_judged(world: World, calls: list[int]) -> None:
    world.activate("refund", OTHER_REFUND)
    world.activate("greeting", {"said": {"phrases": ["слушаю"]}})
    world.finish("greeting")
    assert stamps(world) == ({1}, {(world.topic_ids["greeting"], 3)})
    world.finish("refund")
    assert stamps(world) == ({3}, set())


def test_marks_of_people_stay(world: World, calls: list[int]) -> None:
    with world.database.write() as connection:
        connection.execute(
            insert(marks),
            [
                {
                    "account_id": world.account.id,
                    "contact_id": calls[0],
                    "topic_id": world.topic_ids["refund"],
                    "origin": origin,
                    "verdict": verdict,
                    "created_at_ms": 1,
                }
                for origin, verdict in (("operator", True), ("correction", False))
            ],
        )

    def of_people() -> list[Any]:
        return [row for row in world.stored()["marks"] if row[4] != "rule"]

    before = of_people()
    world.activate("refund", {"said": {"phrases": ["ничего такого"]}})
    world.finish("refund")
    assert of_people() == before


def test_a_random_corpus_comes_out_as_judged_directly(world: World) -> None:
    for seed in range(40):
        world.account.call(*conversation(seed))
    world.tag_all()
    world.activate("refund", OTHER_REFUND, asked_by=("angry-refund",))
    world.activate("greeting", {"not_said": {"by": "operator", "phrases": ["добрый день"]}})
    world.finish()
    assert world.findings() == world.judged_directly()
    assert stamps(world) == ({3}, set())
