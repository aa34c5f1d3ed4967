"""Jobs and queues over HTTP, as far as the caller sees the calls behind them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, update

from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import jobs as jobs_table
from shared.domain.pipeline import Priority
from shared.permissions import Permission
from shared.queue import jobs
from shared.queue.runner import Parts
from tests.gateway_client import PASSWORD, Api, MakeApi
from tests.rows import add_contact, add_recording

P = Permission
API = "/api/v1"


def ask(parts: Parts, account: NewAccount, count: int = 1) -> list[int]:
    """A call with recordings, each with a job to be recognised; job ids."""
    made = []
    with parts.database.write() as connection:
        contact = add_contact(connection, account.account_id, account.source_id)
        for number in range(count):
            recording = add_recording(
                connection, account.account_id, account.source_id, contact, f"rec-{number}"
            )
            made.append(
                jobs.ask(
                    connection,
                    account_id=account.account_id,
                    kind="transcribe",
                    subject_id=recording,
                    work_ms=60_000,
                )
            )
    return made


def set_job(parts: Parts, job_id: int, **values: Any) -> None:
    with parts.database.write() as connection:
        connection.execute(update(jobs_table).where(jobs_table.c.id == job_id).values(**values))


def test_pages_hold_every_job_once_while_more_come(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    asked = ask(parts, account, 7)
    first = owner.get(f"{API}/jobs?limit=3").json
    with parts.database.write() as connection:
        jobs.ask(connection, account_id=account.account_id, kind="tag", subject_id=1)
    seen = [job["id"] for job in first["items"]]
    cursor = first["next_cursor"]
    while cursor:
        page = owner.get(f"{API}/jobs?limit=3&cursor={cursor}").json
        seen += [job["id"] for job in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(asked, reverse=True)


def test_cursor_is_bound_to_account_list_and_filter(
    owner: Api, stranger: Api, account: NewAccount, parts: Parts
) -> None:
    ask(parts, account, 3)
    cursor = owner.get(f"{API}/jobs?limit=1").json["next_cursor"]
    tampered = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for caller, path in (
        (owner, f"jobs?limit=1&state=done&cursor={cursor}"),
        (owner, f"users?limit=1&cursor={cursor}"),
        (stranger, f"jobs?limit=1&cursor={cursor}"),
        (owner, f"jobs?limit=1&cursor={tampered}"),
        (owner, "jobs?cursor=%00"),
        (owner, "jobs?cursor=п"),
        (owner, "jobs?cursor="),
    ):
        refused = caller.get(f"{API}/{path}")
        assert refused.status_code == 422, path
        assert refused.json["errors"][0]["path"] == "query.cursor"
    assert owner.get(f"{API}/jobs?limit=2&cursor={cursor}").status_code == 200, "limit may change"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "query.limit"),
        ("limit=201", "query.limit"),
        ("limit=x", "query.limit"),
        ("limit=1&limit=2", "query.limit"),
        ("state=asleep", "query.state[0]"),
        ("kind=fly", "query.kind[0]"),
        ("subject_id=99999999999999999999&subject=contact", "query.subject_id"),
        ("subject_id=1", "query"),
        ("stat=done", "query.stat"),
    ],
)
def test_bad_query_is_refused_with_its_place(owner: Api, query: str, path: str) -> None:
    refused = owner.get(f"{API}/jobs?{query}")
    assert refused.status_code == 422, refused.text
    assert refused.json["errors"][0]["path"] == path


def test_jobs_are_filtered(owner: Api, account: NewAccount, parts: Parts) -> None:
    failed, waiting = ask(parts, account, 2)
    set_job(parts, failed, state="failed", error_code="truncated", error_message="cut off")
    found = owner.get(f"{API}/jobs?state=failed&state=done&kind=transcribe").json["items"]
    assert [job["id"] for job in found] == [failed]
    assert found[0]["error_code"] == "truncated"
    subject = owner.get(f"{API}/jobs/{waiting}").json["subject_id"]
    found = owner.get(f"{API}/jobs?subject=recording&subject_id={subject}").json["items"]
    assert [job["id"] for job in found] == [waiting]
    found = owner.get(f"{API}/jobs?subject=contact&subject_id={subject}").json["items"]
    assert found == []


def test_failed_job_is_retried_before_others(owner: Api, account: NewAccount, parts: Parts) -> None:
    (job,) = ask(parts, account)
    assert owner.post(f"{API}/jobs/{job}/retry").status_code == 409
    set_job(parts, job, state="failed", error_code="truncated")
    retried = owner.post(f"{API}/jobs/{job}/retry")
    assert retried.status_code == 200
    assert (retried.json["state"], retried.json["urgency"]) == ("pending", "asked")
    assert retried.json["error_code"] is None


def test_waiting_job_is_cancelled_once(owner: Api, account: NewAccount, parts: Parts) -> None:
    (job,) = ask(parts, account)
    assert owner.post(f"{API}/jobs/{job}/cancel").json["state"] == "cancelled"
    assert owner.post(f"{API}/jobs/{job}/cancel").status_code == 409


def test_jobs_of_another_account_are_not_found(
    stranger: Api, account: NewAccount, parts: Parts
) -> None:
    (job,) = ask(parts, account)
    assert stranger.get(f"{API}/jobs/{job}").status_code == 404
    assert stranger.post(f"{API}/jobs/{job}/cancel").status_code == 404
    assert stranger.post(f"{API}/jobs/{job}/retry").status_code == 404
    assert stranger.get(f"{API}/jobs").json["items"] == []
    assert all(queue["waiting"] == 0 for queue in stranger.get(f"{API}/queues").json["queues"])


def test_acting_on_jobs_needs_its_permission(
    account: NewAccount, make_api: MakeApi, parts: Parts
) -> None:
    (job,) = ask(parts, account)
    reader = make_api(account.account_id, P.CALLS)
    assert reader.get(f"{API}/jobs/{job}").status_code == 200
    assert reader.post(f"{API}/jobs/{job}/cancel").status_code == 403


def test_operator_sees_jobs_of_own_calls_only_where_allowed(
    app: Flask, owner: Api, account: NewAccount, parts: Parts
) -> None:
    employee = owner.put(f"{API}/employees/101", json={"name": "Анна"}).json["id"]
    owner.post(
        f"{API}/users",
        json={
            "login": "anna",
            "name": "Анна",
            "password": PASSWORD,
            "role": "operator",
            "employee": "101",
        },
    )
    client = app.test_client()
    client.post(f"{API}/session", json={"login": "anna", "password": PASSWORD})
    with parts.database.write() as connection:
        mine = add_contact(
            connection, account.account_id, account.source_id, "mine", employee_id=employee
        )
        other = add_contact(connection, account.account_id, account.source_id, "other")
        of_call = [
            jobs.ask(connection, account_id=account.account_id, kind="tag", subject_id=contact)
            for contact in (mine, other)
        ]

    def seen() -> list[int]:
        return [job["id"] for job in client.get(f"{API}/jobs").json["items"]]

    assert seen() == []
    owner.patch(f"{API}/account", json={"own_calls_visible": True})
    assert seen() == of_call[:1]
    assert client.get(f"{API}/jobs/{of_call[1]}").status_code == 404


def test_queues_tell_lengths_ages_and_time_left(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    waiting, running, failed = ask(parts, account, 3)
    set_job(parts, waiting, due_at_ms=now_ms() - 90_000)
    set_job(parts, running, state="running", progress=0.5)
    set_job(parts, failed, state="failed")
    queues = {queue["kind"]: queue for queue in owner.get(f"{API}/queues").json["queues"]}
    found = queues["transcribe"]
    assert (found["waiting"], found["running"], found["failed"]) == (1, 1, 1)
    assert 90_000 <= found["oldest_age_ms"] < 120_000
    assert found["estimated_ms"] is None, "nothing was done lately"
    assert queues["tag"]["estimated_ms"] == 0, "nothing waits"

    with parts.database.write() as connection:
        connection.execute(
            insert(jobs_table).values(
                account_id=account.account_id,
                kind="transcribe",
                subject_id=99,
                priority=Priority.NEW,
                state="done",
                worker="w1",
                work_ms=30_000,
                started_at_ms=1_000,
                finished_at_ms=7_000,
                due_at_ms=0,
                created_at_ms=0,
            )
        )
    queues = {queue["kind"]: queue for queue in owner.get(f"{API}/queues").json["queues"]}
    # 60 s of sound wait and 30 s of a running job are left, at 0.2 s per second of sound.
    assert queues["transcribe"]["estimated_ms"] == 18_000
