"""Requests and responses of jobs and queues."""

from typing import Literal

from pydantic import Field, model_validator

from shared.domain.pipeline import JobState
from shared.http.schemas import Out, PageQuery, RowId, Time

Kind = Literal[
    "denoise-light",
    "denoise-medium",
    "denoise-strong",
    "destroy",
    "destroy-run",
    "export",
    "playback",
    "relabel",
    "retag",
    "retranscribe",
    "run",
    "tag",
    "transcribe",
    "undo",
]
Subject = Literal["recording", "contact", "source", "run", "chunk", "export"]
Urgency = Literal["asked", "new", "hand", "runs"]


class JobQuery(PageQuery):
    """Jobs, the newest first."""

    state: list[JobState] = Field(default=[], description="Any of these.")
    kind: list[Kind] = Field(default=[], description="Any of these.")
    subject: Subject | None = Field(default=None, description="Kind of `subject_id`.")
    subject_id: RowId | None = None

    @model_validator(mode="after")
    def _subject_together(self) -> "JobQuery":
        if (self.subject is None) != (self.subject_id is None):
            raise ValueError("`subject` and `subject_id` go together")
        return self


class JobOut(Out):
    """One stage of one recording, contact or source, or a part of a run."""

    id: int
    kind: str
    subject: Subject
    subject_id: int
    urgency: Urgency
    state: JobState
    attempt: int = Field(description="Claims so far; results of older attempts are thrown away.")
    progress: float = Field(ge=0, le=1)
    worker: str
    error_code: str | None
    error_message: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    busy_ms: int | None = Field(description="How long the last attempt of a done job took.")


class QueueOut(Out):
    """What waits in the account for one kind of work."""

    kind: str
    waiting: int
    running: int
    failed: int
    oldest_age_ms: int = Field(description="How long the oldest waiting job has been due.")
    estimated_ms: int | None = Field(
        description="Time until all waiting and running jobs are done, at the pace of the "
        "last ones; null if none was done lately."
    )


class QueuesOut(Out):
    """Every queue of the account."""

    queues: list[QueueOut]
