"""What a suppressor costs: each is measured in a process of its own, on one core.

The peak of memory is that of the whole process: interpreter, libraries and models included.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bench.denoise.corpus import Mixture, Sound, mixture, tracks
from bench.denoise.suppressors import SUPPRESSORS
from samples.speech.telephone import LINE_RATE
from services.player.rendering.cleaning import STRETCH_S, Cleaner
from services.player.rendering.denoise import RATE_HZ
from services.player.rendering.strength import Strength

LISTENING = "the worker, VAD included"
"""All that the player's worker does between decoding and encoding of two channels."""
LISTENING_MINUTES = 10
_CHANNELS = 2


@dataclass(frozen=True)
class Cost:
    """Seconds of one channel per second of one core, and the most memory held."""

    x_realtime: float
    peak_mib: float


def cost(name: str) -> Cost:
    """The cost of LISTENING, or of one of SUPPRESSORS over a minute."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, name).result()


def _measure(name: str) -> Cost:
    side = np.resize(next(iter(tracks().values())), STRETCH_S * LINE_RATE)
    minute = mixture("cost", side, "white", 10, 0)
    began = time.process_time()
    if name == LISTENING:
        cleaner = Cleaner(_CHANNELS, Strength.MEDIUM)
        seconds = sum(part.size for part in cleaner.clean(_blocks(minute))) / RATE_HZ
        assert all(report.denoised for report in cleaner.reports)
    else:
        seconds = SUPPRESSORS[name](minute.sound, minute.speech).size / RATE_HZ
    return Cost(seconds / (time.process_time() - began), _peak_mib())


def _blocks(minute: Mixture) -> Iterator[Sound]:
    """Ten minutes of two channels as the decoder gives them, a second at once."""
    for _ in range(LISTENING_MINUTES):
        for start in range(0, minute.sound.size, RATE_HZ):
            yield np.stack([minute.sound[start : start + RATE_HZ]] * _CHANNELS)


def _peak_mib() -> float:
    # Not getrusage: its maximum begins with that of the process this one was started by.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
