"""The decision-directed Wiener filter over a short-time spectrum of one channel.

Pure numpy, and in time order, so that memory does not grow with the sound.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

WINDOW = 1024
"""Samples of a frame: 64 ms at 16 kHz."""
HOP = WINDOW // 4
# How much of the a-priori SNR comes from the frame before: alpha of equation 51 in Ephraim and
# Malah, Speech enhancement using a minimum mean-square error STSA estimator, 1984.
SMOOTHING = 0.92
_LEAST_PRIOR_SNR = 10 ** (-25 / 10)
# Frames transformed at once, 4 s: enough for numpy's pace, some 5 MiB of temporaries.
_FRAMES_AT_ONCE = 256

Sound = npt.NDArray[np.float32]
Power = npt.NDArray[np.float32]
Spectra = npt.NDArray[np.complexfloating]

_ROOT_HANN = np.sqrt(np.hanning(WINDOW + 1)[:WINDOW]).astype(np.float32)
# Overlapped squares of the window add up to this, whatever the sample.
_OVERLAP = np.float32(WINDOW / HOP / 2)

WINDOW_POWER = float(np.square(_ROOT_HANN).sum()) * WINDOW / 2
"""Power over the bins 0..WINDOW/2 of a signal with a mean square of 1."""
TINY_POWER = np.float32(1e-12 * WINDOW_POWER)
"""About -120 dBFS per bin: keeps quotients finite in bands that hold nothing."""


def filter_noise(pcm: Sound, noise: Power, floor_gain: float) -> Sound:
    """`pcm` with noise of the given power per bin reduced; same length, no delay.

    No bin of any frame gets weaker than `floor_gain` times what it was.
    """
    lead = WINDOW - HOP
    frames = -(-(pcm.size + lead) // HOP)
    padded = np.zeros((frames - 1) * HOP + WINDOW, np.float32)
    padded[lead : lead + pcm.size] = pcm
    out = np.zeros_like(padded)
    wiener = _WienerGains(noise, floor_gain)
    start = 0
    for spectra in spectra_of(padded):
        filtered = np.fft.irfft(spectra * wiener.gains(power_of(spectra)), WINDOW)
        filtered *= _ROOT_HANN
        for lag in range(WINDOW // HOP):
            part = filtered[lag :: WINDOW // HOP].reshape(-1)
            at = start + lag * HOP
            out[at : at + part.size] += part
        start += len(spectra) * HOP
    return out[lead : lead + pcm.size] / _OVERLAP


class _WienerGains:
    """The decision-directed gains; what one frame leaves to the next is carried from call to call."""

    def __init__(self, noise: Power, floor_gain: float) -> None:
        self._noise = np.maximum(noise, TINY_POWER)
        self._floor_gain = floor_gain
        self._carried = np.zeros_like(self._noise)

    def gains(self, powers: Power) -> Power:
        """Gains (frames, bins) for the next frames' power, written over it."""
        powers /= self._noise
        for posterior in powers:
            prior = np.maximum(posterior - 1, 0)
            prior *= 1 - SMOOTHING
            prior += SMOOTHING * self._carried
            np.maximum(prior, _LEAST_PRIOR_SNR, out=prior)
            gain = prior / (1 + prior)
            self._carried = gain * gain * posterior
            np.maximum(gain, self._floor_gain, out=posterior)
        return powers


def spectra_of(pcm: Sound) -> Iterator[Spectra]:
    """Spectra (frames, bins) of the whole windows inside `pcm`, some seconds at once."""
    if pcm.size < WINDOW:
        return
    frames = np.lib.stride_tricks.sliding_window_view(pcm, WINDOW)[::HOP]
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        yield np.fft.rfft(frames[start : start + _FRAMES_AT_ONCE] * _ROOT_HANN)


def power_of(spectra: Spectra) -> Power:
    """Power (frames, bins) of spectra."""
    power: Power = np.square(spectra.real)
    power += np.square(spectra.imag)
    return power
