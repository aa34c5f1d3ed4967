"""Handing in contacts one by one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import contacts, employees, jobs, legs, recording_legs, transcripts
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.intake.state import stored_state
from tests.rows import add_recording, add_source

PATH = "/api/v1/sources/pbx/contacts/call-1"

CALL: dict[str, Any] = {
    "kind": "call",
    "direction": "inbound",
    "started_at": "2026-03-01T10:00:00",
    "ended_at": "2026-03-01T10:02:00",
    "client_number": "8 (916) 123-45-67",
    "company_number": "+7 495 123-45-67",
    "result": "answered",
    "talk_ms": 100_000,
    "legs": [
        {
            "external_id": "b",
            "started_at": "2026-03-01T10:01:00",
            "employee": {"external_id": "e2", "name": "Борис", "extension": "102"},
            "group": {"external_id": "sales", "name": "Продажи"},
        },
        {
            "external_id": "a",
            "started_at": "2026-03-01T10:00:00",
            "ended_at": "2026-03-01T10:01:00",
            "employee": {"external_id": "e1", "name": "Анна"},
        },
    ],
    "raw": {"uniqueid": "17.1", "cost": 1.5, "tags": ["vip", None]},
}


def test_a_call_is_stored_with_everything_it_says(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    answer = intake.put(PATH, json=CALL)
    assert answer.status_code == 201
    assert answer.json["outcome"] == "created"
    state = stored_state(parts.database, account.account_id)
    call = state["contacts"]["call-1"]
    assert call["started_at_ms"] == 1_772_348_400_000
    assert (call["client_number"], call["client_number_kind"]) == ("+79161234567", "e164")
    assert call["client_number_raw"] == "8 (916) 123-45-67"
    assert (call["employee_id"], call["group_id"]) == ("e2", "sales")
    assert call["raw"] == CALL["raw"]
    assert [state["legs"]["call-1", name]["position"] for name in "ab"] == [0, 1]
    assert state["employees"]["e2"]["extension"] == "102"
    assert state["jobs"] == {("tag", "call-1")}


def test_the_same_again_writes_nothing(intake: Api, parts: Parts, account: NewAccount) -> None:
    intake.put(PATH, json=CALL)
    _end_jobs(parts)
    before = _rows(parts)
    answer = intake.put(PATH, json=CALL)
    assert (answer.status_code, answer.json["outcome"]) == (200, "unchanged")
    assert _rows(parts) == before


@pytest.mark.parametrize(
    ("correction", "tag_job"),
    [
        pytest.param({"direction": "outbound"}, "pending", id="direction"),
        pytest.param({"result": "missed"}, "pending", id="result"),
        pytest.param({"talk_ms": None}, "pending", id="duration-cleared"),
        pytest.param({"client_number": "скрыт"}, "pending", id="number"),
        pytest.param(
            {"legs": [{"external_id": "b", "group": {"external_id": "vip"}}]}, "pending", id="group"
        ),
        pytest.param(
            {"legs": [{"external_id": "a", "employee": None}]}, "pending", id="employee-gone"
        ),
        pytest.param({"raw": {"uniqueid": "17.1"}}, "done", id="raw"),
        pytest.param({"client_number": "+7 916 123-45-67"}, "done", id="number-written-otherwise"),
    ],
)
def test_a_correction_has_the_call_judged_anew_if_a_rule_may_ask(
    intake: Api, parts: Parts, correction: dict[str, Any], tag_job: str
) -> None:
    intake.put(PATH, json=CALL)
    _end_jobs(parts)
    answer = intake.put(PATH, json=correction)
    assert (answer.status_code, answer.json["outcome"]) == (200, "changed")
    with parts.database.read() as connection:
        (state,) = connection.execute(select(jobs.c.state)).scalars()
    assert state == tag_job


def test_raw_that_python_takes_for_equal_is_a_change(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    intake.put(PATH, json=CALL | {"raw": {"answered": 1}})
    assert intake.put(PATH, json={"raw": {"answered": True}}).json["outcome"] == "changed"
    assert intake.put(PATH, json={"raw": {"answered": True}}).json["outcome"] == "unchanged"
    raw = stored_state(parts.database, account.account_id)["contacts"]["call-1"]["raw"]
    assert raw == {"answered": True}
    assert raw["answered"] is True


def test_absent_fields_stay(intake: Api, parts: Parts, account: NewAccount) -> None:
    intake.put(PATH, json=CALL)
    intake.put(PATH, json={"result": "missed", "legs": [{"external_id": "a", "result": "busy"}]})
    state = stored_state(parts.database, account.account_id)
    call, leg = state["contacts"]["call-1"], state["legs"]["call-1", "a"]
    assert (call["result"], call["talk_ms"], call["raw"]) == ("missed", 100_000, CALL["raw"])
    assert (leg["result"], leg["employee_id"]) == ("busy", "e1")
    assert state["employees"]["e1"]["name"] == "Анна"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({}, "started_at", id="new-without-start"),
        pytest.param(CALL | {"ended_at": "2026-03-01T09:00:00"}, "ended_at", id="end-before-start"),
        pytest.param(CALL | {"colour": "red"}, "colour", id="unknown-field"),
        pytest.param(CALL | {"external_id": "call-2"}, "external_id", id="other-id"),
        pytest.param(CALL | {"raw": {"a": {"b": "\0"}}}, "raw.a.b", id="nul"),
        pytest.param(CALL | {"result": "\ud800"}, "result", id="half-surrogate"),
        pytest.param(
            CALL | {"legs": [{"external_id": "a", "employee": {"external_id": "e9"}}]},
            "legs[0].started_at",
            id="new-leg-without-start",
        ),
    ],
)
def test_wrong_input_is_refused_whole(
    intake: Api, parts: Parts, account: NewAccount, body: dict[str, Any], path: str
) -> None:
    answer = intake.put(PATH, json=body)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert not any(stored_state(parts.database, account.account_id).values())


def test_a_correction_that_contradicts_what_is_stored_changes_nothing(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    intake.put(PATH, json=CALL)
    before = stored_state(parts.database, account.account_id)
    answer = intake.put(PATH, json={"result": "x", "started_at": "2026-03-02T10:00:00"})
    assert (answer.status_code, answer.json["errors"][0]["path"]) == (422, "started_at")
    assert stored_state(parts.database, account.account_id) == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"{", 400, id="not-json"),
        pytest.param(b'{"raw": {"a": NaN}}', 422, id="nan"),
        pytest.param(b'{"raw": {"a": 1e999}}', 422, id="infinite"),
        pytest.param(b'{"kind": "call", "kind": "fax"}', 422, id="key-twice"),
        pytest.param(b"[" * 100_000, 422, id="deep"),
        pytest.param(b'{"raw": {"a": ' + b"[" * 400 + b"]" * 400 + b"}}", 422, id="deep-raw"),
        pytest.param(b'{"talk_ms": ' + b"9" * 5000 + b"}", 422, id="huge-integer"),
        pytest.param(b"{}" + b" " * (4 << 20), 413, id="too-long"),
    ],
)
def test_bodies_that_are_not_our_json(intake: Api, data: bytes, status: int) -> None:
    answer = intake.put(PATH, data=data, content_type="application/json")
    assert answer.status_code == status


@pytest.mark.parametrize(
    "external_id",
    ["a/b//c==", "1772348400.17", "Звонок №1", "x" * 200, "a%20b"],
    ids=["slashes", "asterisk", "russian", "longest", "space-inside"],
)
def test_external_ids_of_real_systems(intake: Api, external_id: str) -> None:
    path = f"/api/v1/sources/pbx/contacts/{external_id}"
    assert intake.put(path, json=CALL).status_code == 201


@pytest.mark.parametrize("external_id", ["x" * 201, "%20a", "a%00b"], ids=["long", "space", "nul"])
def test_external_ids_that_are_mistakes(intake: Api, external_id: str) -> None:
    path = f"/api/v1/sources/pbx/contacts/{external_id}"
    assert intake.put(path, json=CALL).status_code == 422


def test_who_may_hand_in(
    intake: Api,
    owner: Api,
    stranger: Api,
    make_api: MakeApi,
    parts: Parts,
    account: NewAccount,
) -> None:
    with parts.database.write() as connection:
        add_source(connection, account.account_id, "second")
    reader = make_api(account.account_id, Permission.CALLS)
    elsewhere = "/api/v1/sources/second/contacts/call-1"
    assert reader.put(PATH, json=CALL).status_code == 403
    assert intake.put(elsewhere, json=CALL).status_code == 404
    assert owner.put(elsewhere, json=CALL).status_code == 201
    assert stranger.put(elsewhere, json=CALL).status_code == 404
    assert intake.put("/api/v1/sources/none/contacts/c", json=CALL).status_code == 404
    # The other account's source has the same name and is another one.
    assert stranger.put(PATH, json=CALL).status_code == 201
    assert intake.put(PATH, json=CALL).status_code == 201


def test_a_moved_beginning_tells_anew_which_legs_are_unheard(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    """A recording begins with its call: moved, it covers other legs."""
    intake.put(PATH, json=CALL)
    ids = {"account_id": account.account_id}
    with parts.database.write() as connection:
        call = connection.execute(select(contacts)).one()
        ids["recording_id"] = add_recording(
            connection, account.account_id, call.source_id, call.id, duration_ms=90_000
        )
        connection.execute(
            transcripts.insert().values(
                **ids,
                language="ru",
                model="test",
                model_version="1",
                demo=False,
                channel_speakers=["operator", "client"],
                word_count=0,
                speech_ms=1000,
                mean_probability=0.0,
                measures={},
                document=b"",
                created_at_ms=now_ms(),
            )
        )
        for leg_id in connection.execute(select(legs.c.id)).scalars().all():
            connection.execute(recording_legs.insert().values(**ids, leg_id=leg_id))
    intake.put(PATH, json={"started_at": "2026-03-01T10:01:00"})
    with parts.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(recording_legs)).scalar() == 1
        assert connection.execute(select(contacts.c.legs_unheard)).scalar_one() == 1


def test_the_same_from_eight_at_once_is_one_call(
    app: Flask, intake: Api, parts: Parts, account: NewAccount
) -> None:
    def put(_: int) -> int:
        return int(Api(app.test_client(), intake.headers).put(PATH, json=CALL).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(put, range(16)))
    assert statuses == [200] * 15 + [201]
    with parts.database.read() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (contacts, legs, employees, jobs)
        ]
    assert counts == [1, 2, 2, 1]


def test_many_calls_at_once_that_share_people_do_not_block_each_other(
    app: Flask, intake: Api, parts: Parts
) -> None:
    def put(number: int) -> int:
        people = [f"e{(number + step) % 5}" for step in range(5)]
        body = CALL | {
            "legs": [
                {
                    "external_id": name,
                    "started_at": "2026-03-01T10:00:00",
                    "employee": {"external_id": name, "name": f"{name} {number}"},
                }
                for name in people
            ]
        }
        path = f"/api/v1/sources/pbx/contacts/call-{number % 7}"
        return int(Api(app.test_client(), intake.headers).put(path, json=body).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(put, range(40)))
    assert statuses.count(201) == 7
    assert statuses.count(200) == 33


def _end_jobs(parts: Parts) -> None:
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(state="done"))


def _rows(parts: Parts) -> list[Any]:
    with parts.database.read() as connection:
        return [
            connection.execute(select(table).order_by(table.c.id)).all()
            for table in (contacts, legs, employees, jobs)
        ]
