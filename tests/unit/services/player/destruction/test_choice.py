"""A run's spec keeps what is to be destroyed."""

import json

import pytest

from services.player.destruction.choice import Choice


@pytest.mark.parametrize(
    ("choice", "is_request"),
    [
        (Choice(1_790_000_000_000), False),
        (Choice(5, contacts=(3, 4)), True),
        (Choice(5, recordings=(1,)), True),
    ],
)
def test_a_choice_is_read_as_it_was_stored(*, choice: Choice, is_request: bool) -> None:
    stored = json.loads(json.dumps(choice.to_document()))
    assert Choice.of(stored) == choice
    assert choice.is_request is is_request
