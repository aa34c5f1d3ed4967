"""The documents beside the sound: intake metadata (`call.json`) and the truth (`truth.json`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from samples.calls.script import Leg, People, Script, iso
from samples.calls.timeline import TrueUtterance


@dataclass(frozen=True)
class ChannelTruth:
    """One channel: whose it is (`operator`, `client`, `unknown` for both) and what is said."""

    speaker: str
    utterances: tuple[TrueUtterance, ...]


@dataclass(frozen=True)
class RecordingPlan:
    """One file of a call: the legs (by index) it covers, from when, and what its channels hold."""

    external_id: str
    file: str
    content_type: str
    legs: tuple[int, ...]
    offset_ms: int
    duration_ms: int
    speaker: str | None
    channels: tuple[ChannelTruth, ...]


def call_document(
    name: str,
    script: Script,
    people: People,
    leg_spans: list[tuple[int, int]],
    recordings: list[RecordingPlan],
) -> dict[str, Any]:
    """Intake metadata of a call, with its source and its recordings under keys of their own.

    `leg_spans` are start and end of each leg in ms from the start of the contact.
    """
    end_ms = leg_spans[-1][1] if leg_spans else script.wait_ms
    legs = []
    for index, (leg, (start_ms, stop_ms)) in enumerate(zip(script.legs, leg_spans, strict=True)):
        legs.append(
            {
                "external_id": leg_id(name, index),
                "started_at": iso(script.started_at + timedelta(milliseconds=start_ms)),
                "ended_at": iso(script.started_at + timedelta(milliseconds=stop_ms)),
                **_people_of(leg, people),
            }
        )
    answered = script.result == "answered"
    return {
        "external_id": name,
        "kind": script.kind,
        "direction": script.direction,
        "started_at": iso(script.started_at),
        "ended_at": iso(script.started_at + timedelta(milliseconds=end_ms)),
        "client_number": script.client_number,
        "company_number": script.company_number,
        "result": script.result,
        "wait_ms": script.wait_ms,
        "talk_ms": sum(stop - start for start, stop in leg_spans) if answered else 0,
        "legs": legs,
        "raw": script.raw,
        "source": script.source,
        "recordings": [
            {
                "external_id": recording.external_id,
                "file": recording.file,
                "legs": [leg_id(name, index) for index in recording.legs],
                "offset_ms": recording.offset_ms,
                "speaker": recording.speaker,
                "content_type": recording.content_type,
            }
            for recording in recordings
        ],
    }


def truth_document(script: Script, recordings: list[RecordingPlan]) -> dict[str, Any]:
    """What is really said, word by word, and the topics that must come of it."""
    return {
        "title": script.title,
        "trap": script.trap,
        "language": script.language,
        "expected_topics": sorted(script.expected_topics),
        "expected_undecidable": sorted(script.expected_undecidable),
        "recordings": [
            {
                "external_id": recording.external_id,
                "duration_ms": recording.duration_ms,
                "channels": [
                    {
                        "speaker": channel.speaker,
                        "utterances": [_utterance(one) for one in channel.utterances],
                    }
                    for channel in recording.channels
                ],
            }
            for recording in recordings
        ],
    }


def leg_id(name: str, index: int) -> str:
    """External id of the leg with this index (from 0)."""
    return f"{name}-leg{index + 1}"


def _people_of(leg: Leg, people: People) -> dict[str, Any]:
    found: dict[str, Any] = {}
    group = leg.group
    if leg.employee is not None:
        employee = people.employees[leg.employee]
        group = group or employee.group
        found["employee"] = {
            "external_id": employee.external_id,
            "name": employee.name,
            "extension": employee.extension,
        }
    if group is not None:
        found["group"] = people.groups[group].model_dump()
    return found


def _utterance(utterance: TrueUtterance) -> dict[str, Any]:
    return {
        "party": utterance.party,
        "start_ms": utterance.words[0].start_ms,
        "end_ms": utterance.words[-1].end_ms,
        "text": " ".join(word.text for word in utterance.words),
        "words": [
            {"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms}
            for word in utterance.words
        ],
    }
