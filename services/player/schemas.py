"""Queries of the player's routes."""

from enum import StrEnum

from pydantic import Field

from shared.http.schemas import In


class Variant(StrEnum):
    """Which sound of a recording is asked for."""

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
        description="`playback` gives the original while the playback rendition does not exist.",
    )
    download: bool = Field(default=False, description="Offer it for saving under a readable name.")


class WaveformQuery(In):
    """Which peaks are wanted."""

    level: Level = Level.COARSE
