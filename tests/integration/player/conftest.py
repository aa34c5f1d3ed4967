"""Fixtures of the player's tests: the gateway, and recordings as intake leaves them."""

import io
from collections.abc import Callable
from hashlib import sha256

import pytest

from services.gateway.accounts import NewAccount
from services.player.tasks import HANDLERS
from shared.domain.pipeline import JobState
from shared.queue import jobs
from shared.queue.runner import Parts, run_job
from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    client,
    make_api,
    other_account,
    owner,
    stranger,
)
from tests.integration.player.recorded import Recorded, job_row
from tests.rows import add_contact, add_recording, add_source

Record = Callable[..., Recorded]


@pytest.fixture
def record(parts: Parts, account: NewAccount) -> Record:  # noqa: F811 - the fixture
    """Stores bytes as the recording of a call, and asks for its renditions."""

    def store(body: bytes, *, of_call: bool = True, external_id: str = "rec-1") -> Recorded:
        account_id = account.account_id
        name = f"{account_id}/originals/{external_id}"
        parts.store.put(name, io.BytesIO(body), limit_bytes=len(body), content_type="audio/wav")
        with parts.database.write() as connection:
            source_id = add_source(connection, account_id, f"pbx-{external_id}")
            contact_id = (
                add_contact(
                    connection,
                    account_id,
                    source_id,
                    f"call-{external_id}",
                    client_number="+79990001122",
                )
                if of_call
                else None
            )
            recording_id = add_recording(
                connection,
                account_id,
                source_id,
                contact_id,
                external_id,
                object_name=name,
                size_bytes=len(body),
                sha256=sha256(body).hexdigest(),
                content_type="text/html",
            )
            jobs.ask(connection, account_id=account_id, kind="playback", subject_id=recording_id)
        return Recorded(account_id, recording_id, contact_id, body)

    return store


@pytest.fixture
def work(parts: Parts) -> Callable[[Recorded, str], JobState]:
    """Runs a recording's job of one kind to its end and tells the state it ended in."""

    def run(recorded: Recorded, kind: str) -> JobState:
        job = job_row(parts, recorded, kind)
        assert run_job(parts, HANDLERS, job.id, worker="player-test")
        return JobState(job_row(parts, recorded, kind).state)

    return run
