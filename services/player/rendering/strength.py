"""How strongly noise is suppressed: the three a listener chooses from."""

from __future__ import annotations

from enum import StrEnum


class Strength(StrEnum):
    """How much of the noise is taken away, always at some cost to the speech under it.

    The values stand in `accounts.denoise_strength`, at the end of the job kinds
    `denoise-<strength>` and of the rendition kinds `denoised-<strength>`.
    """

    LIGHT = "light"
    MEDIUM = "medium"
    STRONG = "strong"
