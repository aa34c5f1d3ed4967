"""The demo's table: what became of each call, and the measured real-time factor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from shared.domain.pipeline import JobState

SPEAKERS = {"operator": "сотрудник", "client": "клиент", "unknown": "говорящий"}


def call_table(contacts: Iterable[Mapping[str, Any]]) -> Table:
    """One row a call: name, legs, seconds of sound, topics, the first evidence."""
    table = Table(title="Calls", header_style="bold")
    table.add_column("call", no_wrap=True)
    table.add_column("legs", justify="right")
    table.add_column("s", justify="right")
    table.add_column("topics", ratio=2)
    table.add_column("first evidence", ratio=3)
    for contact in contacts:
        seconds = sum(r["duration_ms"] or 0 for r in contact["recordings"]) / 1000
        marks = [mark for mark in contact["marks"] if mark["verdict"]]
        table.add_row(
            Text(contact["external_id"]),
            str(len(contact["legs"])),
            f"{seconds:.0f}" if contact["recordings"] else "–",
            Text(", ".join(mark["topic"]["name"] for mark in marks) or "–"),
            Text(first_evidence(marks)),
        )
    return table


def first_evidence(marks: Iterable[Mapping[str, Any]]) -> str:
    """The earliest hit on the call's clock: when, who, what; empty when no mark has one."""
    hits = [hit for mark in marks for hit in mark["hits"]]
    if not hits:
        return ""
    hit = min(hits, key=lambda hit: hit["contact_start_ms"])
    minutes, seconds = divmod(hit["contact_start_ms"] // 1000, 60)
    return f"{minutes}:{seconds:02d} {SPEAKERS[hit['speaker']]}: «{hit['text']}»"


def cleaned(contacts: Iterable[Mapping[str, Any]]) -> int:
    """How many recordings have a side of which noise was taken away."""
    return sum(
        any(
            channel["result"] == "denoised"
            for rendition in recording["renditions"]
            if rendition["kind"].startswith("denoised-")
            for channel in rendition["notes"]["channels"]
        )
        for contact in contacts
        for recording in contact["recordings"]
    )


def unfinished(jobs: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line for each job that did not end well."""
    return [
        f"{job['kind']} of {job['subject_id']}: {job['state']}"
        + (f" ({job['error_code']}: {job['error_message']})" if job["error_code"] else "")
        for job in jobs
        if job["state"] != JobState.DONE
    ]


def real_time_factors(jobs: Iterable[Mapping[str, Any]], sound_ms: int) -> dict[str, float]:
    """Seconds of work per second of sound, by kind of job; kinds without finished work are left out."""
    busy_ms: dict[str, int] = defaultdict(int)
    for job in jobs:
        if job["busy_ms"] is not None:
            busy_ms[job["kind"]] += job["busy_ms"]
    return {kind: spent / sound_ms for kind, spent in busy_ms.items() if sound_ms}
