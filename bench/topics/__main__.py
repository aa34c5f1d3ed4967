"""`make bench-topics`: re-analysis of everything, beside the plain read and a rapidfuzz loop.

Prints a table with the machine and, as the last line, all figures as one JSON object. `FULL=1` runs
over a million calls instead, without the naive loop and the writing.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from bench.topics import scenarios
from bench.topics.corpus import PHRASES_PER_TOPIC
from bench.topics.database import new_database
from bench.topics.scenarios import Figures
from services.transcribe.cores import usable_cores

DIALECTS = ("sqlite", "postgres")


def main() -> None:
    """Fill both databases, measure each in a process of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=16_384)
    parser.add_argument("--topics", type=int, default=200)
    parser.add_argument("--forms", type=int, default=300_000)
    options = parser.parse_args()
    full = os.environ.get("FULL") == "1"
    calls = 1_000_000 if full else options.calls
    print(f"machine   {platform.processor() or platform.machine()}, {usable_cores()} cores, "
          f"Python {platform.python_version()}, numpy {np.__version__}")  # fmt: skip
    print(f"corpus    {calls:,} calls of 500 words, {options.forms:,} forms, "
          f"{options.topics} topics x {PHRASES_PER_TOPIC} phrases")  # fmt: skip
    work = scenarios.million if full else scenarios.usual
    found = {dialect: _apart(work, dialect, calls, options) for dialect in DIALECTS}
    for name in found["sqlite"]:
        row = "".join(f"{found[dialect].get(name, float('nan')):14,.2f}" for dialect in DIALECTS)
        print(f"  {name:28}{row}")
    print(json.dumps(_summary(found, full=full)))


def _apart(
    work: Callable[..., Figures], dialect: str, calls: int, options: argparse.Namespace
) -> Figures:
    """Fill and measure in processes of their own, so that memory is that of the work alone."""
    with tempfile.TemporaryDirectory() as folder, new_database(dialect, Path(folder)) as address:
        arguments = (address, calls, options.topics, options.forms)
        filled_s: float = _child(scenarios.fill_database, *arguments)
        figures: Figures = _child(work, *arguments, folder)
    return {"fill_s": filled_s, **figures}


def _child(work: Callable[..., Any], *arguments: object) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _summary(found: dict[str, Figures], *, full: bool) -> Figures:
    sqlite, postgres = found["sqlite"], found["postgres"]
    if full:
        return {
            f"{name}_{dialect}": round(figures[name], 3)
            for dialect, figures in found.items()
            for name in ("million_calls_s", "calls_per_s", "peak_mib")
        }
    shared = {
        name: round(sqlite[name], 3)
        for name in (
            "naive_ratio",
            "one_topic_ratio",
            "double_topics_ratio",
            "double_calls_ratio",
            "apply_hits_per_s",
            "apply_ratio",
            "preview_10k_ms",
            "calls_per_s",
            "peak_mib",
        )
    }
    ratios = {
        "read_ratio_postgres": round(postgres["read_ratio"], 3),
        "read_ratio_sqlite": round(sqlite["read_ratio"], 3),
        "one_topic_ratio_postgres": round(postgres["one_topic_ratio"], 3),
    }
    return ratios | shared


if __name__ == "__main__":
    main()
