"""Runs that recognise recordings again with another model, a few per job.

An old transcript stays until the new one is stored; the calls are then tagged again, after all that
is more urgent.
"""

from collections.abc import Collection, Mapping
from functools import partial

import structlog
from sqlalchemy import Connection, select

from services.transcribe import store
from services.transcribe.models import find_model
from services.transcribe.recogniser import Progress
from services.transcribe.recognition import (
    Recognised,
    fetch_channels,
    loaded_recogniser,
    recognise,
    store_recognised,
)
from shared.contacts.filters import ContactFilter
from shared.db.tables import transcripts
from shared.domain.pipeline import Priority
from shared.errors import JobFailed, TooLarge, UnsupportedSound
from shared.queue import jobs
from shared.queue.runner import JobContext
from shared.runs.chunks import Store
from shared.runs.control import start
from shared.runs.kinds import RETRANSCRIBE
from shared.runs.store import Chunk, Run
from shared.runs.subjects import stored_filter

log = structlog.get_logger(__name__)


def start_retranscribe(
    connection: Connection,
    *,
    account_id: int,
    actor: str,
    model: str,
    wanted: ContactFilter,
    everything: bool = False,
) -> int:
    """Start a run over the recordings of the wanted contacts; its id.

    `model` is a name or a folder as `find_model` takes it, empty for the account's own. What this
    very model has made already is passed by unless `everything`. Raises Conflict while another
    such run is unfinished.
    """
    return start(
        connection,
        account_id=account_id,
        kind=RETRANSCRIBE,
        apply=True,
        spec={"model": model, "everything": everything},
        filter_=stored_filter(wanted),
        actor=actor,
    )


def retranscribe(context: JobContext, run: Run, chunk: Chunk) -> Store:
    """Recognise a chunk's recordings; one whose sound cannot be read keeps its transcript.

    Raises JobFailed as `find_model` and `recognise` do: other recordings would meet the same.
    """
    parts, account_id = context.parts, run.account_id
    recording_ids = chunk.subject_ids.tolist()
    with parts.database.read() as connection:
        made_by = _made_by(connection, account_id, recording_ids)
    found: dict[int, Recognised] = {}
    for place, recording_id in enumerate(recording_ids):
        recognised = _recognise(
            context,
            run,
            recording_id,
            made_by.get(recording_id),
            on_progress=partial(_report, context, place, len(recording_ids)),
        )
        if recognised is not None:
            found[recording_id] = recognised

    def finish(connection: Connection) -> bytes | None:
        _store_all(connection, account_id, found)
        return None

    return finish


def _recognise(
    context: JobContext,
    run: Run,
    recording_id: int,
    made_by: tuple[str, str] | None,
    *,
    on_progress: Progress,
) -> Recognised | None:
    """The new transcript of a recording; None if it keeps the one that it has."""
    parts = context.parts
    with parts.database.read() as connection:
        task = store.recording_task(
            connection, account_id=run.account_id, recording_id=recording_id
        )
    if task is None or not task.recorded:
        return None
    wanted = run.spec["model"] or task.model or parts.settings.speech_model
    model = find_model(wanted, parts.settings.models_path)
    identity = (model.identity.name, model.identity.version)
    if made_by == identity and not run.spec["everything"]:
        return None
    try:
        channels = fetch_channels(parts, task)
    except (JobFailed, UnsupportedSound, TooLarge) as error:
        log.warning("recording-passed-by", recording=recording_id, detail=error.detail)
        return None
    recogniser = loaded_recogniser(model, parts.settings)
    return recognise(parts, run.account_id, task, recogniser, channels, on_progress)


def _report(context: JobContext, place: int, count: int, done: float) -> None:
    context.progress((place + done) / count)


def _store_all(connection: Connection, account_id: int, found: Mapping[int, Recognised]) -> None:
    """Store transcripts; all jobs are asked for and all contacts locked before any recording."""
    sides = {
        recording_id: store.sides_of(connection, account_id=account_id, recording_id=recording_id)
        for recording_id in found
    }
    contact_ids = sorted(
        {one.contact_id for one in sides.values() if one and one.contact_id is not None}
    )
    for contact_id in contact_ids:
        jobs.ask(
            connection,
            account_id=account_id,
            kind="tag",
            subject_id=contact_id,
            priority=Priority.RUNS,
        )
    for contact_id in contact_ids:
        store.lock_contact(connection, account_id=account_id, contact_id=contact_id)
    for recording_id in sorted(found):
        store_recognised(
            connection, account_id, recording_id, found[recording_id], priority=Priority.RUNS
        )


def _made_by(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> dict[int, tuple[str, str]]:
    """Name and version of the model of each recording's transcript."""
    rows = connection.execute(
        select(transcripts.c.recording_id, transcripts.c.model, transcripts.c.model_version).where(
            transcripts.c.account_id == account_id, transcripts.c.recording_id.in_(recording_ids)
        )
    )
    return {row.recording_id: (row.model, row.model_version) for row in rows}
