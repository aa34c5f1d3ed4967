"""Clean telephone speech with its truth, the noises a line adds to it, and what must come out as it
went in.

Clean speech is two sides of the held-out calls, which are stored without noise, and two of the
sample calls, cut down to their true words. Everything is made at 8 kHz and heard at 16 kHz.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from samples.speech.telephone import LINE_RATE, resample, telephone_band
from services.player.rendering.denoise import RATE_HZ
from shared.domain.transcript import SpeechRegion
from shared.vad import speech_regions

Sound = npt.NDArray[np.float32]
Wave = npt.NDArray[np.float64]

SNRS_DB = (0, 5, 10, 15, 20)
STEADY = ("white", "pink", "hum")
CLEAN = "clean"

_SAMPLES = Path(__file__).parents[2] / "samples"
_HELD_OUT = ("ru-02-client", "en-04-operator")
_CALLS = (("02-wrong-speaker", 0), ("13-other-number", 1))
_MARGIN_MS = 60
_PEAK = 0.4
_BABBLE_VOICES = 6
_CLICKS_PER_S = 2


@dataclass(frozen=True)
class Mixture:
    """A side of a call with noise of one kind; `snr_db` is that of the speech, pauses left out.

    `speech` are the regions that VAD finds in the noisy sound.
    """

    track: str
    noise: str
    snr_db: int
    clean: Sound
    sound: Sound
    speech: tuple[SpeechRegion, ...]


def tracks() -> dict[str, Sound]:
    """Clean sides of calls at 8 kHz by name, peaks at -8 dBFS."""
    sides = {name: held_out(name) for name in _HELD_OUT}
    sides |= {f"{call}/{channel}": _sample_call(call, channel) for call, channel in _CALLS}
    return {name: side * np.float32(_PEAK / np.abs(side).max()) for name, side in sides.items()}


def held_out_names() -> list[str]:
    """All sides of the held-out calls."""
    return sorted(path.stem for path in (_SAMPLES / "heldout" / "sound").glob("*.ogg"))


def held_out(name: str) -> Sound:
    """A side of a held-out call, clean, at 8 kHz."""
    pcm, rate_hz = soundfile.read(_SAMPLES / "heldout" / "sound" / f"{name}.ogg", dtype="float32")
    return resample(pcm, rate_hz, LINE_RATE)


def _sample_call(call: str, channel: int) -> Sound:
    """A channel of a sample call with its line's noise (30 dB below) kept under the words only."""
    (path,) = (_SAMPLES / "calls" / call).glob("recording.*")
    pcm, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    truth = json.loads(path.with_name("truth.json").read_text(encoding="utf-8"))
    said = np.zeros(len(pcm), np.float32)
    for utterance in truth["recordings"][0]["channels"][channel]["utterances"]:
        start_ms = max(utterance["start_ms"] - _MARGIN_MS, 0)
        end_ms = utterance["end_ms"] + _MARGIN_MS
        said[start_ms * rate_hz // 1000 : end_ms * rate_hz // 1000] = 1
    fade = np.hanning(_MARGIN_MS * rate_hz // 3000)
    said = np.convolve(said, fade / fade.sum(), "same").astype(np.float32)
    return resample(pcm[:, channel] * said, rate_hz, LINE_RATE)


def mixture(track: str, clean: Sound, kind: str, snr_db: int, seed: int) -> Mixture:
    """`clean` (8 kHz) with noise `snr_db` below the level of its speech, as the player hears it."""
    line = clean
    if kind != CLEAN:
        added = noise(kind, clean.size, seed)
        level = _speech_level(clean) * 10 ** (-snr_db / 20)
        line = clean + np.float32(level / np.sqrt(np.square(added).mean())) * added
    sound = heard(line)
    return Mixture(track, kind, snr_db, heard(clean), sound, speech_regions(sound))


def heard(line: Sound) -> Sound:
    """Sound of the line at the player's rate."""
    return resample(line, LINE_RATE, RATE_HZ)


def noise(kind: str, samples: int, seed: int) -> Sound:
    """Noise of one kind at 8 kHz in the telephone band."""
    rng = np.random.default_rng(1000 + seed)
    return telephone_band(NOISES[kind](samples, rng).astype(np.float32), LINE_RATE)


def _speech_level(clean: Sound) -> float:
    frames = np.square(clean[: clean.size // 160 * 160].reshape(-1, 160)).mean(axis=1)
    return float(np.sqrt(frames[frames > frames.max() * 1e-4].mean()))


def _white(samples: int, rng: np.random.Generator) -> Wave:
    return rng.standard_normal(samples)


def _pink(samples: int, rng: np.random.Generator) -> Wave:
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / LINE_RATE)
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 60)), samples)


def _hum(samples: int, rng: np.random.Generator) -> Wave:
    """Harmonics of 50 Hz over a little hiss."""
    t = np.arange(samples) / LINE_RATE
    sound = 0.1 * rng.standard_normal(samples)
    for k in range(2, 20):
        sound += np.sin(2 * np.pi * 50 * k * t + rng.uniform(0, 2 * np.pi)) / np.sqrt(k)
    return sound


def _babble(samples: int, rng: np.random.Generator) -> Wave:
    """Six voices of the held-out calls at once, without their pauses."""
    others = [name for name in held_out_names() if name not in _HELD_OUT]
    sound = np.zeros(samples)
    for name in rng.choice(others, _BABBLE_VOICES, replace=False):
        pcm = held_out(str(name))
        frames = pcm[: pcm.size // 400 * 400].reshape(-1, 400)
        powers = np.square(frames).mean(axis=1)
        voiced = frames[powers > powers.max() * 1e-4].reshape(-1)
        voiced /= np.sqrt(np.square(voiced).mean())
        sound += np.resize(np.roll(voiced, int(rng.integers(voiced.size))), samples)
    return sound


def _clicks(samples: int, rng: np.random.Generator) -> Wave:
    """Two clicks a second, each ringing for 4 ms."""
    sound = np.zeros(samples)
    t = np.arange(32)
    for place in rng.integers(0, samples - t.size, _CLICKS_PER_S * samples // LINE_RATE):
        ring = np.exp(-t / 6) * np.cos(t * rng.uniform(0.5, 2.5))
        sound[place : place + t.size] += rng.choice([-1, 1]) * rng.uniform(0.3, 1) * ring
    return sound


NOISES: dict[str, Callable[[int, np.random.Generator], Wave]] = {
    "white": _white,
    "pink": _pink,
    "hum": _hum,
    "babble": _babble,
    "clicks": _clicks,
}
