"""`make bench-denoise`: what noise suppression does to telephone speech, beside the libraries.

Prints a table of SI-SDR and STOI for each noise, what comes out as it went in, and the cost of
each suppressor; the last line is one JSON object of the figures of the default strength.
"""

import os

# One core: the real-time factor is per core. Set before numpy loads its BLAS.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import platform
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bench.denoise.corpus import (
    CLEAN,
    NOISES,
    SNRS_DB,
    STEADY,
    Sound,
    heard,
    held_out,
    held_out_names,
    mixture,
    tracks,
)
from bench.denoise.cost import LISTENING, Cost, cost
from bench.denoise.music import MUSIC, music
from bench.denoise.scores import EXACT_DB, si_sdr_db, stoi
from bench.denoise.suppressors import SUPPRESSORS
from services.player.rendering.denoise import suppress_noise
from services.player.rendering.strength import Strength
from services.transcribe.cores import usable_cores
from shared.vad import speech_regions

DEFAULT = f"tematika {Strength.MEDIUM}"
BEFORE = "as it came"


@dataclass(frozen=True)
class Score:
    """What one suppressor made of one mixture; BEFORE tells of the mixture itself."""

    suppressor: str
    noise: str
    snr_db: int
    si_sdr_db: float
    stoi: float
    gain_db: float
    stoi_change: float


def main() -> None:
    """Measure and print."""
    print(f"machine: {_processor()}, {usable_cores()} cores")
    costs = {name: cost(name) for name in (*SUPPRESSORS, LISTENING)}
    with ProcessPoolExecutor(usable_cores()) as pool:
        untouched = dict(zip(_harmless(), pool.map(_left_db, _harmless()), strict=True))
        scores = [score for some in pool.map(_scores, _cases()) for score in some]
    sides = tracks()
    seconds = sum(side.size for side in sides.values()) / 8000
    print(f"speech: {', '.join(sides)}; {seconds:.0f} s in all, 8 kHz")
    for noise in (*NOISES, CLEAN):
        _print_noise(noise, [score for score in scores if score.noise == noise])
    _print_harmless(untouched)
    _print_costs(costs)
    print(json.dumps(_figures(scores, untouched, costs)))


def _cases() -> list[tuple[str, str, int, int]]:
    mixed = [(noise, snr_db) for noise in NOISES for snr_db in SNRS_DB]
    return [
        (track, noise, snr_db, seed)
        for seed, track in enumerate(tracks())
        for noise, snr_db in [*mixed, (CLEAN, int(EXACT_DB))]
    ]


def _scores(case: tuple[str, str, int, int]) -> list[Score]:
    track, noise, snr_db, seed = case
    mix = mixture(track, tracks()[track], noise, snr_db, seed)
    before_db, before_stoi = si_sdr_db(mix.clean, mix.sound), stoi(mix.clean, mix.sound)
    scores = [Score(BEFORE, noise, snr_db, before_db, before_stoi, 0.0, 0.0)]
    for name, suppress in SUPPRESSORS.items():
        sound = suppress(mix.sound, mix.speech)
        after_db, after_stoi = si_sdr_db(mix.clean, sound), stoi(mix.clean, sound)
        gain_db, change = after_db - before_db, after_stoi - before_stoi
        scores.append(Score(name, noise, snr_db, after_db, after_stoi, gain_db, change))
    return scores


def _harmless() -> list[str]:
    return [f"speech {name}" for name in held_out_names()] + [f"music {kind}" for kind in MUSIC]


def _left_db(name: str) -> float:
    """SI-SDR of what the strongest suppression leaves of a clean sound, EXACT_DB when all of it."""
    kind, _, which = name.partition(" ")
    line: Sound = held_out(which) if kind == "speech" else music(which)
    sound = heard(line)
    after, _, _ = suppress_noise(sound, speech_regions(sound), strength=Strength.STRONG)
    return si_sdr_db(sound, after)


def _print_noise(noise: str, scores: Sequence[Score]) -> None:
    levels = sorted({score.snr_db for score in scores})
    head = f"{noise}: SI-SDR dB / STOI"
    columns = [CLEAN if noise == CLEAN else f"{level} dB" for level in levels]
    print(f"\n| {head:36} | " + " | ".join(f"{column:>15}" for column in columns) + " |")
    print(f"|{'-' * 38}|" + f"{'-' * 16}:|" * len(columns))
    for name in (BEFORE, *SUPPRESSORS):
        cells = []
        for level in levels:
            mine = [s for s in scores if s.suppressor == name and s.snr_db == level]
            if name == BEFORE or noise == CLEAN:
                # Clean speech has nothing to gain: what counts is what is left of it.
                db, share = fmean(s.si_sdr_db for s in mine), fmean(s.stoi for s in mine)
                cells.append(f"{db:5.1f} / {share:5.3f}")
            else:
                db, share = fmean(s.gain_db for s in mine), fmean(s.stoi_change for s in mine)
                cells.append(f"{db:+5.1f} / {share:+5.3f}")
        print(f"| {name:36} | " + " | ".join(f"{cell:>15}" for cell in cells) + " |")


def _print_harmless(untouched: dict[str, float]) -> None:
    print("\nclean sound through the strongest suppression:")
    for kind in ("speech", "music"):
        found = {name: db for name, db in untouched.items() if name.startswith(kind)}
        exact = sum(db >= EXACT_DB for db in found.values())
        others = ", ".join(f"{name} {db:.1f} dB" for name, db in found.items() if db < EXACT_DB)
        print(f"  {kind}: {exact} of {len(found)} to the bit" + (f"; {others}" if others else ""))


def _print_costs(costs: dict[str, Cost]) -> None:
    print("\n| cost of one channel, one core        | x real time | peak MiB |")
    print(f"|{'-' * 38}|------------:|---------:|")
    for name, one in costs.items():
        print(f"| {name:36} | {one.x_realtime:11.0f} | {one.peak_mib:8.0f} |")


def _figures(
    scores: Iterable[Score], untouched: dict[str, float], costs: dict[str, Cost]
) -> dict[str, float]:
    """The worst single mixture of each kind, not means."""
    all_scores = list(scores)
    figures = _worst([s for s in all_scores if s.suppressor == DEFAULT])
    for strength in (Strength.LIGHT, Strength.STRONG):
        mine = [s for s in all_scores if s.suppressor == f"tematika {strength}"]
        figures |= {f"{strength}_{key}": value for key, value in _worst(mine).items()}
    figures |= {
        "unharmed_db_min": min(untouched.values()),
        "denoise_x_realtime": costs[LISTENING].x_realtime,
        "peak_mib": costs[LISTENING].peak_mib,
    }
    # Adding zero makes -0.0 plain.
    return {name: round(value, 3) + 0.0 for name, value in figures.items()}


def _worst(scores: Sequence[Score]) -> dict[str, float]:
    steady = [score for score in scores if score.noise in STEADY]
    return {
        "si_sdr_gain_db_min_0_5": min(s.gain_db for s in steady if s.snr_db <= 5),
        "si_sdr_gain_db_min_10": min(s.gain_db for s in steady if s.snr_db == 10),
        "stoi_drop_max": max(-s.stoi_change for s in scores),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
