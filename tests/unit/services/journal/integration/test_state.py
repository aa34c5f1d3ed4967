"""One word for how far a contact is: the first thing that is not done yet."""

import pytest

from services.journal.integration.state import contact_state
from services.journal.states import Recognition, SoundState


@pytest.mark.parametrize(
    ("sound", "recognition", "tagging", "judged", "state"),
    [
        pytest.param("none", "none", False, True, "no_recording", id="nothing-to-hear"),
        pytest.param("none", "none", True, False, "no_recording", id="nothing-to-hear-tagged"),
        pytest.param("awaited", "none", False, True, "waiting", id="just-ended"),
        pytest.param("present", "queued", True, False, "queued", id="queued"),
        pytest.param("present", "running", False, True, "recognising", id="recognised-anew"),
        pytest.param("present", "failed", False, True, "not_recognised", id="failed"),
        pytest.param("present", "none", False, True, "not_recognised", id="cancelled"),
        pytest.param("present", "done", True, True, "judging", id="judged-anew"),
        pytest.param("present", "done", False, False, "not_judged", id="newer-rule"),
        pytest.param("present", "done", False, True, "judged", id="judged"),
    ],
)
def test_state(
    sound: SoundState, recognition: Recognition, state: str, *, tagging: bool, judged: bool
) -> None:
    assert contact_state(sound, recognition, tagging=tagging, judged=judged) == state
