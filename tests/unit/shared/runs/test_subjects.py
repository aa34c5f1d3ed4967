"""A run's filter is stored and read back as it was asked."""

import json

import pytest

from shared.contacts.filters import ContactFilter, TopicMatch, TopicSays
from shared.contacts.verdicts import TopicVerdict
from shared.runs.subjects import read_filter, stored_filter


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(ContactFilter(), id="everything"),
        pytest.param(
            ContactFilter(
                from_ms=1,
                to_ms=2,
                directions=["inbound"],
                kinds=["call"],
                source_ids=[1],
                employee_ids=[2],
                group_ids=[3],
                topics=[TopicSays(4), TopicSays(5, TopicVerdict.NOT_JUDGED)],
                topic_match=TopicMatch.NONE,
                number_digits=["495"],
            ),
            id="every field",
        ),
    ],
)
def test_a_filter_comes_back(wanted: ContactFilter) -> None:
    back = read_filter(json.loads(json.dumps(stored_filter(wanted))))
    assert stored_filter(back) == stored_filter(wanted)
    assert (back.from_ms, list(back.topics), back.topic_match) == (
        wanted.from_ms,
        list(wanted.topics),
        wanted.topic_match,
    )
