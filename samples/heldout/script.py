"""Reads the held-out calls' text: who says what, and how the line sounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CALL = re.compile(r"\[(?P<id>\S+) (?P<language>\w+) (?P<noise>\w+) (?P<snr_db>\d+)\]")
SIDES = {"o": "operator", "c": "client"}


@dataclass(frozen=True)
class Turn:
    """What one side (`operator`, `client`) says without being answered."""

    side: str
    text: str


@dataclass(frozen=True)
class Script:
    """A call's turns, and the noise of its line in dB below the speech."""

    id: str
    language: str
    noise: str
    snr_db: float
    turns: tuple[Turn, ...]


def read_scripts(path: Path) -> list[Script]:
    """The calls of a `calls.txt`."""
    found: list[tuple[re.Match[str], list[Turn]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        header = _CALL.fullmatch(line.strip())
        if header is not None:
            found.append((header, []))
        elif line[:3] in ("o: ", "c: "):
            found[-1][1].append(Turn(SIDES[line[0]], line[3:].strip()))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"neither a call nor a turn: {line!r}")
    return [
        Script(head["id"], head["language"], head["noise"], float(head["snr_db"]), tuple(turns))
        for head, turns in found
    ]
