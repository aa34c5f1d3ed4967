"""Many contacts in one body: each line its own unit, 500 to a transaction, one answer line each."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from services.gateway.intake.contacts import ContactChange, read_change
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.schemas import ContactLine
from services.gateway.intake.sources import Source
from services.gateway.intake.store import put_contact
from services.gateway.intake.transactions import write_alone
from services.gateway.problem import detail_of, status_of
from shared.db.session import Database
from shared.errors import InvalidInput, TematikaError, TooLarge, Unavailable
from shared.http.body import parse_json, validated
from shared.storage import PIECE_BYTES, Body

log = structlog.get_logger(__name__)

LINES_PER_TRANSACTION = 500

Change = tuple[str, ContactChange | TematikaError]
"""A contact's external id and what is to be changed, or why it could not be read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a batch, numbered from 1: its text, or why there is none."""

    number: int
    text: bytes = b""
    problem: TematikaError | None = None


def read_lines(body: Body, *, line_limit_bytes: int, limit_bytes: int) -> Iterator[Line]:
    """The lines of a body that are not blank, holding one line and one piece in memory.

    A line over its limit is skipped to its end and carries TooLarge; so does the line at which the
    whole body passes its limit, and it is the last.
    """
    number, kept, read_bytes, too_long = 1, b"", 0, False
    too_large = TooLarge(f"the line is longer than its limit of {line_limit_bytes} bytes")
    while piece := body.read(PIECE_BYTES):
        read_bytes += len(piece)
        if read_bytes > limit_bytes:
            whole = f"the batch is longer than its limit of {limit_bytes} bytes: send the rest anew"
            yield Line(number, problem=TooLarge(whole))
            return
        *ended, rest = piece.split(b"\n")
        for end in ended:
            text = kept + end
            if too_long or len(text) > line_limit_bytes:
                yield Line(number, problem=too_large)
            elif text.strip():
                yield Line(number, text)
            number, kept, too_long = number + 1, b"", False
        kept += rest
        if len(kept) > line_limit_bytes:
            kept, too_long = b"", True
    if too_long:
        yield Line(number, problem=too_large)
    elif kept.strip():
        yield Line(number, kept)


def chunks(lines: Iterator[Line], *, limit_bytes: int) -> Iterator[list[Line]]:
    """The lines in groups of LINES_PER_TRANSACTION, fewer when their texts pass `limit_bytes`."""
    group: list[Line] = []
    size_bytes = 0
    for line in lines:
        if len(group) == LINES_PER_TRANSACTION or (group and size_bytes > limit_bytes):
            yield group
            group, size_bytes = [], 0
        group.append(line)
        size_bytes += len(line.text)
    if group:
        yield group


def put_lines(
    database: Database,
    source: Source,
    lines: Sequence[Line],
    *,
    clock_ms: int,
    most_topics: int,
) -> list[dict[str, Any]]:
    """Store one group in one transaction and answer each line; a wrong one harms no other.

    Raises Unavailable when the transaction did not come about; then no line is stored.
    """
    read = [_read(line, source, clock_ms) for line in lines]
    stored = put_changes(database, source, read, most_topics=most_topics)
    return [
        answer(line.number, external_id, outcome)
        for line, (external_id, _), outcome in zip(lines, read, stored, strict=True)
    ]


def put_changes(
    database: Database, source: Source, changes: Sequence[Change], *, most_topics: int
) -> list[tuple[int, Outcome] | TematikaError]:
    """Store changes in one transaction, each in a savepoint of its own.

    What becomes of each: the contact's id with what was done, or why it was refused. Raises
    Unavailable when the transaction did not come about; then nothing is stored.
    """

    def work(connection: Connection) -> list[tuple[int, Outcome] | TematikaError]:
        return [
            _put(connection, source, external_id, change, most_topics)
            if isinstance(change, ContactChange)
            else change
            for external_id, change in changes
        ]

    return write_alone(database, source.account_id, work)


def answer(
    number: int, external_id: str, outcome: tuple[int, Outcome] | TematikaError
) -> dict[str, Any]:
    """One line of the answer: status 201 or 200 with the contact's id, or a problem."""
    head: dict[str, Any] = {"line": number}
    if external_id:
        head["external_id"] = external_id
    if isinstance(outcome, TematikaError):
        head |= {"status": status_of(outcome), "code": outcome.code, "detail": detail_of(outcome)}
        if isinstance(outcome, InvalidInput) and outcome.errors:
            head["errors"] = [{"path": path, "reason": reason} for path, reason in outcome.errors]
        return head
    contact_id, done = outcome
    status = 201 if done is Outcome.CREATED else 200
    return head | {"status": status, "id": contact_id, "outcome": done.value}


def put_batch(
    database: Database,
    source: Source,
    body: Body,
    *,
    line_limit_bytes: int,
    limit_bytes: int,
    clock_ms: int,
    most_topics: int,
    write: Callable[[bytes], object],
) -> None:
    """Store a whole body and `write` its answer, line by line.

    When the database fails in the middle, every line from there on is answered with 503: none of
    them is stored, and sending the batch again harms nothing.
    """
    down: Unavailable | None = None
    lines = read_lines(body, line_limit_bytes=line_limit_bytes, limit_bytes=limit_bytes)
    for group in chunks(lines, limit_bytes=2 * line_limit_bytes):
        answers = []
        if down is None:
            try:
                answers = put_lines(
                    database, source, group, clock_ms=clock_ms, most_topics=most_topics
                )
            except Unavailable as error:
                log.warning("batch-cut", code=error.code, detail=error.detail)
                down = error
        if down is not None:
            answers = [_unstored(line, source, clock_ms, down) for line in group]
        for item in answers:
            write(json.dumps(item, ensure_ascii=False).encode() + b"\n")


def _unstored(line: Line, source: Source, clock_ms: int, down: Unavailable) -> dict[str, Any]:
    """The answer to a line while the database is down: a wrong line will stay wrong."""
    external_id, found = _read(line, source, clock_ms)
    return answer(line.number, external_id, down if isinstance(found, ContactChange) else found)


def _read(line: Line, source: Source, clock_ms: int) -> Change:
    if line.problem is not None:
        return "", line.problem
    external_id = ""
    try:
        value = parse_json(line.text)
        if isinstance(value, dict) and isinstance(value.get("external_id"), str):
            external_id = value["external_id"][:200]
        part = validated(ContactLine, value)
        return part.external_id, read_change(
            part, zone=source.zone, country=source.country, clock_ms=clock_ms
        )
    except InvalidInput as error:
        return external_id, error


def _put(
    connection: Connection,
    source: Source,
    external_id: str,
    change: ContactChange,
    most_topics: int,
) -> tuple[int, Outcome] | TematikaError:
    try:
        with connection.begin_nested():
            stored = put_contact(connection, source, external_id, change, most_topics=most_topics)
    except InvalidInput as error:
        return error
    return stored.id, stored.outcome
