"""The synthetic voices of the samples and of the demo model's training, with true word times."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

import numpy as np

from samples.speech.espeak import Espeak, Synthesis
from samples.speech.telephone import Pcm, line_noise, resample, telephone_band, with_line_noise

__all__ = [
    "SAMPLE_RATE",
    "VOICES",
    "SpokenPhone",
    "SpokenText",
    "SpokenWord",
    "Voice",
    "draw_voice",
    "line_noise",
    "speak",
    "telephone_band",
    "with_line_noise",
]

SAMPLE_RATE = 16_000
_MARGIN_MS = 20
_TOKEN = re.compile(r"[^\s]+")
_EDGE_PUNCTUATION = '.,!?;:…«»"()—–'


@dataclass(frozen=True)
class Voice:
    """A speaker: language (`ru`, `en`), espeak-ng voice name, pitch 0-99, words a minute, loudness
    0-200."""

    language: str
    name: str
    pitch: int
    rate_wpm: int
    amplitude: int


@dataclass(frozen=True)
class SpokenWord:
    """A word without its punctuation, and when it sounds, in milliseconds from the first sample."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class SpokenPhone:
    """A phoneme's espeak-ng name (empty for a pause) and when it begins, in milliseconds."""

    name: str
    start_ms: int


@dataclass(frozen=True)
class SpokenText:
    """Speech (mono, float32, -1 to 1), silence trimmed from its ends, with words and phonemes."""

    pcm: Pcm
    words: tuple[SpokenWord, ...]
    phones: tuple[SpokenPhone, ...] = ()
    sample_rate: int = SAMPLE_RATE

    @property
    def duration_ms(self) -> int:
        """Length of the sound in milliseconds."""
        return round(1000 * self.pcm.size / self.sample_rate)


def _family(language: str, *names: tuple[str, int]) -> list[Voice]:
    return [Voice(language, name, pitch, 150, 100) for name, pitch in names]


VOICES: dict[str, list[Voice]] = {
    "ru": _family(
        "ru",
        ("ru+m1", 40),
        ("ru+m3", 45),
        ("ru+m7", 45),
        ("ru+f1", 55),
        ("ru+f2", 55),
        ("ru+f4", 50),
    ),
    "en": _family(
        "en",
        ("en-us+m1", 40),
        ("en-us+m3", 45),
        ("en-us+f2", 55),
        ("en-us+f4", 50),
        ("en-gb-x-rp+m7", 45),
        ("en-gb-x-rp+f1", 55),
    ),
}


def draw_voice(language: str, rng: np.random.Generator) -> Voice:
    """A voice of the language's family with its own pitch, rate (130-180) and loudness."""
    family = VOICES[language]
    base = family[int(rng.integers(len(family)))]
    return replace(
        base,
        pitch=base.pitch + int(rng.integers(-12, 13)),
        rate_wpm=int(rng.integers(130, 181)),
        amplitude=int(rng.integers(80, 121)),
    )


def speak(text: str, voice: Voice) -> SpokenText:
    """Speak `text` at 16 kHz; numbers are written as words."""
    synthesis = _espeak().synthesise(text, voice.name, voice.rate_wpm, voice.pitch, voice.amplitude)
    pcm = resample((synthesis.pcm / 32768).astype(np.float32), synthesis.sample_rate, SAMPLE_RATE)
    first, last = _sounding_part(pcm)
    words = _words(text, synthesis, pcm, first, last)
    scale = SAMPLE_RATE / synthesis.sample_rate
    phones = tuple(
        SpokenPhone(mark.name, _milliseconds(max(round(mark.start_sample * scale) - first, 0)))
        for mark in synthesis.phones
    )
    return SpokenText(pcm[first:last].copy(), words, phones)


@functools.cache
def _espeak() -> Espeak:
    return Espeak()


def _sounding_part(pcm: Pcm) -> tuple[int, int]:
    loud = np.flatnonzero(np.abs(pcm) > 0.004)
    if not loud.size:
        return 0, pcm.size
    margin = SAMPLE_RATE * _MARGIN_MS // 1000
    return max(int(loud[0]) - margin, 0), min(int(loud[-1]) + margin, pcm.size)


def _words(
    text: str, synthesis: Synthesis, pcm: Pcm, first: int, last: int
) -> tuple[SpokenWord, ...]:
    tokens = [
        match for match in _TOKEN.finditer(text) if match.group().strip(_EDGE_PUNCTUATION + "-")
    ]
    if not tokens:
        return ()
    starts = _token_starts(tokens, synthesis, first, last)
    words = []
    for index, token in enumerate(tokens):
        begin = starts[index]
        end = starts[index + 1] if index + 1 < len(starts) else last
        end = _last_sound(pcm, begin, end)
        words.append(
            SpokenWord(
                token.group().strip(_EDGE_PUNCTUATION),
                _milliseconds(begin - first),
                _milliseconds(max(end - first, begin - first)),
            )
        )
    return tuple(words)


def _token_starts(
    tokens: list[re.Match[str]], synthesis: Synthesis, first: int, last: int
) -> list[int]:
    """First sample of each token; one that espeak-ng joined to its neighbour gets its share."""
    scale = SAMPLE_RATE / synthesis.sample_rate
    known: dict[int, int] = {}
    for mark in synthesis.marks:
        for index, token in enumerate(tokens):
            if token.start() <= mark.text_position < token.end():
                known.setdefault(index, round(mark.start_sample * scale))
                break
    known[0] = first
    starts: list[int] = []
    for index in range(len(tokens)):
        if index in known:
            starts.append(min(max(known[index], first), last))
            continue
        left = max(place for place in known if place < index)
        right = min((place for place in known if place > index), default=len(tokens))
        end = known.get(right, last)
        lengths = [len(token.group()) for token in tokens[left:right]]
        share = sum(lengths[: index - left]) / sum(lengths)
        starts.append(round(known[left] + (end - known[left]) * share))
    return starts


def _last_sound(pcm: Pcm, begin: int, end: int) -> int:
    loud = np.flatnonzero(np.abs(pcm[begin:end]) > 0.004)
    return begin + int(loud[-1]) + 1 if loud.size else end


def _milliseconds(samples: int) -> int:
    return round(1000 * samples / SAMPLE_RATE)
