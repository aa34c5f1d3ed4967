"""`tematika demo` on the samples: real recognition by the demo model puts the right topics on the right calls."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from services.commands.demo.client import Person
from services.commands.demo.command import ask_for_clean_sound, hand_in_all, read_contacts
from services.commands.demo.progress import ARRIVAL, CLEANING, watch_jobs
from services.commands.demo.report import cleaned, unfinished
from services.commands.demo.samples import SAMPLES, read_calls
from services.commands.demo.system import running_demo

pytestmark = pytest.mark.timeout(900)


def test_every_call_gets_exactly_its_topics(tmp_path: Path) -> None:
    calls = read_calls()
    expected = {
        call.external_id: sorted(
            json.loads((SAMPLES / "calls" / call.external_id / "truth.json").read_text("utf-8"))[
                "expected_topics"
            ]
        )
        for call in calls
    }
    with running_demo(tmp_path / "demo", 0) as system, Person(system) as person:
        hand_in_all(system, person, calls)
        watch_jobs(person, Console(quiet=True), ARRIVAL, within_s=800)
        ask_for_clean_sound(person)
        jobs = watch_jobs(person, Console(quiet=True), CLEANING, within_s=800)
        contacts = read_contacts(person)
    assert unfinished(jobs) == []
    found = {
        contact["external_id"]: sorted(
            mark["topic"]["key"].rpartition("/")[2] for mark in contact["marks"] if mark["verdict"]
        )
        for contact in contacts
    }
    assert found == expected
    transcripts = [r["transcript"] for c in contacts for r in c["recordings"]]
    assert all(transcript["demo"] for transcript in transcripts)
    kinds = [{item["kind"] for item in r["renditions"]} for c in contacts for r in c["recordings"]]
    assert all({"playback", "denoised-medium", "waveform"} <= found for found in kinds)
    assert cleaned(contacts) > 0
