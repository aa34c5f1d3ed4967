"""Queries of the sound's routes, and what is answered while a sound is being made."""

from enum import StrEnum

from pydantic import Field

from services.player.rendering.strength import Strength
from shared.domain.pipeline import JobState
from shared.http.schemas import In, Out

MOST_MARGIN_MS = 10_000


class Variant(StrEnum):
    """Which sound is asked for."""

    ORIGINAL = "original"
    PLAYBACK = "playback"
    DENOISED = "denoised"


class Level(StrEnum):
    """Detail of a waveform: the whole recording in at most 2000 pixels, or 50 pixels a second."""

    COARSE = "coarse"
    FINE = "fine"


class SoundQuery(In):
    """How a sound is to be delivered."""

    variant: Variant = Field(
        default=Variant.PLAYBACK,
        description="`playback` plays at once in any browser; `denoised` is made when asked for.",
    )
    strength: Strength | None = Field(
        default=None, description="Of `denoised`; without it the account's."
    )
    channel: str = Field(
        default="mix",
        pattern=r"^(mix|operator|client|[0-9])$",
        description="`mix`: both sides, in stereo. A number counts a recording's channels from 0.",
    )
    download: bool = Field(default=False, description="Offer it for saving under a readable name.")


class ClipQuery(SoundQuery):
    """How the sound of a hit is to be delivered."""

    margin_ms: int = Field(
        default=1500, ge=0, le=MOST_MARGIN_MS, description="Sound before and after the evidence."
    )


class WaveformQuery(In):
    """Which peaks are wanted."""

    level: Level = Level.COARSE


class PreparedOut(Out):
    """How far the sound of one recording is."""

    recording_id: int
    state: JobState
    progress: float = Field(description="0 to 1.")


class PreparingOut(Out):
    """The sound is being made: ask again after `Retry-After` seconds."""

    state: JobState = Field(description="`running` as soon as one of the recordings is worked on.")
    progress: float = Field(description="0 to 1 over all recordings.")
    recordings: list[PreparedOut]
