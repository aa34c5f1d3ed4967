"""Handing in many contacts in one body."""

import json
from typing import Any

import pytest
from sqlalchemy import event

from services.gateway.accounts import NewAccount
from services.gateway.intake.batch import (
    LINES_PER_TRANSACTION,
    Line,
    chunks,
    put_batch,
    read_lines,
)
from services.gateway.intake.sources import find_source
from shared.db.session import Database
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.intake.state import stored_state

PATH = "/api/v1/sources/pbx/contacts"
NDJSON = "application/x-ndjson"


class Trickle:
    """A body that comes in small pieces, whatever was asked for."""

    def __init__(self, data: bytes, piece_bytes: int) -> None:
        self._data, self._piece_bytes = data, piece_bytes

    def read(self, size: int, /) -> bytes:
        piece = self._data[: min(size, self._piece_bytes)]
        self._data = self._data[len(piece) :]
        return piece


def call(number: int, **more: Any) -> dict[str, Any]:
    return {"external_id": f"call-{number}", "started_at": "2026-03-01T10:00:00", **more}


def post(api: Api, *lines: dict[str, Any] | bytes) -> list[dict[str, Any]]:
    data = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    answer = api.post(PATH, data=data, content_type=NDJSON)
    assert (answer.status_code, answer.content_type) == (200, NDJSON)
    return [json.loads(line) for line in answer.data.splitlines()]


def test_wrong_lines_do_not_harm_the_others(intake: Api, parts: Parts, account: NewAccount) -> None:
    answers = post(
        intake,
        call(1, legs=[{"external_id": "a", "started_at": "2026-03-01T10:00:00"}]),
        b"{not json",
        b"",
        call(2, colour="red"),
        {"external_id": "call-3"},
        call(
            4,
            legs=[
                {
                    "external_id": "a",
                    "started_at": "2026-03-01T10:00:00",
                    "employee": {"external_id": "ghost"},
                },
                {"external_id": "b"},
            ],
        ),
        call(1, result="answered"),
        call(1, result="answered"),
        b"null",
        {"started_at": "2026-03-01T10:00:00"},
        call(5),
    )
    assert [(a["line"], a["status"], a.get("external_id")) for a in answers] == [
        (1, 201, "call-1"),
        (2, 400, None),
        (4, 422, "call-2"),
        (5, 422, "call-3"),
        (6, 422, "call-4"),
        (7, 200, "call-1"),
        (8, 200, "call-1"),
        (9, 422, None),
        (10, 422, None),
        (11, 201, "call-5"),
    ]
    assert answers[2]["errors"] == [{"path": "colour", "reason": "unknown field"}]
    assert answers[4]["errors"][0]["path"] == "legs[1].started_at"
    assert [answers[5]["outcome"], answers[6]["outcome"]] == ["changed", "unchanged"]
    state = stored_state(parts.database, account.account_id)
    assert state["contacts"].keys() == {"call-1", "call-5"}
    assert state["employees"] == {}


def test_more_lines_than_one_transaction_takes(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    answers = post(intake, *[call(number) for number in range(LINES_PER_TRANSACTION + 1)])
    assert [answer["status"] for answer in answers] == [201] * (LINES_PER_TRANSACTION + 1)
    state = stored_state(parts.database, account.account_id)
    assert len(state["contacts"]) == len(state["jobs"]) == LINES_PER_TRANSACTION + 1


def test_a_line_that_is_too_long_is_refused_alone(intake: Api) -> None:
    answers = post(intake, call(1), b" " * (5 << 20), call(2))
    assert [(a["line"], a["status"]) for a in answers] == [(1, 201), (2, 413), (3, 201)]


def test_a_batch_of_another_type_is_refused(intake: Api) -> None:
    assert intake.post(PATH, data=b"{}", content_type="text/plain").status_code == 415


def test_a_batch_that_says_it_is_too_long_is_refused_unread(intake: Api, parts: Parts) -> None:
    length = str(64 * parts.settings.max_json_bytes + 1)
    answer = intake.post(
        PATH, data=b"{}", content_type=NDJSON, environ_overrides={"CONTENT_LENGTH": length}
    )
    assert answer.status_code == 413


class Breaking(Trickle):
    """A body in whose middle the database goes away."""

    def __init__(self, data: bytes, database: Database, *, at_bytes: int) -> None:
        super().__init__(data, 10_000)
        self._database, self._left_bytes = database, len(data) - at_bytes

    def read(self, size: int, /) -> bytes:
        if len(self._data) <= self._left_bytes:
            event.listen(self._database.engine, "do_connect", _to_nowhere)
            self._left_bytes = -1
        return super().read(size)


def _to_nowhere(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        arguments[0] = "/nowhere/tematika.db"
    else:
        options["host"] = "/nowhere"


def test_when_the_database_fails_in_the_middle_the_rest_is_answered_503(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    lines = [json.dumps(call(number)).encode() for number in range(LINES_PER_TRANSACTION + 20)]
    written: list[bytes] = []
    with parts.database.read() as connection:
        source = find_source(connection, account.account_id, "pbx")
    data = b"\n".join([*lines, b"{"])
    put_batch(
        parts.database,
        source,
        Breaking(data, parts.database, at_bytes=len(data) - 100),
        line_limit_bytes=1 << 20,
        limit_bytes=len(data),
        most_topics=1,
        clock_ms=1_790_000_000_000,
        write=written.append,
    )
    event.remove(parts.database.engine, "do_connect", _to_nowhere)
    answers = [json.loads(line) for line in written]
    assert [a["status"] for a in answers] == [201] * LINES_PER_TRANSACTION + [503] * 20 + [400]
    stored = stored_state(parts.database, account.account_id)["contacts"]
    assert len(stored) == LINES_PER_TRANSACTION
    again = post(intake, *lines)
    assert [a["status"] for a in again] == [200] * LINES_PER_TRANSACTION + [201] * 20


@pytest.mark.parametrize("piece_bytes", [1, 7, 1000])
def test_lines_do_not_depend_on_how_they_come(piece_bytes: int) -> None:
    body = Trickle(b'{"a":1}\r\n\n  \n{"b":2}\n' + b"x" * 40 + b"\nlast", piece_bytes)
    lines = list(read_lines(body, line_limit_bytes=20, limit_bytes=1000))
    assert [(line.number, line.text.strip(), line.problem is None) for line in lines] == [
        (1, b'{"a":1}', True),
        (4, b'{"b":2}', True),
        (5, b"", False),
        (6, b"last", True),
    ]


def test_a_body_over_its_limit_ends_with_a_problem() -> None:
    lines = list(read_lines(Trickle(b"ok\n" * 100, 30), line_limit_bytes=20, limit_bytes=100))
    assert [line.number for line in lines] == list(range(1, 32))
    assert [line.problem is None for line in lines] == [True] * 30 + [False]


def test_long_lines_make_short_groups() -> None:
    lines = [Line(number, b"x" * 60) for number in range(5)]
    groups = list(chunks(iter(lines), limit_bytes=100))
    assert [[line.number for line in group] for group in groups] == [[0, 1], [2, 3], [4]]
