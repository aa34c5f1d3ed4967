"""The sample calls as a telephone system would tell of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import SettingsError

SAMPLES = Path(__file__).parents[3] / "samples"


@dataclass(frozen=True, slots=True)
class SampleRecording:
    """One sound file and what the telephone system says of it."""

    external_id: str
    path: Path
    content_type: str
    query: dict[str, str]


@dataclass(frozen=True, slots=True)
class SampleCall:
    """One call: its source, the body of its intake request, its recordings."""

    external_id: str
    source: str
    body: dict[str, Any]
    recordings: tuple[SampleRecording, ...]


def read_sources(folder: Path = SAMPLES) -> list[dict[str, Any]]:
    """The telephone systems that the sample calls come from."""
    path = folder / "calls" / "sources.json"
    if not path.is_file():
        raise SettingsError(f"the sample calls are not there: {path}; run the demo from a checkout")
    sources: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return sources


def read_calls(folder: Path = SAMPLES) -> list[SampleCall]:
    """All sample calls in the order of their names."""
    return [_read_call(path) for path in sorted(folder.glob("calls/*/call.json"))]


def _read_call(path: Path) -> SampleCall:
    body = json.loads(path.read_text("utf-8"))
    recordings = tuple(
        _recording(path.parent, body["external_id"], entry) for entry in body.pop("recordings", [])
    )
    source = body.pop("source", "pbx")
    return SampleCall(body["external_id"], source, body, recordings)


def _recording(folder: Path, contact: str, entry: dict[str, Any]) -> SampleRecording:
    query = {"contact": contact, "offset_ms": str(entry.get("offset_ms", 0))}
    if entry.get("legs"):
        query["legs"] = ",".join(entry["legs"])
    if entry.get("speaker"):
        query["speaker"] = entry["speaker"]
    return SampleRecording(
        entry["external_id"], folder / entry["file"], entry["content_type"], query
    )
