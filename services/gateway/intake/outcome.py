"""What a request did to what was stored."""

from enum import StrEnum


class Outcome(StrEnum):
    """Made, corrected, or found as it was."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
