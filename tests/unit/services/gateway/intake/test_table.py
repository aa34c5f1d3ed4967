"""The table of an archive and its page of documentation."""

import re
from pathlib import Path
from typing import Any

import pytest

from services.gateway.intake.table import COLUMNS, ArchiveRow, read_rows
from tests.processes import ROOT


def test_every_column_is_documented_and_no_other() -> None:
    table = (ROOT / "docs" / "import.md").read_text(encoding="utf-8").split("|---|---|")[1]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    documented = [name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(documented) == sorted(COLUMNS)


def rows(tmp_path: Path, **cells: str) -> ArchiveRow:
    """The one row of a table with these cells besides a call."""
    cells = {"contact_id": "c1", "started_at": "2026-03-01T10:00:00"} | cells
    path = tmp_path / "calls.csv"
    path.write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", encoding="utf-8")
    (row,) = read_rows(path)
    return row


@pytest.mark.parametrize(
    ("cells", "leg"),
    [
        pytest.param(
            {"employee_name": "Анна"},
            {
                "external_id": "1",
                "started_at": "2026-03-01T10:00:00",
                "employee": {"external_id": "Анна", "name": "Анна"},
            },
            id="operator-without-leg-and-id",
        ),
        pytest.param(
            {"leg_id": "a", "leg_started_at": "2026-03-01T10:01:00", "group_id": "g"},
            {
                "external_id": "a",
                "started_at": "2026-03-01T10:01:00",
                "group": {"external_id": "g"},
            },
            id="leg-with-group",
        ),
        pytest.param(
            {"leg_id": "a", "leg_result": "busy"},
            {"external_id": "a", "result": "busy"},
            id="correction-of-a-leg",
        ),
    ],
)
def test_legs(tmp_path: Path, cells: dict[str, str], leg: dict[str, Any]) -> None:
    contact = rows(tmp_path, **cells).contact
    assert contact is not None
    assert [part.model_dump(exclude_unset=True) for part in contact.legs] == [leg]


@pytest.mark.parametrize(
    ("cells", "topics", "origin"),
    [
        pytest.param({"topics": "Оплата"}, ["Оплата"], "import", id="one"),
        pytest.param(
            {"topics": "Оплата | Возврат товара|", "topics_origin": "operator"},
            ["Оплата", "Возврат товара"],
            "operator",
            id="several",
        ),
        pytest.param({"topics": "|"}, [], "import", id="none"),
        pytest.param({}, None, "operator", id="not-said"),
    ],
)
def test_topics(
    tmp_path: Path, cells: dict[str, str], topics: list[str] | None, origin: str
) -> None:
    contact = rows(tmp_path, **cells).contact
    assert contact is not None
    assert (contact.topics, contact.topics_origin) == (topics, origin)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param({"contact_id": " "}, "contact_id is empty", id="no-id"),
        pytest.param({"talk_ms": "1.5"}, "talk_ms: '1.5' is not a whole number", id="fraction"),
        pytest.param({"offset_ms": "-1", "recording": "a"}, "offset_ms: '-1'", id="negative"),
        pytest.param({"kind": "telegram"}, "kind: ", id="kind"),
        pytest.param({"topics": "а", "topics_origin": "rule"}, "topics_origin: ", id="origin"),
        pytest.param({"speaker": "both", "recording": "a"}, "speaker: ", id="speaker"),
        pytest.param({"employee_extension": "12"}, "legs[0].employee.external_id", id="nameless"),
        pytest.param({"recording": "a", "recording_id": "x" * 201}, "recording_id: ", id="long-id"),
    ],
)
def test_wrong_rows_say_what_is_wrong(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    row = rows(tmp_path, **cells)
    assert row.problem is not None
    assert reason in row.problem.detail
    assert row.line == 2
