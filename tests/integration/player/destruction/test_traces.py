"""A planted word and a planted sound: after the destruction no table, file or bucket has them."""

from pathlib import Path

import pytest
from sqlalchemy import select

from shared.db.session import Database
from shared.db.tables import (
    contacts,
    exports,
    hits,
    jobs,
    lexicon,
    lexicon_counters,
    marks,
    packed_transcripts,
    renditions,
    transcripts,
)
from shared.queue.runner import Parts
from shared.runs import control
from shared.settings import Settings
from shared.storage import ObjectStore
from shared.text.lexicon import number_forms
from tests.integration.player.destruction.world import (
    World,
    files_with,
    objects_with,
    places_in_database,
)
from tests.integration.runs.world import OPENING, OTHER_REFUND, make_world

WORD = "тетрагидрофуран"
PLANTED = (WORD.encode(), WORD.capitalize().encode())
SOUND = b"RIFF planted sound 5f1c0f6b RIFF" * 100
OTHER_SOUND = b"RIFF the other's sound RIFF" * 100
PRECISE = f"client: верните {WORD} деньги"


@pytest.fixture
def stored(settings: Settings, database: Database, object_store: ObjectStore) -> World:
    """The world in each store."""
    parts = Parts(settings, database, object_store)
    return World(parts, make_world(parts))


def test_nothing_is_left_of_a_destroyed_call(stored: World, tmp_path: Path) -> None:
    world = stored
    call = world.call(OPENING, PRECISE, sound=SOUND)
    other = world.call(OPENING, "client: верните мне деньги пожалуйста", sound=OTHER_SOUND)
    # The evidence as an applied run found it is kept for undoing the run.
    world.topics.tag_all()
    world.topics.activate("refund", {"said": {"by": "client", "phrases": ["безобразие"]}})
    world.topics.finish("refund")
    world.topics.activate("refund", OTHER_REFUND)
    world.topics.tag_all()
    assert places_in_database(world.database, *PLANTED) == {
        "hits.text", "lexicon.form", "run_chunks.before", "transcripts.document",
    }  # fmt: skip
    assert len(objects_with(world.parts, SOUND)) == 6
    recording_id = world.recording_of(call)

    run_id = world.destroy(call)

    assert places_in_database(world.database, *PLANTED) == set()
    assert files_with(tmp_path, *PLANTED, SOUND[:32]) == set()
    assert objects_with(world.parts, SOUND[:32]) == set()
    assert len(objects_with(world.parts, OTHER_SOUND)) == 6
    (act,) = world.act(run_id)
    assert (act.recording_id, act.state, act.reason, act.object_names) == (
        recording_id, "destroyed", "request", [],
    )  # fmt: skip
    assert act.marked_at_ms <= act.destroyed_at_ms
    assert len(act.facts["objects"]) == 6
    assert world.recording(recording_id).destroyed_at_ms is not None
    with world.database.read() as connection:
        for table in (transcripts, packed_transcripts, renditions, hits):
            left = select(table.c.recording_id).distinct()
            assert set(connection.execute(left).scalars()) == {world.recording_of(other)}
        assert world.topics.account.topics_of(call) == []
        assert world.topics.account.topics_of(other) == ["greeting", "refund"]
        names = connection.execute(select(exports.c.object_name).order_by(exports.c.id)).scalars()
        assert [bool(name) for name in names] == [False, True]
        kinds = select(jobs.c.kind).where(jobs.c.subject_id == recording_id)
        assert not {"playback", "transcribe"} & set(
            connection.execute(kinds.where(jobs.c.state != "done")).scalars()
        )
        flags = select(contacts.c.audible, contacts.c.speech_ms).where(contacts.c.id == call)
        assert connection.execute(flags).one() == (0, 0)


def test_words_that_others_use_stay_and_numbers_are_never_given_again(world: World) -> None:
    call = world.call(OPENING, PRECISE, sound=SOUND)
    other = world.call(OPENING, "client: верните мне деньги пожалуйста", sound=OTHER_SOUND)
    account_id = world.account_id
    with world.database.read() as connection:
        before = dict(connection.execute(select(lexicon.c.form, lexicon.c.word_no)).all())
        size = connection.execute(select(lexicon_counters.c.size)).scalar_one()
    world.destroy(call)
    with world.database.read() as connection:
        after = dict(connection.execute(select(lexicon.c.form, lexicon.c.word_no)).all())
    assert before.keys() - after.keys() == {WORD}
    assert after.items() <= before.items()
    assert number_forms(world.database, account_id, [WORD, "деньги"]) == {
        WORD: size,
        "деньги": before["деньги"],
    }
    # A process that has read the lexicon before judges as one that has not.
    world.topics.activate("refund", {"said": {"by": "client", "phrases": [f"!{WORD}"]}})
    again = world.topics.account.call(OPENING, PRECISE)
    world.topics.tag_all()
    assert world.topics.account.topics_of(again) == ["greeting", "refund"]
    assert world.topics.account.topics_of(other) == ["greeting"]


def test_marks_of_people_stay(world: World) -> None:
    call = world.call(OPENING, PRECISE, sound=SOUND)
    world.topics.tag_all()
    with world.database.write() as connection:
        connection.execute(
            marks.insert().values(
                account_id=world.account_id,
                contact_id=call,
                topic_id=world.topics.topic_ids["refund"],
                origin="correction",
                verdict=True,
                created_at_ms=0,
            )
        )
    world.destroy(call)
    with world.database.read() as connection:
        left = connection.execute(select(marks.c.origin).where(marks.c.contact_id == call))
        assert left.scalars().all() == ["correction"]


def test_objects_of_an_adopted_archive_are_their_owners(world: World) -> None:
    call = world.call(OPENING, PRECISE, sound=SOUND, owned=False)
    recording_id = world.recording_of(call)
    (act,) = world.act(world.destroy(call))
    theirs = f"theirs/{recording_id}"
    assert world.object_names() == {theirs}
    assert act.facts["kept_by_owner"] == [theirs]
    assert theirs not in act.facts["objects"]
    assert world.recording(recording_id).object_name == ""


def test_what_a_killed_attempt_left_among_the_renditions_goes_too(world: World) -> None:
    call = world.call(OPENING, sound=SOUND)
    world._put(f"renditions/{world.account_id}/{world.recording_of(call)}/playback-1-a7.mp3", SOUND)
    world.destroy(call)
    assert world.object_names() == set()


def test_an_undone_run_passes_a_destroyed_call_by(world: World) -> None:
    calls = [world.call(OPENING, PRECISE, sound=SOUND) for _ in range(2)]
    world.topics.tag_all()
    world.topics.activate("refund", {"said": {"by": "client", "phrases": ["безобразие"]}})
    run_id = world.topics.finish("refund")
    world.destroy(calls[0])
    world.topics.do(control.undo, run_id)
    world.work()
    assert world.topics.account.topics_of(calls[0]) == []
    assert world.topics.account.topics_of(calls[1]) == ["greeting", "refund"]
