"""The table of an archive (calls.csv): its columns, and a row as the parts that intake takes."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from services.gateway.intake.recordings import RecordingPart, recording_part
from services.gateway.intake.schemas import ContactPart, ExternalId, RecordingQuery
from shared.errors import InvalidInput
from shared.http.body import refuse_unstorable_text, validated

CONTACT_TEXTS = (
    "kind",
    "direction",
    "started_at",
    "ended_at",
    "client_number",
    "company_number",
    "result",
)
CONTACT_DURATIONS = ("ring_ms", "wait_ms", "talk_ms", "hold_ms", "total_ms")
LEG_COLUMNS = (
    "leg_id",
    "leg_started_at",
    "leg_ended_at",
    "leg_result",
    "employee_id",
    "employee_name",
    "employee_extension",
    "group_id",
    "group_name",
)
TOPIC_COLUMNS = ("topics", "topics_origin")
RAW_COLUMNS = ("raw_codec", "raw_rate_hz", "raw_channels")
RECORDING_COLUMNS = (
    "recording",
    "recording_id",
    "recording_legs",
    "offset_ms",
    "speaker",
    *RAW_COLUMNS,
)
COLUMNS = (
    "contact_id",
    *CONTACT_TEXTS,
    *CONTACT_DURATIONS,
    *TOPIC_COLUMNS,
    *LEG_COLUMNS,
    *RECORDING_COLUMNS,
)
REQUIRED = ("contact_id", "started_at")

# Of a row that names people but no leg: a call that nobody transferred.
_ONLY_LEG = "1"


class _RecordingId(BaseModel):
    recording_id: ExternalId


@dataclass(frozen=True, slots=True)
class ArchiveRecording:
    """A row's sound: where it lies, what it is called, and what it belongs to."""

    file: str
    external_id: str
    part: RecordingPart


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """One row: a contact, a leg or a recording of it, or all three; `line` is where it stands."""

    line: int
    contact_id: str
    contact: ContactPart | None = None
    recording: ArchiveRecording | None = None
    problem: InvalidInput | None = None


def count_rows(path: Path) -> int:
    """How many rows the table has; InvalidInput if it is not a table of ours."""
    return sum(1 for _ in _records(path))


def read_rows(path: Path) -> Iterator[ArchiveRow]:
    """The rows in order; one that cannot be read carries its problem."""
    for line, cells in _records(path):
        try:
            yield _row(line, cells)
        except InvalidInput as error:
            yield ArchiveRow(line, cells.get("contact_id", ""), problem=error)


def _records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            # Excel writes semicolons where the comma is the decimal sign.
            delimiter = ";" if ";" in file.readline() else ","
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(header)
            for cells in reader:
                if any(cells):
                    # Too many cells are seen in _row, where only their line is refused.
                    yield (
                        reader.line_num,
                        dict(zip(header, cells, strict=False))
                        | ({"": cells[len(header)]} if len(cells) > len(header) else {}),
                    )
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8; save it as «CSV UTF-8»") from error
    except csv.Error as error:
        raise InvalidInput(f"{path} is not CSV: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}") from error


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    twice = {name for name in header if header.count(name) > 1}
    if unknown or missing or twice:
        problems = [
            f"{what}: {', '.join(map(repr, sorted(names)))}"
            for what, names in (
                ("unknown columns", unknown),
                ("missing columns", missing),
                ("columns there twice", twice),
            )
            if names
        ]
        raise InvalidInput(f"{'; '.join(problems)}. Columns are: {', '.join(COLUMNS)}")


def _row(line: int, cells: Mapping[str, str]) -> ArchiveRow:
    if "" in cells:
        raise InvalidInput("there are more cells than columns")
    given = {name: text.strip() for name, text in cells.items() if text.strip()}
    for name, text in given.items():
        refuse_unstorable_text(text, name)
    if "contact_id" not in given:
        raise InvalidInput("contact_id is empty")
    body: dict[str, Any] = {"external_id": given["contact_id"]}
    body |= {name: given[name] for name in CONTACT_TEXTS if name in given}
    body |= {name: _number(name, given[name]) for name in CONTACT_DURATIONS if name in given}
    if any(name in given for name in TOPIC_COLUMNS):
        body |= _topics(given)
    if any(name in given for name in LEG_COLUMNS):
        body["legs"] = [_leg(given)]
    return ArchiveRow(
        line,
        given["contact_id"],
        contact=validated(ContactPart, body),
        recording=_recording(given) if "recording" in given else None,
    )


def _topics(given: Mapping[str, str]) -> dict[str, Any]:
    # Names have commas in them.
    names = [name.strip() for name in given.get("topics", "").split("|")]
    named = {"topics": [name for name in names if name]} if "topics" in given else {}
    return named | {"topics_origin": given.get("topics_origin", "import")}


def _leg(given: Mapping[str, str]) -> dict[str, Any]:
    leg: dict[str, Any] = {"external_id": given.get("leg_id", _ONLY_LEG)}
    for name, column in (("started_at", "leg_started_at"), ("ended_at", "leg_ended_at")):
        # A row that names people but no leg is a call with one leg, as long as the call.
        text = given.get(column) or ("" if "leg_id" in given else given.get(name, ""))
        if text:
            leg[name] = text
    if "leg_result" in given:
        leg["result"] = given["leg_result"]
    for part in ("employee", "group"):
        fields = {
            name: given[f"{part}_{column}"]
            for name, column in (
                ("external_id", "id"),
                ("name", "name"),
                ("extension", "extension"),
            )
            if f"{part}_{column}" in given
        }
        if fields:
            # Without an id of its own a person is known by name.
            leg[part] = {"external_id": fields.get("name", "")} | fields
    return leg


def _recording(given: Mapping[str, str]) -> ArchiveRecording:
    body: dict[str, Any] = {"contact": given["contact_id"]}
    if "recording_legs" in given:
        body["legs"] = given["recording_legs"]
    if "offset_ms" in given:
        body["offset_ms"] = _number("offset_ms", given["offset_ms"])
    if "speaker" in given:
        body["speaker"] = given["speaker"]
    if "raw_codec" in given:
        body["raw_codec"] = given["raw_codec"]
    for name in ("raw_rate_hz", "raw_channels"):
        if name in given:
            body[name] = _number(name, given[name])
    query = validated(RecordingQuery, body)
    named = {"recording_id": given.get("recording_id", given["recording"])}
    return ArchiveRecording(
        file=given["recording"],
        external_id=validated(_RecordingId, named).recording_id,
        part=recording_part(query),
    )


def _number(column: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise InvalidInput(f"{column}: {text[:40]!r} is not a whole number")
    return int(text)
