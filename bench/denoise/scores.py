"""How near a sound is to its clean version, and how understandable."""

import numpy as np
import numpy.typing as npt
from pystoi import stoi as short_time_intelligibility

from services.player.rendering.denoise import RATE_HZ

Sound = npt.NDArray[np.float32]

EXACT_DB = 99.0


def si_sdr_db(clean: Sound, sound: Sound) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., SDR - half-baked or well done?, 2019)."""
    reference = clean.astype(np.float64)
    target = (sound @ reference) / (reference @ reference) * reference
    error = sound - target
    energy = float(error @ error)
    if energy == 0:
        return EXACT_DB
    return min(float(10 * np.log10((target @ target) / energy)), EXACT_DB)


def stoi(clean: Sound, sound: Sound) -> float:
    """Short-time objective intelligibility, 0 to 1 (Taal et al., An algorithm for intelligibility
    prediction of time-frequency weighted noisy speech, 2011).
    """
    return float(short_time_intelligibility(clean, sound, RATE_HZ))
