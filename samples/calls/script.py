"""The text of one sample call as a person writes it in `script.yaml`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

FOLDER = Path(__file__).parent

Party = Literal["operator", "client", "colleague"]
Sound = Literal["opus", "flac", "pcm", "alaw", "gsm"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Strict):
    """One utterance; `after_ms` is the pause since the turn before it, negative for an overlap.

    The first turn of a leg begins after the leg's `lead_ms` instead. `colleague` is the second
    employee of an internal call.
    """

    operator: str | None = None
    client: str | None = None
    colleague: str | None = None
    after_ms: int = 650

    @model_validator(mode="after")
    def _one_party(self) -> Self:
        if sum(text is not None for text in (self.operator, self.client, self.colleague)) != 1:
            raise ValueError("a turn has exactly one of operator, client, colleague")
        return self

    @property
    def party(self) -> Party:
        """Who speaks."""
        if self.operator is not None:
            return "operator"
        return "client" if self.client is not None else "colleague"

    @property
    def text(self) -> str:
        """The words, lower case, numbers written out."""
        return self.operator or self.client or self.colleague or ""


class Leg(_Strict):
    """One employee's stretch of the call; a voicemail leg has a group and no employee."""

    employee: str | None = None
    group: str | None = None
    lead_ms: int = Field(default=500, ge=0)
    tail_ms: int = Field(default=700, ge=0)
    turns: tuple[Turn, ...]


class Noise(_Strict):
    """Line noise of every channel: a kind of `samples.speech.telephone` and dB below the speech."""

    kind: str
    snr_db: float


class Recorded(_Strict):
    """How a call is recorded.

    `layout`: two channels, one channel for both parties, or one file a side. `covers_all_legs`:
    one recording of the whole call instead of one for each leg.
    """

    layout: Literal["stereo", "mono", "sides"] = "stereo"
    sound: Sound
    noise: Noise
    covers_all_legs: bool = False


class Script(_Strict):
    """One sample call: metadata, turns, and the topics it must and must not get.

    `recording` is absent for a call that has none. `expected_topics` are all topics that must
    fire; `expected_undecidable` those whose phrase is there while nobody can say whose it is, or
    whose absence nobody could hear.
    """

    title: str
    trap: str | None = None
    language: Literal["ru", "en"] = "ru"
    source: str
    kind: Literal["call", "voicemail"] = "call"
    direction: Literal["inbound", "outbound", "internal"]
    result: Literal["answered", "missed", "voicemail"] = "answered"
    started_at: AwareDatetime
    wait_ms: Annotated[int, Field(ge=0)]
    client_number: str
    company_number: str
    client_voice: str | None = None
    colleague: str | None = None
    recording: Recorded | None = None
    legs: tuple[Leg, ...]
    expected_topics: tuple[str, ...]
    expected_undecidable: tuple[str, ...] = ()
    raw: dict[str, Any] = Field(default_factory=dict)


class Employee(_Strict):
    """An employee as intake names them, and the espeak-ng voice they speak with."""

    external_id: str
    name: str
    extension: str
    group: str
    voice: str


class Group(_Strict):
    """A group of employees as intake names it."""

    external_id: str
    name: str


class People(_Strict):
    """Everybody who works at the sample companies, by the short names scripts use."""

    employees: dict[str, Employee]
    groups: dict[str, Group]


class Source(_Strict):
    """A telephone system that feeds the sample calls."""

    external_id: str
    name: str
    operator_channel: Literal[0, 1]
    time_zone: str
    number_country: str


def call_names() -> list[str]:
    """Names (folders) of all sample calls, in order."""
    return sorted(path.parent.name for path in FOLDER.glob("*/script.yaml"))


def read_script(name: str) -> Script:
    """The script of one call; pydantic's ValidationError says which field of it is wrong."""
    text = (FOLDER / name / "script.yaml").read_text(encoding="utf-8")
    return Script.model_validate(yaml.safe_load(text))


def read_people() -> People:
    """Employees and groups of the sample calls."""
    text = (FOLDER / "people.yaml").read_text(encoding="utf-8")
    return People.model_validate(yaml.safe_load(text))


def read_sources() -> dict[str, Source]:
    """The sample sources by external id."""
    text = (FOLDER / "sources.json").read_text(encoding="utf-8")
    sources = [Source.model_validate(item) for item in yaml.safe_load(text)]
    return {source.external_id: source for source in sources}


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and zone, as intake takes it."""
    return moment.isoformat(timespec="milliseconds")
