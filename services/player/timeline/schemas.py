"""What the timeline of a contact says; all times are ms on the contact's clock, its start being 0."""

from typing import Literal

from pydantic import Field

from services.player.rendering.strength import Strength
from shared.domain.recording import Direction, Speaker
from shared.http.schemas import Out, Time

SoundState = Literal["none", "preparing", "ready", "failed", "destroyed"]
RecordingState = Literal["preparing", "ready", "failed", "destroyed"]
Origin = Literal["rule", "operator", "voice_menu", "import", "correction"]


class SpanOut(Out):
    """A stretch of time."""

    start_ms: int
    end_ms: int


class NamedOut(Out):
    """An employee or a group."""

    id: int
    name: str


class TimelineLegOut(SpanOut):
    """One stretch of the call with one employee."""

    id: int
    external_id: str
    end_ms: int = Field(
        description="As it was told; else where the next leg begins, else the contact's end, else "
        "as long as what was recorded."
    )
    employee: NamedOut | None
    group: NamedOut | None
    result: str | None
    recordings: list[int] = Field(description="Ids of the recordings that cover it.")
    gaps: list[SpanOut] = Field(description="Stretches of the leg that nothing was recorded of.")


class HiddenOut(SpanOut):
    """A stretch in which another recording, which started later, is heard on this side."""

    side: Literal[Speaker.OPERATOR, Speaker.CLIENT]


class TimelineRecordingOut(Out):
    """One sound file of the contact."""

    id: int
    external_id: str
    start_ms: int
    end_ms: int | None = Field(description="Null while its length is not measured.")
    state: RecordingState = Field(
        description="`preparing`: can be played, its playback rendition is being made; `failed`: "
        "`error_code` says why there is none."
    )
    error_code: str | None
    channels: int | None
    speakers: list[Speaker] = Field(description="Of each channel; empty while not measured.")
    hidden: list[HiddenOut] = Field(
        description="What of it is not heard in the sound of the contact and its legs."
    )
    url: str = Field(description="Its sound.")
    waveform_url: str


class UtteranceOut(SpanOut):
    """Uninterrupted speech of one speaker."""

    recording_id: int
    channel: int
    speaker: Speaker
    words: list[tuple[str, int, int, float]] | None = Field(
        description="Text, start, end and probability of each word; null without the permission "
        "`transcript`."
    )


class MarkedTopicOut(Out):
    """The topic of a mark."""

    id: int
    key: str
    name: str
    colour: str


class TimelineHitOut(SpanOut):
    """One finding."""

    id: int
    recording_id: int
    leg_id: int | None
    speaker: Speaker
    text: str
    phrase: str = Field(description="The phrase of the rule that was found.")
    score: float = Field(description="0–100, the weakest word's.")
    clip_url: str = Field(description="The sound of just this, with a margin.")


class TimelineMarkOut(Out):
    """A topic that is set on the contact; one that a person has set has no hits."""

    id: int
    topic: MarkedTopicOut
    origin: Origin
    version: int | None = Field(description="The topic's version that set it.")
    hits: list[TimelineHitOut]


class DenoiseOut(Out):
    """Whether noise can be suppressed, and how strongly the account does it."""

    available: bool
    strength: Strength
    ready: list[Strength] = Field(description="Those that every recording is kept in already.")


class TimelineSoundOut(Out):
    """The sound of the whole contact on this clock."""

    url: str
    state: SoundState
    channels: list[str] = Field(description="Values of `channel` that give a sound.")
    denoise: DenoiseOut


class TimelineOut(Out):
    """Everything that a player of a contact draws."""

    contact_id: int
    source: str
    external_id: str
    direction: Direction | None
    started_at: Time
    duration_ms: int = Field(description="Until the last leg, recording or the call itself ends.")
    legs: list[TimelineLegOut]
    recordings: list[TimelineRecordingOut]
    gaps: list[SpanOut] = Field(description="Stretches that nothing was recorded of.")
    transcripts_missing: int = Field(description="Recordings without a transcript (yet).")
    utterances: list[UtteranceOut]
    silences: list[SpanOut] = Field(
        description="More than 500 ms of a recognised recording in which nobody talks."
    )
    overlaps: list[SpanOut] = Field(description="Where at least two talk.")
    marks: list[TimelineMarkOut] | None = Field(
        description="Topics that are set, by name; null without the permission `hits`."
    )
    sound: TimelineSoundOut
