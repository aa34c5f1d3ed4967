"""Whose calls are recorded: the account's switch and the employees' (000-48)."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.gateway.intake.archive import import_archive
from services.gateway.intake.sources import find_source
from shared.contacts.linking import link_recordings
from shared.contacts.recorded import is_recorded
from shared.db.tables import jobs, recordings
from shared.queue.runner import Parts
from shared.recognition import settle_recognition
from tests.gateway_client import Api

PATH = "/api/v1/sources/pbx/recordings/rec-1"
CALL_PATH = "/api/v1/sources/pbx/contacts/call-1"
SOUND = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256)) * 40


def _call(*employees: str | None) -> dict[str, Any]:
    """A call of one leg of a minute for each employee; None is a leg without one."""
    return {
        "started_at": "2026-03-01T10:00:00",
        "legs": [
            {
                "external_id": f"leg-{place}",
                "started_at": f"2026-03-01T10:0{place}:00",
                "ended_at": f"2026-03-01T10:0{place + 1}:00",
                "employee": employee and {"external_id": employee},
            }
            for place, employee in enumerate(employees)
        ],
    }


@pytest.fixture
def director(owner: Api) -> str:
    """An employee whose calls must not be recorded."""
    path = "/api/v1/employees/director"
    answer = owner.put(path, json={"name": "Директор", "recorded": False})
    assert (answer.status_code, answer.json["recorded"]) == (201, False)
    return "director"


def _state(parts: Parts) -> tuple[str, str]:
    """State and error code of the recording's recognition."""
    with parts.database.read() as connection:
        row = connection.execute(
            select(jobs.c.state, jobs.c.error_code).where(jobs.c.kind == "transcribe")
        ).one()
    return row.state, row.error_code


def _allowed(parts: Parts) -> bool:
    with parts.database.read() as connection:
        row = connection.execute(select(recordings.c.account_id, recordings.c.id)).one()
        return is_recorded(connection, row.account_id, row.id)


def _nothing(parts: Parts) -> bool:
    with parts.database.read() as connection:
        known = connection.execute(select(recordings.c.id)).first()
        asked = connection.execute(select(jobs.c.id).where(jobs.c.kind != "tag")).first()
    return known is None and asked is None and list(parts.store.names("")) == []


def test_an_account_that_records_nothing_takes_in_calls_but_no_recordings(
    intake: Api, owner: Api, parts: Parts
) -> None:
    assert owner.get("/api/v1/account").json["recording_enabled"] is True
    answer = owner.patch("/api/v1/account", json={"recording_enabled": False})
    assert (answer.status_code, answer.json["recording_enabled"]) == (200, False)
    assert intake.put(CALL_PATH, json=_call("anna")).status_code == 201
    refused = intake.put(f"{PATH}?contact=call-1", data=SOUND)
    assert (refused.status_code, refused.json["code"]) == (403, "recording-switched-off")
    assert _nothing(parts)
    owner.patch("/api/v1/account", json={"recording_enabled": True})
    assert intake.put(f"{PATH}?contact=call-1", data=SOUND).status_code == 201


def test_an_import_names_each_row_whose_recording_is_refused(
    owner: Api, parts: Parts, account: NewAccount, director: str, tmp_path: Path
) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(
        "contact_id,started_at,employee_id,recording\n"
        f"c1,2026-03-01T10:00:00,{director},one.wav\n"
        "c2,2026-03-01T10:00:00,anna,one.wav\n"
    )
    (tmp_path / "one.wav").write_bytes(SOUND)

    def failures() -> dict[int, str]:
        with parts.database.read() as connection:
            source = find_source(connection, account.account_id, "pbx")
        report = import_archive(
            parts, source, table, folder=tmp_path, adopt=None, progress=lambda _: None
        )
        return dict(report.failures)

    one = failures()
    assert one.keys() == {2}
    assert "may be recorded" in one[2]
    owner.patch("/api/v1/account", json={"recording_enabled": False})
    assert failures().keys() == {2, 3}


@pytest.mark.parametrize(
    ("employees", "query", "status"),
    [
        pytest.param(["director"], "contact=call-1", 403, id="alone"),
        pytest.param(["director", None], "contact=call-1", 403, id="with-a-voice-menu"),
        pytest.param(["director", "anna"], "contact=call-1&legs=leg-0", 403, id="named-leg"),
        pytest.param(["director", "anna"], "contact=call-1", 201, id="with-another"),
        pytest.param(["director", "anna"], "contact=call-1&legs=leg-1", 201, id="another's-leg"),
        pytest.param([None], "contact=call-1", 201, id="nobody"),
        pytest.param([], "contact=call-1", 201, id="no-legs"),
        pytest.param(["director"], "contact=call-2", 202, id="another-call"),
    ],
)
@pytest.mark.usefixtures("director")
def test_a_recording_of_nobody_who_may_be_recorded_is_refused(
    intake: Api, parts: Parts, employees: list[str | None], query: str, status: int
) -> None:
    intake.put(CALL_PATH, json=_call(*employees))
    answer = intake.put(f"{PATH}?{query}", data=SOUND)
    assert answer.status_code == status
    if status == 403:
        assert answer.json["code"] == "employee-not-recorded"
        assert _nothing(parts)
    else:
        assert _allowed(parts)
        assert _state(parts) == ("pending", "")


def test_a_recording_that_came_before_its_call_is_not_recognised(
    intake: Api, parts: Parts, director: str
) -> None:
    assert intake.put(f"{PATH}?contact=call-1", data=SOUND).status_code == 202
    assert _state(parts) == ("pending", "")
    intake.put(CALL_PATH, json=_call(director))
    assert _state(parts) == ("cancelled", "employee-not-recorded")
    assert not _allowed(parts)
    # The telephone system was wrong about who it was.
    intake.put(CALL_PATH, json=_call("anna"))
    assert _state(parts) == ("pending", "")
    assert _allowed(parts)


def test_it_cannot_be_listened_to_either(intake: Api, owner: Api, director: str) -> None:
    recording_id = intake.put(f"{PATH}?contact=call-1", data=SOUND).json["id"]
    contact_id = intake.put(CALL_PATH, json=_call("anna")).json["id"]
    paths = (f"recordings/{recording_id}", f"contacts/{contact_id}")

    def codes() -> list[str]:
        return [owner.get(f"/api/v1/{path}/sound").json["code"] for path in paths]

    assert "employee-not-recorded" not in codes()
    intake.put(CALL_PATH, json=_call(director))
    assert codes() == ["employee-not-recorded"] * 2
    # Another one of the call, on which somebody may be recorded, is still heard.
    intake.put(CALL_PATH, json=_call(director, "anna"))
    intake.put(f"{PATH}?contact=call-1&legs=leg-0", data=SOUND)
    other = "/api/v1/sources/pbx/recordings/rec-2?contact=call-1&legs=leg-1"
    assert intake.put(other, data=SOUND).status_code == 201
    assert codes()[0] == "employee-not-recorded"
    assert codes()[1] != "employee-not-recorded"


def test_a_running_recognition_is_called_off_when_the_call_says_whose_it_is(
    intake: Api, parts: Parts, director: str
) -> None:
    intake.put(CALL_PATH, json=_call("anna"))
    intake.put(f"{PATH}?contact=call-1", data=SOUND)
    with parts.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.kind == "transcribe").values(state="running"))
    intake.put(CALL_PATH, json=_call(director))
    assert _state(parts) == ("cancelled", "employee-not-recorded")


def test_a_person_who_calls_it_off_is_not_overruled(intake: Api, parts: Parts) -> None:
    intake.put(f"{PATH}?contact=call-1", data=SOUND)
    with parts.database.write() as connection:
        connection.execute(
            update(jobs).where(jobs.c.kind == "transcribe").values(state="cancelled")
        )
    intake.put(CALL_PATH, json=_call("anna"))
    assert _state(parts) == ("cancelled", "")


def test_its_length_may_tell_whose_the_recording_is(
    intake: Api, parts: Parts, director: str
) -> None:
    """Until it is measured a recording lasts to the end of the call."""
    intake.put(CALL_PATH, json=_call(director, "anna"))
    assert intake.put(f"{PATH}?contact=call-1", data=SOUND).status_code == 201
    with parts.database.write() as connection:
        row = connection.execute(
            update(recordings)
            .values(duration_ms=55_000)
            .where(recordings.c.account_id > 0)
            .returning(recordings.c.account_id, recordings.c.contact_id)
        ).one()
        link_recordings(connection, account_id=row.account_id, contact_id=row.contact_id)
        settle_recognition(connection, row.account_id, row.contact_id)
    assert _state(parts) == ("cancelled", "employee-not-recorded")
    assert not _allowed(parts)


def test_the_switch_is_asked_whenever_it_matters(intake: Api, owner: Api, parts: Parts) -> None:
    intake.put(CALL_PATH, json=_call("anna"))
    intake.put(f"{PATH}?contact=call-1", data=SOUND)
    owner.put("/api/v1/employees/anna", json={"name": "Анна", "recorded": False})
    assert not _allowed(parts)
    owner.put("/api/v1/employees/anna", json={"name": "Анна"})
    assert _allowed(parts)
