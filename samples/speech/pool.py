"""A store of spoken sentences on disk: sound at 8 kHz, words and phonemes with their times."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from samples.speech.voices import SpokenText, draw_voice, speak, telephone_band


@dataclass(frozen=True)
class Line:
    """A sentence to be spoken."""

    language: str
    text: str


@dataclass(frozen=True)
class Utterance:
    """A spoken sentence: its place in the sound file (samples at 8 kHz), words and phonemes."""

    language: str
    offset: int
    size: int
    words: tuple[tuple[str, int, int], ...]
    phones: tuple[tuple[str, int], ...]


def write_pool(lines: Iterable[Line], folder: Path, seed: int, processes: int = 2) -> int:
    """Speak `lines` in drawn voices into `folder`; the number of utterances written."""
    folder.mkdir(parents=True, exist_ok=True)
    utterances: list[Utterance] = []
    offset = 0
    jobs = ((line, seed * 1_000_003 + index) for index, line in enumerate(lines))
    with (
        multiprocessing.Pool(processes) as workers,
        (folder / "pcm.i16.part").open("wb") as sound,
    ):
        for line, spoken, pcm in workers.imap_unordered(_spoken, jobs, chunksize=64):
            if not spoken.words or pcm.size < 800:
                continue
            sound.write(pcm.tobytes())
            utterances.append(
                Utterance(
                    line.language,
                    offset,
                    int(pcm.size),
                    tuple((word.text.lower(), word.start_ms, word.end_ms) for word in spoken.words),
                    tuple((phone.name, phone.start_ms) for phone in spoken.phones),
                )
            )
            offset += int(pcm.size)
    (folder / "utterances.pickle").write_bytes(pickle.dumps(utterances))
    (folder / "pcm.i16.part").rename(folder / "pcm.i16")
    return len(utterances)


def read_pool(folder: Path) -> tuple[list[Utterance], npt.NDArray[np.int16]]:
    """Utterances of a pool and its sound, mapped from the disk."""
    utterances = pickle.loads((folder / "utterances.pickle").read_bytes())  # noqa: S301
    return utterances, np.memmap(folder / "pcm.i16", dtype=np.int16, mode="r")


def _spoken(job: tuple[Line, int]) -> tuple[Line, SpokenText, npt.NDArray[np.int16]]:
    line, seed = job
    spoken = speak(line.text, draw_voice(line.language, np.random.default_rng(seed)))
    narrow = telephone_band(spoken.pcm, spoken.sample_rate)
    return line, spoken, np.clip(narrow * 16384, -32768, 32767).astype(np.int16)
