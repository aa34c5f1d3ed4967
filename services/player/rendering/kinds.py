"""Kinds of rendition, and which job makes each; pure."""

from services.player.rendering.strength import Strength

PLAYBACK = "playback"
"""The sound that every browser plays, at most two channels."""
WAVEFORM = "waveform"
"""Peaks of the whole recording in about the width of a screen."""
WAVEFORM_FINE = "waveform-fine"
"""Peaks 50 times a second."""


def channel_playback(index: int) -> str:
    """One channel of a recording with more channels than `playback` has."""
    return f"{PLAYBACK}-{index}"


def denoised(strength: Strength) -> str:
    """The sound of `playback` with its noise suppressed."""
    return f"denoised-{strength}"


def denoise_job(strength: Strength) -> str:
    """The kind of job that makes `denoised(strength)`."""
    return f"denoise-{strength}"


JOB_OF = {denoised(strength): denoise_job(strength) for strength in Strength} | dict.fromkeys(
    (PLAYBACK, WAVEFORM, WAVEFORM_FINE), "playback"
)
"""The kind of job that makes a rendition that can be asked for by itself; channels come with theirs."""

_WAVEFORM_PLACES = {WAVEFORM: "waveform", WAVEFORM_FINE: "waveform?level=fine"}


def place(kind: str) -> str:
    """Where a rendition is fetched, below the address of its recording."""
    if kind in _WAVEFORM_PLACES:
        return _WAVEFORM_PLACES[kind]
    name, _, which = kind.partition("-")
    query = {"denoised": f"?variant=denoised&strength={which}", PLAYBACK: f"?channel={which}"}
    return "sound" + (query[name] if which else "")
