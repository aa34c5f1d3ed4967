"""Reads the Dockerfile's steps, as far as this Dockerfile uses them."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """One instruction and its arguments as written."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The arguments, from the JSON or the shell form."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


def read_dockerfile() -> list[Step]:
    """All steps in order."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [Step(*line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]
