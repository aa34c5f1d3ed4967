"""The held-out calls as a recogniser gets them: noisy channels at 16 kHz, with the true words."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from faster_whisper.audio import decode_audio

from samples.speech.telephone import LINE_RATE, Pcm, resample, with_line_noise

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class TrueWord:
    """A word that was spoken, and when, in ms from the channel's start."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Channel:
    """One side of a held-out call: mono float32 at 16 kHz and what is said in it."""

    call: str
    side: str
    language: str
    pcm: Pcm
    words: tuple[TrueWord, ...]

    @property
    def text(self) -> str:
        """The true words as one line."""
        return " ".join(word.text for word in self.words)


def read_channels() -> Iterator[Channel]:
    """Every channel of the held-out set, with the noise of its line."""
    for call in json.loads((_FOLDER / "truth.json").read_text(encoding="utf-8")):
        for side, words in call["words"].items():
            name = f"{call['id']}-{side}"
            pcm, rate = soundfile.read(_FOLDER / "sound" / f"{name}.ogg", dtype="float32")
            narrow = resample(pcm, rate, LINE_RATE)
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            noisy = with_line_noise(narrow, call["noise"], call["snr_db"], rng)
            yield Channel(
                call["id"],
                side,
                call["language"],
                _as_16_khz(noisy),
                tuple(TrueWord(*word) for word in words),
            )


def _as_16_khz(pcm: Pcm) -> Pcm:
    """As an 8 kHz WAV comes out of the decoder of recordings."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(pcm, -1, 1), LINE_RATE, format="WAV", subtype="PCM_16")
    file.seek(0)
    decoded: Pcm = decode_audio(file, sampling_rate=16_000)
    return decoded
