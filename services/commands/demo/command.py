"""The `tematika demo` command."""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from services.commands.demo.client import Person, TelephoneSystem
from services.commands.demo.progress import ARRIVAL, CLEANING, watch_jobs
from services.commands.demo.report import call_table, cleaned, real_time_factors, unfinished
from services.commands.demo.samples import SampleCall, read_calls, read_sources
from services.commands.demo.system import Demo, running_demo

# The sample calls have fixed dates.
PERIOD = {"from": "2026-11-01T00:00:00+03:00", "to": "2026-12-01T00:00:00+03:00"}


@click.command()
@click.option(
    "--once", is_flag=True, help="Stop after the table; exit 1 if a recording is not done."
)
@click.option(
    "--port", default=8080, show_default=True, help="A free one is taken when it is in use."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where the demo keeps its data; emptied first.",
)
@click.option("--wait-s", default=600, show_default=True, help="How long to wait for the workers.")
def demo(*, once: bool, port: int, folder: Path, wait_s: int) -> None:
    """Feed the sample calls to a fresh Tematika as a telephone system would, and show the result."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    started = time.monotonic()
    with running_demo(folder.absolute(), port) as system:
        well = _run(system, console, wait_s)
        console.print(f"To the table: {time.monotonic() - started:.0f} s")
        console.print()
        console.print(f"Gateway   {system.address}   API {system.address}/api/docs")
        console.print(f"Login     {system.login}   password {system.password}")
        if once:
            sys.exit(0 if well else 1)
        console.print("Ctrl-C stops it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("Stopping …")


def _run(system: Demo, console: Console, wait_s: int) -> bool:
    """Hand the calls in, wait, print; tell whether everything ended well."""
    calls = read_calls()
    recordings = sum(len(call.recordings) for call in calls)
    console.print(f"Handing in {len(calls)} calls with {recordings} recordings …")
    with Person(system) as person:
        hand_in_all(system, person, calls)
        watch_jobs(person, console, ARRIVAL, within_s=wait_s)
        ask_for_clean_sound(person)
        jobs = watch_jobs(person, console, CLEANING, within_s=wait_s)
        contacts = read_contacts(person)
    console.print()
    console.print(call_table(contacts))
    console.print(
        "Recognised by the demo model, which understands these synthetic voices only.",
        style="dim",
    )
    sound_ms = sum(r["duration_ms"] or 0 for c in contacts for r in c["recordings"])
    factors = real_time_factors(jobs, sound_ms)
    console.print(
        "Real-time factor (work / sound): "
        + ", ".join(f"{kind} {factor:.3f}" for kind, factor in sorted(factors.items()))
    )
    console.print(
        f"Noise suppressed on {cleaned(contacts)} of {recordings} recordings, if only on one side."
    )
    wrong = unfinished(jobs)
    for line in wrong:
        console.print(f"[red]not done[/] {line}", highlight=False)
    complete = len(contacts) == len(calls) and recordings == sum(
        len(contact["recordings"]) for contact in contacts
    )
    if not complete:
        console.print("[red]not every call and recording is in the journal[/]")
    return complete and not wrong


def hand_in_all(system: Demo, person: Person, calls: Sequence[SampleCall]) -> None:
    """Set up the samples' telephone systems and let them send all calls."""
    for source in read_sources():
        person.put(f"/sources/{source.pop('external_id')}", source)
    token = person.post("/tokens", {"name": "demo telephone systems", "scopes": ["intake"]})
    with TelephoneSystem(system, token["token"]) as telephone:
        for number, call in enumerate(calls):
            # Real systems send a recording before its call as often as after it.
            telephone.hand_in(call, recordings_first=number % 3 == 1)


def ask_for_clean_sound(person: Person) -> None:
    """Press play with noise suppression on every recording, which has it made where it is not."""
    for contact in read_contacts(person):
        for recording in contact["recordings"]:
            person.press_play(f"/recordings/{recording['id']}/sound", variant="denoised")


def read_contacts(person: Person) -> list[dict[str, Any]]:
    """The details of all calls in the journal, by name."""
    rows = person.pages("/contacts", limit=100, **PERIOD)
    contacts = [person.get(f"/contacts/{row['id']}") for row in rows]
    return sorted(contacts, key=lambda contact: str(contact["external_id"]))
