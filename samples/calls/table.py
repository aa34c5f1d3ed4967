"""The table of the sample calls in `samples/README.md`, made from the scripts and the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from samples.calls.script import FOLDER, Script, call_names, read_script

README = FOLDER.parent / "README.md"

_BEGIN = "<!-- the table is written by samples.calls.make -->\n"
_END = "<!-- end of the table -->\n"
_FORMATS = {
    "opus": "Ogg Opus",
    "flac": "FLAC",
    "pcm": "PCM WAV",
    "alaw": "A-law WAV",
    "gsm": "GSM WAV",
}
_LAYOUTS = {"stereo": "2 channels", "mono": "mono", "sides": "a file a side"}


def table() -> str:
    """One Markdown row for each call."""
    head = ("call", "shows", "legs", "sound", "seconds", "expected topics", "trap")
    rows = ["| " + " | ".join(head) + " |", "|---|---|---|---|---|---|---|"]
    for name in call_names():
        truth = json.loads((FOLDER / name / "truth.json").read_text(encoding="utf-8"))
        rows.append(_row(name, read_script(name), truth))
    return "\n".join(rows) + "\n"


def write_table(readme: Path = README) -> None:
    """Put the table between its two marks in the README."""
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


def with_table(text: str) -> str:
    """The README's text with a fresh table; ValueError when its marks are missing."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("the marks of the table are missing")
    return before + begin + table() + end + after


def _row(name: str, script: Script, truth: dict[str, Any]) -> str:
    expected = ", ".join(f"`{key}`" for key in truth["expected_topics"]) or "none"
    if truth["expected_undecidable"]:
        keys = ", ".join(f"`{key}`" for key in truth["expected_undecidable"])
        expected += f"; undecidable: {keys}"
    seconds = f"{_talk_ms(truth, script) / 1000:.1f}"
    cells = (name, script.title, len(script.legs), _sound(script, truth), seconds, expected)
    return "| " + " | ".join(str(cell) for cell in (*cells, script.trap or "")) + " |"


def _sound(script: Script, truth: dict[str, Any]) -> str:
    recorded = script.recording
    if recorded is None:
        return "none"
    files = len(truth["recordings"])
    text = f"{_FORMATS[recorded.sound]}, {_LAYOUTS[recorded.layout]}"
    if recorded.covers_all_legs:
        return text + ", 1 recording over all legs"
    return text + (f", {files} recordings" if recorded.layout != "sides" and files > 1 else "")


def _talk_ms(truth: dict[str, Any], script: Script) -> int:
    durations = [int(recording["duration_ms"]) for recording in truth["recordings"]]
    one_sided = script.recording is not None and script.recording.layout == "sides"
    return sum(durations) // (2 if one_sided else 1)
