"""What is told of a recording and its renditions, and which renditions can be asked for."""

from typing import Any, Literal

from pydantic import Field

from shared.domain.pipeline import JobState
from shared.domain.recording import Speaker
from shared.http.schemas import In, Out, Time

RecordingState = Literal["awaits_call", "present", "destroyed"]
RenditionKind = Literal[
    "playback",
    "denoised-light",
    "denoised-medium",
    "denoised-strong",
    "waveform",
    "waveform-fine",
]


class RecordingRenditionOut(Out):
    """A file derived from a recording."""

    kind: str = Field(
        description="`playback`, `playback-0` … for each channel of more than two, "
        "`denoised-light|medium|strong`, `waveform`, `waveform-fine`."
    )
    size_bytes: int
    sha256: str
    content_type: str
    notes: Any = Field(description="What its maker found worth saying.")
    created_at: Time
    url: str


class RenditionJobOut(Out):
    """The job that makes one or several renditions, as it stands."""

    id: int
    kind: str
    makes: list[str] = Field(description="Kinds of rendition.")
    state: JobState
    progress: float = Field(ge=0, le=1)
    error_code: str | None
    error_message: str | None


class RecordingOut(Out):
    """One sound file of a telephone system, what was measured of it and what was made of it."""

    id: int
    external_id: str
    source: str = Field(description="External id of the telephone system.")
    contact_id: int | None = Field(description="Null while its call has not come.")
    contact_external_id: str | None = Field(description="The call that its sender named.")
    offset_ms: int = Field(description="Its start on the contact's clock.")
    speaker: Speaker | None = Field(description="Whom a one-sided file holds; null: both.")
    state: RecordingState = Field(
        description="`awaits_call`: only who sees all calls sees it; `destroyed`: its sound is gone."
    )
    container: str | None = Field(description="Null until it is measured, as are the next four.")
    codec: str | None
    channels: int | None
    rate_hz: int | None
    duration_ms: int | None
    speakers: list[Speaker] = Field(description="Of each channel; empty until it is measured.")
    size_bytes: int
    sha256: str
    received_at: Time
    destroyed_at: Time | None
    sound_url: str | None = Field(description="Its sound for any browser; null: destroyed.")
    original_url: str | None = Field(description="Its sound as it came; null: destroyed.")
    renditions: list[RecordingRenditionOut]
    jobs: list[RenditionJobOut]


class RenditionsIn(In):
    """Renditions to be made, or made anew."""

    kinds: list[RenditionKind] = Field(
        min_length=1,
        max_length=20,
        description="`playback` and the waveforms are made together, with the channels of more "
        "than two.",
    )
