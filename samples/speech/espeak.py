"""The espeak-ng shared library through ctypes: text in, samples and word marks out."""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_SYNCHRONOUS = 2
_RATE, _VOLUME, _PITCH = 1, 2, 3
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_EVENT_END_OF_LIST = 0
_EVENT_WORD = 1
_EVENT_PHONEME = 7
_WITH_PHONEME_EVENTS = 1


class EspeakMissingError(RuntimeError):
    """The espeak-ng library cannot be loaded, or it lacks the voice asked for."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class WordMark:
    """A word's first character in the text (from 0) and its start in the sound, in samples."""

    text_position: int
    start_sample: int


@dataclass(frozen=True)
class PhoneMark:
    """A phoneme's espeak-ng name (empty for a pause) and its start in the sound, in samples."""

    name: str
    start_sample: int


@dataclass(frozen=True)
class Synthesis:
    """What espeak-ng said: 16-bit samples at its own rate, and where words and phonemes begin."""

    pcm: npt.NDArray[np.int16]
    sample_rate: int
    marks: tuple[WordMark, ...]
    phones: tuple[PhoneMark, ...]


class Espeak:
    """One loaded espeak-ng library; it has a single global state, so calls are serialised."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise EspeakMissingError(
                "espeak-ng is not installed: apt-get install espeak-ng"
            ) from error
        self.sample_rate = int(
            self._library.espeak_Initialize(_SYNCHRONOUS, 500, None, _WITH_PHONEME_EVENTS)
        )
        if self.sample_rate <= 0:
            raise EspeakMissingError("espeak-ng found no voice data")
        self._lock = threading.Lock()
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._marks: list[WordMark] = []
        self._phones: list[PhoneMark] = []
        # ctypes keeps no reference of its own: a collected callback would crash the library.
        self._callback = _Callback(self._receive)
        self._set_callback: Callable[[Any], Any] = self._library.espeak_SetSynthCallback
        self._set_callback(self._callback)

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        index = 0
        while events[index].type != _EVENT_END_OF_LIST:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._marks.append(WordMark(event.text_position - 1, event.sample))
            elif event.type == _EVENT_PHONEME:
                name = bytes(event.id).decode(errors="replace")
                self._phones.append(PhoneMark(name, event.sample))
            index += 1
        return 0

    def synthesise(
        self, text: str, voice: str, rate_wpm: int, pitch: int, amplitude: int
    ) -> Synthesis:
        """Speak `text` with the espeak-ng voice `voice` (`ru+m3`); pitch 0-99, amplitude 0-200."""
        with self._lock:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise EspeakMissingError(f"espeak-ng has no voice {voice!r}")
            self._library.espeak_SetParameter(_RATE, rate_wpm, 0)
            self._library.espeak_SetParameter(_VOLUME, amplitude, 0)
            self._library.espeak_SetParameter(_PITCH, pitch, 0)
            self._pieces, self._marks, self._phones = [], [], []
            data = text.encode()
            self._library.espeak_Synth(
                ctypes.c_char_p(data),
                ctypes.c_size_t(len(data) + 1),
                ctypes.c_uint(0),
                _POSITION_CHARACTER,
                ctypes.c_uint(0),
                ctypes.c_uint(_CHARS_UTF8),
                None,
                None,
            )
            pcm = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
            return Synthesis(pcm, self.sample_rate, tuple(self._marks), tuple(self._phones))
