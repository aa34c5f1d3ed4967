"""Progress bars of the demo: how far recognition, tagging and cleaning are, from the jobs API."""

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.commands.demo.client import Person
from shared.domain.pipeline import FINAL_STATES

ARRIVAL = {"transcribe": "recognised", "tag": "tagged", "playback": "playable"}
"""Bars of what a new recording starts at once, by kind of job."""
CLEANING = {"denoise-medium": "cleaned"}
"""Bars of what listeners ask for, as strongly as a new account denoises."""
POLL_S = 0.5


def watch_jobs(
    person: Person, console: Console, bars: Mapping[str, str], *, within_s: float
) -> list[dict[str, Any]]:
    """Show the bars until every job has ended, at most `within_s`, and return all jobs."""
    deadline = time.monotonic() + within_s
    with Progress(
        TextColumn("  {task.description:<11}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        tasks = {kind: progress.add_task(text, total=None) for kind, text in bars.items()}
        quiet = 0
        while True:
            jobs = list(person.pages("/jobs", limit=200))
            by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for job in jobs:
                by_kind[job["kind"]].append(job)
            for kind, task in tasks.items():
                done = sum(job["state"] in FINAL_STATES for job in by_kind[kind])
                progress.update(task, total=len(by_kind[kind]), completed=done)
            ended = all(job["state"] in FINAL_STATES for job in jobs)
            # The next stage's job is committed with the one before: two quiet looks are enough.
            quiet = quiet + 1 if ended else 0
            if quiet >= 2 or time.monotonic() > deadline:
                return jobs
            time.sleep(POLL_S)
