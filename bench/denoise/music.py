"""What sounds on a line beside speech and must come out as it went in."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from samples.speech.telephone import LINE_RATE, telephone_band

Sound = npt.NDArray[np.float32]
Wave = npt.NDArray[np.float64]

SECONDS = 30
_LEVEL = 0.1
_NOTES_HZ = (220, 262, 330, 392, 440, 523, 659)


def music(kind: str) -> Sound:
    """Half a minute at 8 kHz, -20 dBFS."""
    sound = telephone_band(MUSIC[kind](np.random.default_rng(7)).astype(np.float32), LINE_RATE)
    return sound * np.float32(_LEVEL / np.sqrt(np.square(sound).mean()))


def _time() -> Wave:
    return np.arange(SECONDS * LINE_RATE) / LINE_RATE


def _plucked(rng: np.random.Generator) -> Wave:
    sound = np.zeros(SECONDS * LINE_RATE)
    place = 0
    while place < sound.size:
        length = int(LINE_RATE * rng.choice([0.25, 0.5, 1.0]))
        t = np.arange(min(2 * length, sound.size - place)) / LINE_RATE
        for hertz in rng.choice(_NOTES_HZ, 3):
            for overtone in (1, 2, 3):
                tone = np.sin(2 * np.pi * hertz * overtone * t) / overtone
                sound[place : place + t.size] += np.exp(-4 * t) * tone
        place += length
    return sound


def _strings(rng: np.random.Generator) -> Wave:
    """Held chords, a new one every 4 s: the steadiest music there is."""
    sound = np.zeros(SECONDS * LINE_RATE)
    for start in range(0, sound.size, 4 * LINE_RATE):
        t = np.arange(min(4 * LINE_RATE, sound.size - start)) / LINE_RATE
        for hertz in rng.choice(_NOTES_HZ, 4):
            for overtone in (1, 2, 3, 4):
                phase = rng.uniform(0, 2 * np.pi)
                tone = np.sin(2 * np.pi * hertz * overtone * t + phase) / overtone
                sound[start : start + t.size] += (1 + 0.2 * np.sin(2 * np.pi * 5 * t)) * tone
    return sound


def _drums(rng: np.random.Generator) -> Wave:
    """Four drum beats a second over a bass."""
    t = _time()
    beat = rng.standard_normal(t.size) * np.exp(-12 * (t % 0.25))
    return beat + 0.3 * np.sign(np.sin(2 * np.pi * 110 * t))


def _ringing(rng: np.random.Generator) -> Wave:
    """The ringing tone of Russian exchanges, one second in five, over a faint hiss."""
    t = _time()
    tone = np.sin(2 * np.pi * 425 * t) * (t % 5 < 1)
    return tone + 0.003 * rng.standard_normal(t.size)


def _keypad(rng: np.random.Generator) -> Wave:
    """Keys pressed five times a second (DTMF)."""
    t = _time()
    low = rng.choice([697, 770, 852, 941], t.size // 1600 + 1).repeat(1600)[: t.size]
    high = rng.choice([1209, 1336, 1477], t.size // 1600 + 1).repeat(1600)[: t.size]
    return (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t)) * (t % 0.2 < 0.1)


MUSIC: dict[str, Callable[[np.random.Generator], Wave]] = {
    "plucked": _plucked,
    "strings": _strings,
    "drums": _drums,
    "ringing tone": _ringing,
    "keypad": _keypad,
}
