"""What is compared: the product at its three strengths, noisereduce's modes, RNNoise."""

import ctypes
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from samples.speech.telephone import LINE_RATE, resample
from services.player.rendering.denoise import RATE_HZ, suppress_noise
from services.player.rendering.strength import Strength
from shared.domain.transcript import SpeechRegion

Sound = npt.NDArray[np.float32]
Suppressor = Callable[[Sound, Sequence[SpeechRegion]], Sound]

_RNNOISE_RATE_HZ = 48_000
_RNNOISE_FRAME = 480
# Its sound comes out two frames later than it went in.
_RNNOISE_DELAY = 2 * _RNNOISE_FRAME


def _product(strength: Strength) -> Suppressor:
    def suppress(sound: Sound, speech: Sequence[SpeechRegion]) -> Sound:
        return suppress_noise(sound, speech, strength=strength)[0]

    return suppress


def _noisereduce(*, pauses: bool, **options: object) -> Suppressor:
    """noisereduce with the given options; `pauses` gives it those as the noise."""

    def suppress(sound: Sound, speech: Sequence[SpeechRegion]) -> Sound:
        import noisereduce

        given = dict(options)
        if pauses:
            silent = np.ones(sound.size, bool)
            for region in speech:
                silent[region.start_ms * RATE_HZ // 1000 : region.end_ms * RATE_HZ // 1000] = False
            if not silent.any():
                return sound
            given |= {"y_noise": sound[silent], "clip_noise_stationary": False}
        reduced: Sound = noisereduce.reduce_noise(sound, RATE_HZ, **given)
        return reduced

    return suppress


def _rnnoise(widened: Callable[[Sound], Sound]) -> Suppressor:
    """RNNoise on the sound that `widened` takes to its 48 kHz."""

    def suppress(sound: Sound, _speech: Sequence[SpeechRegion]) -> Sound:
        from pyrnnoise import rnnoise

        wide = widened(sound)
        frames = -(-(wide.size + _RNNOISE_DELAY) // _RNNOISE_FRAME)
        # It wants the range of 16-bit samples.
        block = np.zeros((frames, _RNNOISE_FRAME), np.float32)
        block.reshape(-1)[: wide.size] = wide * 32768
        state = rnnoise.create()
        for frame in block:
            place = frame.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            rnnoise.lib.rnnoise_process_frame(state, place, place)
        rnnoise.destroy(state)
        heard = block.reshape(-1)[_RNNOISE_DELAY:] / np.float32(32768)
        return resample(heard, _RNNOISE_RATE_HZ, RATE_HZ)[: sound.size]

    return suppress


def _by_band(sound: Sound) -> Sound:
    return resample(sound, RATE_HZ, _RNNOISE_RATE_HZ)


def _by_lines(sound: Sound) -> Sound:
    """Straight lines between the samples of the line: what that adds fills the band above 4 kHz."""
    times = np.arange(sound.size * _RNNOISE_RATE_HZ // RATE_HZ) * (LINE_RATE / _RNNOISE_RATE_HZ)
    narrow = resample(sound, RATE_HZ, LINE_RATE)
    drawn: Sound = np.interp(times, np.arange(narrow.size), narrow).astype(np.float32)
    return drawn


SUPPRESSORS: dict[str, Suppressor] = {
    **{f"tematika {strength}": _product(strength) for strength in Strength},
    "nr": _noisereduce(pauses=False),
    "nr stationary": _noisereduce(pauses=False, stationary=True),
    "nr stationary, pauses": _noisereduce(pauses=True, stationary=True),
    "nr stationary, pauses, n512": _noisereduce(
        pauses=True, stationary=True, n_fft=512, freq_mask_smooth_hz=200, time_mask_smooth_ms=40
    ),
    "nr stationary, pauses, n512, p0.6": _noisereduce(
        pauses=True,
        stationary=True,
        prop_decrease=0.6,
        n_fft=512,
        freq_mask_smooth_hz=200,
        time_mask_smooth_ms=40,
    ),
    "nr n512, p0.6": _noisereduce(pauses=False, n_fft=512, prop_decrease=0.6),
}
# Its package carries library and weights for some platforms only.
if find_spec("pyrnnoise"):
    SUPPRESSORS |= {"rnnoise": _rnnoise(_by_band), "rnnoise, lines": _rnnoise(_by_lines)}
