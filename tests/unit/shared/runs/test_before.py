"""Forgetting contacts in what an undo needs leaves the others as they were."""

from services.topics.marking.difference import StoredHit, StoredMark
from services.topics.runs.before import Before, ContactBefore, unpack_before
from shared.runs.before import without_contacts

HIT = StoredHit(7, (1, None, None, "client", 0, 10, 0, 1, "деньги", 100.0), "верните деньги")


def before(*contact_ids: int) -> Before:
    return Before(
        contacts=tuple(ContactBefore(one, 1, None, ",3,") for one in contact_ids),
        single=tuple((9, one, 2) for one in contact_ids),
        marks={
            (one, topic): StoredMark(one * 10, one, topic, 1, 0, (HIT,)) if topic == 5 else None
            for one in contact_ids
            for topic in (5, 6)
        },
    )


def test_a_contact_is_forgotten_everywhere() -> None:
    packed = without_contacts(before(1, 2, 3).pack(), [2, 9])
    assert unpack_before(packed) == before(1, 3)


def test_nothing_is_left_when_all_are_forgotten() -> None:
    assert unpack_before(without_contacts(before(1, 2).pack(), [1, 2])) == before()
