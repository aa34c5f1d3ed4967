"""Why the player refuses what is asked of a recording that exists: codes that several rooms answer."""

from shared.errors import Forbidden, Gone


class RecordingDestroyed(Gone):
    """The recording's sound was destroyed, by a retention or on request."""

    code = "recording-destroyed"


class DenoiseSwitchedOff(Forbidden):
    """The account's «Подавлять шумы при прослушивании» is off."""

    code = "denoise-switched-off"
