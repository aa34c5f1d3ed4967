"""How far a contact is, in one word for a foreign journal page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from services.journal.states import Recognition, SoundState

ContactState = Literal[
    "unknown",
    "no_recording",
    "waiting",
    "queued",
    "recognising",
    "not_recognised",
    "judging",
    "not_judged",
    "judged",
]

# A recognition that was cancelled, and never was there, has left no job that goes on.
_BEFORE_DONE: Mapping[Recognition, ContactState] = MappingProxyType(
    {
        "none": "not_recognised",
        "queued": "queued",
        "running": "recognising",
        "failed": "not_recognised",
    }
)


def contact_state(
    sound: SoundState, recognition: Recognition, *, tagging: bool, judged: bool
) -> ContactState:
    """The state of a contact that is known: the first thing that is not done yet.

    `tagging`: its tagging waits or goes on; `judged`: every rule in force has judged it. Topics may
    be set in any state: people set them, and rules need not wait for speech.
    """
    if sound != "present":
        return "waiting" if sound == "awaited" else "no_recording"
    if recognition != "done":
        return _BEFORE_DONE[recognition]
    if tagging:
        return "judging"
    return "judged" if judged else "not_judged"
