"""Puts the turns of a leg on one clock: each party's sound at 8 kHz and the true word times."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from samples.calls.script import Leg, Noise, Party, People, Script
from samples.speech.telephone import LINE_RATE, Pcm
from samples.speech.voices import VOICES, Voice, speak, telephone_band, with_line_noise

_RATE_WPM = 145
_GAIN = 0.8


@dataclass(frozen=True)
class TrueWord:
    """A spoken word; times in ms from the start of the recording."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class TrueUtterance:
    """What one party said without stopping."""

    party: Party
    words: tuple[TrueWord, ...]


@dataclass(frozen=True)
class Stretch:
    """The clean sound (8 kHz, -1 to 1) of each party over one or more legs, and what was said."""

    sides: dict[Party, Pcm]
    utterances: tuple[TrueUtterance, ...]

    @property
    def duration_ms(self) -> int:
        """Length of the sound; all sides are equally long."""
        return len(next(iter(self.sides.values()))) * 1000 // LINE_RATE


def parties(script: Script) -> tuple[Party, Party]:
    """The two parties of a call: the employee, and the client or a colleague."""
    return ("operator", "colleague" if script.colleague else "client")


def voice_of(script: Script, leg: Leg, party: Party, people: People) -> Voice:
    """The voice of a party of a leg, from the family the demo model knows."""
    if party == "client":
        name = script.client_voice
    else:
        key = leg.employee if party == "operator" else script.colleague
        name = people.employees[key].voice if key else None
    for voice in VOICES[script.language]:
        if voice.name == name:
            return Voice(voice.language, voice.name, voice.pitch, _RATE_WPM, voice.amplitude)
    raise ValueError(f"{party} speaks {script.language} with an unknown voice: {name}")


def place_leg(script: Script, leg: Leg, people: People) -> Stretch:
    """Speak the turns of a leg one after another with the pauses and overlaps the script asks."""
    pieces: list[tuple[Party, int, Pcm]] = []
    utterances: list[TrueUtterance] = []
    end = leg.lead_ms * LINE_RATE // 1000
    for index, turn in enumerate(leg.turns):
        pause_ms = turn.after_ms if index else 0
        spoken = speak(turn.text, voice_of(script, leg, turn.party, people))
        begin = max(end + pause_ms * LINE_RATE // 1000, 0)
        sound = telephone_band(spoken.pcm, spoken.sample_rate) * _GAIN
        pieces.append((turn.party, begin, sound.astype(np.float32)))
        begin_ms = begin * 1000 // LINE_RATE
        words = tuple(
            TrueWord(word.text, begin_ms + word.start_ms, begin_ms + word.end_ms)
            for word in spoken.words
        )
        utterances.append(TrueUtterance(turn.party, words))
        end = max(end, begin + sound.size)
    count = _whole_ms(end + leg.tail_ms * LINE_RATE // 1000)
    sides: dict[Party, Pcm] = {party: np.zeros(count, np.float32) for party in parties(script)}
    for party, begin, sound in pieces:
        sides[party][begin : begin + sound.size] += sound
    return Stretch(sides, tuple(sorted(utterances, key=lambda one: one.words[0].start_ms)))


def join(stretches: list[Stretch]) -> Stretch:
    """The stretches one after another on one clock, as a recording that covers several legs."""
    utterances: list[TrueUtterance] = []
    shift_ms = 0
    for stretch in stretches:
        utterances += [shifted(utterance, shift_ms) for utterance in stretch.utterances]
        shift_ms += stretch.duration_ms
    sides = {
        party: np.concatenate([stretch.sides[party] for stretch in stretches])
        for party in stretches[0].sides
    }
    return Stretch(sides, tuple(utterances))


def shifted(utterance: TrueUtterance, shift_ms: int) -> TrueUtterance:
    """The utterance `shift_ms` later."""
    words = tuple(
        TrueWord(word.text, word.start_ms + shift_ms, word.end_ms + shift_ms)
        for word in utterance.words
    )
    return TrueUtterance(utterance.party, words)


def on_the_line(pcm: Pcm, noise: Noise, seed: str) -> Pcm:
    """A channel as it arrives: with noise (the same for the same seed), kept inside -1..1."""
    rng = np.random.default_rng(zlib.crc32(seed.encode()))
    return np.clip(with_line_noise(pcm, noise.kind, noise.snr_db, rng), -0.99, 0.99)


def _whole_ms(samples: int) -> int:
    per_ms = LINE_RATE // 1000
    return -(-samples // per_ms) * per_ms
