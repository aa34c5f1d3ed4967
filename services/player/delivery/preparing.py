"""A sound that has to be made first: asked for once, and told how far it is."""

from flask import Response

from services.player.delivery.asked import JobNow
from services.player.delivery.choosing import Missing
from services.player.delivery.listening_store import job_states
from services.player.delivery.refusals import DenoiseFailed
from services.player.delivery.schemas import PreparedOut, PreparingOut
from services.player.rendering import kinds
from shared.domain.pipeline import JobState, Priority
from shared.http.routes import Call
from shared.permissions import Caller
from shared.queue import jobs

RETRY_AFTER_S = 2


def prepare(call: Call, caller: Caller, missing: Missing) -> Response:
    """202 with the progress of what is missing, after asking for what nobody works on yet.

    HEAD asks for nothing. Raises DenoiseFailed for a job that ended for good: it is started again
    by hand only, or every listener would start it once more.
    """
    job_kind = kinds.JOB_OF[missing.kind]
    ids = [one.id for one in missing.lacking]
    with call.parts.database.read() as connection:
        now = job_states(connection, account_id=caller.account_id, kind=job_kind, recording_ids=ids)
    for recording_id, job in now.items():
        if job.state == JobState.FAILED:
            raise DenoiseFailed(recording_id, job.error_code)
    wanted = [one for one in missing.lacking if not _is_hurried(now.get(one.id))]
    if wanted and call.request.method == "GET":
        with call.parts.database.write() as connection:
            for one in wanted:
                jobs.ask(
                    connection,
                    account_id=caller.account_id,
                    kind=job_kind,
                    subject_id=one.id,
                    priority=Priority.ASKED,
                    work_ms=one.duration_ms,
                )
    lacking = set(ids)
    told = [
        _told(one.id, now.get(one.id))
        if one.id in lacking
        else PreparedOut(recording_id=one.id, state=JobState.DONE, progress=1)
        for one in missing.sounding
    ]
    running = any(one.state is JobState.RUNNING for one in told)
    answer = PreparingOut(
        state=JobState.RUNNING if running else JobState.PENDING,
        progress=sum(one.progress for one in told) / len(told),
        recordings=told,
    )
    return Response(
        answer.model_dump_json(),
        202,
        {"Retry-After": str(RETRY_AFTER_S)},
        content_type="application/json",
    )


def _told(recording_id: int, job: JobNow | None) -> PreparedOut:
    if job is None or job.state != JobState.RUNNING:
        return PreparedOut(recording_id=recording_id, state=JobState.PENDING, progress=0)
    return PreparedOut(recording_id=recording_id, state=JobState.RUNNING, progress=job.progress)


def _is_hurried(job: JobNow | None) -> bool:
    """Whether a worker has it or will take it before all others."""
    if job is None:
        return False
    waits = job.state == JobState.PENDING and job.priority == Priority.ASKED
    return waits or job.state == JobState.RUNNING
