"""What undoing needs comes back from its packed form as it was."""

from services.topics.marking.difference import StoredHit, StoredMark
from services.topics.runs.before import Before, ContactBefore, unpack_before

HIT = StoredHit(5, (3, None, 8, "client", 100, 900, 0, 2, "вернуть деньги", 91.5), "верните деньги")


def test_it_comes_back() -> None:
    before = Before(
        contacts=(ContactBefore(1, 4, None, None), ContactBefore(2, 1, 7, ",3,")),
        single=((3, 2, 6),),
        marks={(1, 3): None, (2, 3): StoredMark(9, 2, 3, 11, 1_700_000_000_000, (HIT,))},
    )
    assert unpack_before(before.pack()) == before
