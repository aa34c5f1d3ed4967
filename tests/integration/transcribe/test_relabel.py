"""Correcting which channel is the operator's: transcripts and marks follow, nothing is recognised."""

from typing import Any

import pytest
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from services.topics.catalogue.packs import load_packs
from services.topics.language.pack import PACKS_FOLDER
from services.topics.tasks import HANDLERS as TOPICS
from services.transcribe.relabel import CHUNK, relabel_next
from services.transcribe.tasks import HANDLERS
from shared.db.tables import jobs, packed_transcripts, transcripts
from shared.domain.pipeline import JobState, Priority
from shared.domain.recording import Speaker
from shared.queue import jobs as verbs
from shared.queue.runner import Parts, run_job
from shared.text.packed import spoken
from shared.transcripts.store import load_transcript
from tests.gateway_client import Api
from tests.integration.topics.calls import Account
from tests.packed import from_columns

PATH = "/api/v1/sources/pbx"
GREETING = "здравствуйте компания вектор слушаю вас"
REFUND = "верните мне мои деньги пожалуйста"
OPERATOR, CLIENT = Speaker.OPERATOR, Speaker.CLIENT


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> Account:
    """The calls of the account's one source, judged by the Russian packs."""
    with parts.database.write() as connection:
        load_packs(connection, account.account_id, ["ru"], PACKS_FOLDER)
    return Account(parts.database, account.account_id, account.source_id)


def jobs_of(parts: Parts, kind: str) -> list[Any]:
    with parts.database.read() as connection:
        return list(connection.execute(select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.id)))


def run_all(parts: Parts, handlers: Any, kind: str) -> None:
    for job in jobs_of(parts, kind):
        assert run_job(parts, handlers, job.id, worker="test")
    assert {job.state for job in jobs_of(parts, kind)} <= {JobState.DONE}


def correct(owner: Api, operator_channel: int) -> None:
    answer = owner.put(PATH, json={"name": "АТС", "operator_channel": operator_channel})
    assert answer.status_code == 200, answer.text


def test_transcripts_packed_speakers_and_marks_follow(
    calls: Account, parts: Parts, owner: Api
) -> None:
    right = calls.call(f"operator: {GREETING}", f"client: {REFUND}")
    swapped = calls.call(f"client: {GREETING}", f"operator: {REFUND}")
    for contact_id in (right, swapped):
        calls.ask(contact_id)
    run_all(parts, TOPICS, "tag")
    both, none = ["greeting", "refund"], ["no-greeting"]
    assert (calls.topics_of(right), calls.topics_of(swapped)) == (both, none)

    correct(owner, 1)
    (job,) = jobs_of(parts, "relabel")
    assert (job.state, job.priority) == (JobState.PENDING, Priority.HAND)
    run_all(parts, HANDLERS, "relabel")

    for contact_id, speakers in ((right, [CLIENT, OPERATOR]), (swapped, [OPERATOR, CLIENT])):
        recording_id = calls.recording_of(contact_id)
        with parts.database.read() as connection:
            transcript = load_transcript(connection, account_id=calls.id, recording_id=recording_id)
            row = connection.execute(
                select(packed_transcripts).where(packed_transcripts.c.recording_id == recording_id)
            ).one()
        assert transcript is not None
        assert transcript.channel_speakers == (CLIENT, OPERATOR)
        assert [one.speaker for one in transcript.utterances] == speakers
        packed = from_columns(row._mapping)
        assert list(packed.speakers) == list(spoken(transcript.utterances).speakers)

    tags = jobs_of(parts, "tag")
    assert {(tag.state, tag.priority) for tag in tags} == {(JobState.PENDING, Priority.HAND)}
    run_all(parts, TOPICS, "tag")
    assert (calls.topics_of(right), calls.topics_of(swapped)) == (none, both)


def test_the_job_is_listed_under_its_source(calls: Account, parts: Parts, owner: Api) -> None:
    correct(owner, 1)
    listed = owner.get(f"/api/v1/jobs?subject=source&subject_id={calls.source_id}").json["items"]
    assert [(job["kind"], job["subject"], job["urgency"]) for job in listed] == [
        ("relabel", "source", "hand")
    ]
    run_all(parts, HANDLERS, "relabel")
    (job,) = jobs_of(parts, "relabel")
    assert job.progress == 1


def test_only_another_channel_asks_for_it(calls: Account, parts: Parts, owner: Api) -> None:
    correct(owner, 0)
    assert owner.put(PATH, json={"name": "Новое имя"}).status_code == 200
    made = owner.put("/api/v1/sources/second", json={"name": "Вторая", "operator_channel": 1})
    assert made.status_code == 201
    assert jobs_of(parts, "relabel") == []


def test_a_killed_job_starts_over_and_does_each_once(calls: Account, parts: Parts) -> None:
    contact_ids = [calls.call(f"operator: {GREETING}") for _ in range(2 * CHUNK + 1)]
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET operator_channel = 1")
        verbs.ask(
            connection,
            account_id=calls.id,
            kind="relabel",
            subject_id=calls.source_id,
        )
    first = relabel_next(parts.database, calls.id, calls.source_id, after_id=0)
    assert len(first) == CHUNK
    stamps = _made_at(parts)
    run_all(parts, HANDLERS, "relabel")
    assert [tag.subject_id for tag in jobs_of(parts, "tag")] == contact_ids
    after = _made_at(parts)
    assert {key: stamps[key] for key in stamps if stamps[key]}.items() <= after.items()
    assert 0 not in after.values(), "every transcript was written"
    with parts.database.read() as connection:
        found = connection.execute(select(transcripts.c.channel_speakers)).scalars().all()
    assert found == [["client", "operator"]] * len(contact_ids)


def test_another_accounts_source_of_that_number_is_left_alone(
    calls: Account, parts: Parts, other_account: NewAccount
) -> None:
    calls.call(f"operator: {GREETING}")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET operator_channel = 1")
    found = relabel_next(parts.database, other_account.account_id, calls.source_id, after_id=0)
    assert found == []


def _made_at(parts: Parts) -> dict[int, int]:
    with parts.database.read() as connection:
        rows = connection.execute(select(transcripts.c.recording_id, transcripts.c.created_at_ms))
        return {row.recording_id: row.created_at_ms for row in rows}
