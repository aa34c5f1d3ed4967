"""Whisper's log-mel features for training, computed as faster-whisper computes them."""

from __future__ import annotations

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor

_FFT = 400
_HOP = 160
_FILTERS = torch.from_numpy(FeatureExtractor().mel_filters.astype(np.float32))
_WINDOW = torch.hann_window(_FFT)


def log_mel(pcm: Tensor, louder_elsewhere: float = 0.0) -> Tensor:
    """Features (80, frames) of 16 kHz sound.

    faster-whisper takes the loudest bin over the whole call as its reference;
    `louder_elsewhere` (log10 of power) says by how much it exceeds this window's own.
    """
    spectrum = torch.stft(
        pcm, _FFT, _HOP, window=_WINDOW, center=True, pad_mode="reflect", return_complex=True
    )
    power = spectrum[:, :-1].abs() ** 2
    log = (_FILTERS @ power).clamp_min(1e-10).log10()
    reference = log.max() + louder_elsewhere
    return (torch.maximum(log, reference - 8.0) + 4.0) / 4.0
