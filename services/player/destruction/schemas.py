"""What the routes of destruction take and give."""

from typing import Any, Literal

from pydantic import Field

from services.player.destruction.choice import Reason
from shared.http.schemas import In, Out, PageQuery, Time
from shared.runs.kinds import RunState


class KeepingIn(In):
    """What is sent changes; the rest stays."""

    favourite: bool | None = Field(
        default=None, description="No retention destroys it. Needs the permission `marks.edit`."
    )
    legal_hold: bool | None = Field(
        default=None, description="Nobody destroys it at all. Needs the permission `retention`."
    )


class KeepingOut(Out):
    """What keeps a contact from being destroyed."""

    favourite: bool
    legal_hold: bool


class ActsQuery(PageQuery):
    """Acts, the newest first."""


class ActRecordingsQuery(PageQuery):
    """An act's recordings, by their ids."""


class ActOut(Out):
    """An act of destruction, or what a dry run found to be due: one run of the kind `destroy`."""

    run_id: int
    dry_run: bool
    state: RunState = Field(description="As of the run.")
    actor: str = Field(
        description="Who started it: `user:<id>`, `token:<id>`, `cli`, or `retention` for the daily "
        "pass."
    )
    request: bool = Field(description="Somebody named what is to go; false: whatever is due.")
    recordings: int = Field(
        description="Recordings that were chosen when it began. Those put on hold since stay."
    )
    error_code: str | None
    error_message: str | None
    created_at: Time
    finished_at: Time | None


class ActDetailOut(ActOut):
    """An act with what it comes to so far."""

    planned: int = Field(description="Recordings that a dry run found to be due.")
    marked: int = Field(
        description="Recordings whose transcripts and rows are gone and whose objects are being "
        "removed."
    )
    destroyed: int = Field(description="Recordings of which nothing is left, as was verified.")
    reasons: dict[Reason, int]
    size_bytes: int = Field(description="Of the originals.")


class ActRecordingOut(Out):
    """A destroyed recording, or in a dry run one that is due."""

    recording_id: int
    source: str = Field(description="External id of the telephone system.")
    recording: str = Field(description="External id of the recording.")
    contact: str | None = Field(description="External id of its contact.")
    contact_id: int | None
    started_at: Time | None = Field(description="Of the contact.")
    received_at: Time
    duration_ms: int | None
    size_bytes: int
    sha256: str
    reason: Reason
    state: Literal["planned", "marked", "destroyed"]
    words: int | None = Field(description="Of the transcript; null if there was none.")
    hits: int
    exports: list[int] = Field(description="Prepared downloads that held it and went with it.")
    objects: list[str]
    kept_by_owner: list[str] = Field(
        description="Objects of an adopted archive: they are their owner's to remove."
    )
    marked_at: Time | None
    destroyed_at: Time | None


def act_recording(row: Any) -> ActRecordingOut:
    """A row of an act."""
    facts = dict(row.facts)
    return ActRecordingOut(
        recording_id=row.recording_id,
        started_at=facts.pop("started_at_ms"),
        received_at=facts.pop("received_at_ms"),
        reason=row.reason,
        state=row.state,
        marked_at=row.marked_at_ms,
        destroyed_at=row.destroyed_at_ms,
        **facts,
    )
