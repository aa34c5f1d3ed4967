"""What has become of an export, by its row and its job's; pure."""

from enum import StrEnum

from shared.domain.pipeline import JobState


class ExportState(StrEnum):
    """Where an export stands; only one that is `ready` can be fetched."""

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DESTROYED = "destroyed"
    """A recording that was in it was destroyed, and it with it."""


def export_state(*, has_object: bool, expired: bool, job_state: str) -> ExportState:
    """The state; a done job without an object once had one, which only a destruction takes away."""
    if has_object:
        return ExportState.EXPIRED if expired else ExportState.READY
    if job_state == JobState.DONE:
        return ExportState.DESTROYED
    return ExportState(job_state)
