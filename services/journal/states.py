"""What a row of the journal says in one word: is there sound of it, and is it recognised."""

from collections.abc import Collection
from typing import Literal

from shared.contacts.hearing import SPOKEN_KINDS, WITHOUT_TALK
from shared.domain.pipeline import JobState

SoundState = Literal["none", "awaited", "present"]
Recognition = Literal["none", "queued", "running", "failed", "done"]

AWAITED_MS = 3_600_000
"""How long after the last news of a call its recording is still expected."""

_BY_STATE: tuple[tuple[JobState, Recognition], ...] = (
    (JobState.RUNNING, "running"),
    (JobState.PENDING, "queued"),
    (JobState.FAILED, "failed"),
    (JobState.DONE, "done"),
)


def sound_state(
    *, recordings: int, kind: str, result: str, talk_ms: int | None, news_age_ms: int
) -> SoundState:
    """Whether a contact has recordings, may still get one, or has none.

    One may still come if people talked and the sender spoke of the call within the last hour:
    telephone systems hand recordings in after the call.
    """
    if recordings:
        return "present"
    talked = kind in SPOKEN_KINDS and result not in WITHOUT_TALK and talk_ms != 0
    return "awaited" if talked and news_age_ms < AWAITED_MS else "none"


def recognition_state(states: Collection[str]) -> Recognition:
    """One word for the recognition of all recordings of a contact: what is going on goes first,
    then what failed.
    """
    for state, word in _BY_STATE:
        if state in states:
            return word
    return "none"
