"""Which stamps a run may set: the whole revision, or single topics where others lag."""

import numpy as np
import pytest

from services.topics.runs.pinning import InForce
from services.topics.runs.stamping import stamps_of
from services.topics.runs.standing import NEVER, Standing

REVISION = 5
# Topic 1 counts since revision 2, topic 2 since 5, topic 3 since 6: after the run began.
TOPICS = [InForce(1, "one", 11, 2), InForce(2, "two", 12, 5), InForce(3, "three", 13, 6)]


@pytest.mark.parametrize(
    ("tagged", "single", "judged", "whole", "pairs"),
    [
        pytest.param(4, {}, {2}, True, [], id="the only one that lagged"),
        pytest.param(1, {}, {2}, False, [[2, 9]], id="another one lags too"),
        pytest.param(1, {1: 3}, {2}, True, [], id="the other one was judged by itself"),
        pytest.param(1, {}, {1, 2}, True, [], id="both are judged"),
        pytest.param(NEVER, {}, {2}, False, [[2, 9]], id="never tagged before"),
        pytest.param(5, {}, {1, 2}, False, [], id="up to date: nothing to say"),
        pytest.param(6, {}, {1, 2}, False, [], id="tagged since by newer rules: not set back"),
    ],
)
def test_stamps(
    *, tagged: int, single: dict[int, int], judged: set[int], whole: bool, pairs: list[list[int]]
) -> None:
    standing = Standing(
        ids=np.array([9], np.int64),
        judgements=np.array([0], np.int64),
        tagged=np.array([tagged], np.int64),
        single=np.array([[single.get(topic.topic_id, NEVER)] for topic in TOPICS], np.int64),
    )
    stamps = stamps_of(
        standing,
        TOPICS,
        np.array([[topic.topic_id in judged] for topic in TOPICS]),
        chosen=np.array([True]),
        revision=REVISION,
    )
    assert stamps.contact_ids.tolist() == [9]
    assert stamps.whole.tolist() == ([9] if whole else [])
    assert stamps.single.tolist() == pairs
