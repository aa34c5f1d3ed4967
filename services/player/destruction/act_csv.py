"""The act of destruction as a table, to be printed and kept beside the papers."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from services.player.destruction.act_store import list_recordings
from shared.db.session import Database
from shared.http.csv_lines import BOM, csv_lines
from shared.http.schemas import iso_time

COLUMNS = (
    "recording_id",
    "source",
    "recording",
    "contact",
    "contact_id",
    "started_at",
    "received_at",
    "duration_ms",
    "size_bytes",
    "sha256",
    "reason",
    "state",
    "words",
    "hits",
    "exports",
    "objects",
    "kept_by_owner",
    "marked_at",
    "destroyed_at",
)

_AT_ONCE = 1000


def act_csv(database: Database, account_id: int, run_id: int) -> Iterator[str]:
    """The table's text, page by page; each is read in a short transaction of its own."""
    yield BOM + csv_lines([COLUMNS])
    last_id = 0
    while True:
        with database.read() as connection:
            rows = list_recordings(
                connection, account_id, run_id, position=(last_id,), limit=_AT_ONCE
            )
        if rows:
            yield csv_lines([_line(row) for row in rows])
        if len(rows) < _AT_ONCE:
            return
        last_id = rows[-1].recording_id


def _line(row: Row[Any]) -> tuple[str, ...]:
    facts = row.facts
    values = {
        **facts,
        "recording_id": row.recording_id,
        "started_at": _time(facts["started_at_ms"]),
        "received_at": _time(facts["received_at_ms"]),
        "reason": row.reason,
        "state": row.state,
        "marked_at": _time(row.marked_at_ms),
        "destroyed_at": _time(row.destroyed_at_ms),
    }
    return tuple(_cell(values[name]) for name in COLUMNS)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso_time(milliseconds)
