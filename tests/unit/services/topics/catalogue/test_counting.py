"""How many calls a version has judged, from the revisions that calls were tagged under."""

import pytest

from services.topics.catalogue.counting import (
    NEVER_TAGGED,
    InForce,
    Judging,
    judged_by_version,
)

OLD, NEW = InForce(topic_id=1, rules_revision=2), InForce(topic_id=2, rules_revision=5)


def test_calls_tagged_since_or_judged_by_a_run_are_judged() -> None:
    judging = Judging(
        tagged={NEVER_TAGGED: 10, 1: 100, 3: 1000, 5: 10_000},
        by_runs={1: 7, 2: 30},
        # Of those tagged under 3 a run judged 25 by the only topic that changed since; of those
        # tagged under 1 it judged 2 by one topic and 5 by both.
        made_up={(3, 1): 25, (1, 1): 2, (1, 2): 5},
    )
    assert judging.total == 11_110
    assert judging.judged(OLD) == 11_000 + 7
    assert judging.judged(NEW) == 10_000 + 30
    assert judging.judged_by_all([OLD, NEW]) == 10_000 + 25 + 5
    assert judging.judged_by_all([]) == 11_110


@pytest.mark.parametrize(
    ("calls", "since", "judged"),
    [
        pytest.param({4: 3, 9: 2}, 8, {1: 3, 2: 2}, id="each-version"),
        pytest.param({2: 1, NEVER_TAGGED: 5}, 8, {1: 0, 2: 0}, id="before-all-versions"),
        pytest.param({8: 4, 11: 6}, 10, {1: 0, 2: 6}, id="outdated-by-another-topic"),
        pytest.param({3: 1, 7: 1, 8: 1}, 8, {1: 2, 2: 1}, id="bounds"),
    ],
)
def test_calls_by_version(calls: dict[int, int], since: int, judged: dict[int, int]) -> None:
    assert judged_by_version([(2, 8), (1, 3)], calls, since=since) == judged
