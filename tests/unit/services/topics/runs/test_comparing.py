"""Before and after, pair by pair of a topic and a contact."""

import numpy as np
import pytest

from services.topics.language.verdict import Verdict
from services.topics.runs.comparing import Outcome, topic_changes, undecided_of

NO, OPEN, YES = Verdict.NO, Verdict.UNDECIDABLE, Verdict.YES


def outcome(verdict: Verdict, *, stored: bool, due: bool = True) -> Outcome:
    return Outcome(
        contact_ids=np.array([7], np.int64),
        topic_ids=[3],
        due=np.array([[due]]),
        stored=np.array([[stored]]),
        verdicts=np.array([[verdict]], np.int8),
    )


@pytest.mark.parametrize(
    ("verdict", "stored", "expected"),
    [
        pytest.param(YES, False, ([7], [], [], 0), id="added"),
        pytest.param(YES, True, ([], [], [], 1), id="unchanged"),
        pytest.param(NO, True, ([], [7], [], 0), id="removed"),
        pytest.param(OPEN, False, ([], [], [7], 0), id="undecidable"),
        pytest.param(OPEN, True, ([], [7], [7], 0), id="removed, for it cannot be told any more"),
    ],
)
def test_one_pair(
    verdict: Verdict, *, stored: bool, expected: tuple[list[int], list[int], list[int], int]
) -> None:
    (change,) = topic_changes(outcome(verdict, stored=stored))
    found = (change.added.tolist(), change.removed.tolist(), change.undecidable.tolist())
    assert (*found, change.unchanged) == expected


def test_nothing_is_told_of_what_stays_unmarked_or_is_not_due() -> None:
    assert topic_changes(outcome(NO, stored=False)) == []
    assert topic_changes(outcome(YES, stored=False, due=False)) == []


def test_every_contact_is_named_with_what_leaves_it_open() -> None:
    assert undecided_of(outcome(OPEN, stored=False)) == {7: [3]}
    assert undecided_of(outcome(NO, stored=True)) == {7: []}
