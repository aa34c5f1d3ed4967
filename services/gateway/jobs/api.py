"""Jobs and queues of the account."""

from typing import Any

from sqlalchemy import Row

from services.gateway.jobs import store
from services.gateway.jobs.pace import estimates
from services.gateway.jobs.schemas import JobOut, JobQuery, QueueOut, QueuesOut
from shared.db.tables import jobs as jobs_table
from shared.domain.pipeline import STAGES, Priority, busy_ms
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission
from shared.queue import jobs

routes = Routes("jobs")


@routes.get("/jobs", permission=Permission.CALLS)
def list_jobs(call: Call, query: JobQuery) -> Page[JobOut]:
    """List jobs, the newest first."""
    subject = (query.subject, query.subject_id) if query.subject and query.subject_id else None
    with call.parts.database.read() as connection:
        rows = store.list_jobs(
            connection,
            call.caller,
            states=query.state,
            kinds=query.kind,
            subject=subject,
            position=call.position(query),
            limit=query.limit + 1,
        )
    return call.page(Page[JobOut], query, [_job(row) for row in rows], lambda job: (job.id,))


@routes.get("/jobs/{job_id}", permission=Permission.CALLS)
def read_job(call: Call, job_id: int) -> JobOut:
    """Read a job with its progress, or what it failed of."""
    with call.parts.database.read() as connection:
        return _job(store.read_job(connection, call.caller, job_id))


@routes.post(
    "/jobs/{job_id}/retry",
    permission=Permission.RUNS_APPLY,
    problems={409: "It is still waiting or running."},
)
def retry_job(call: Call, job_id: int) -> JobOut:
    """Start a job that has ended anew, before all others."""
    with call.parts.database.write() as connection:
        store.read_job(connection, call.caller, job_id)
        jobs.retry(connection, account_id=call.account_id, job_id=job_id)
        return _job(store.read_job(connection, call.caller, job_id))


@routes.post(
    "/jobs/{job_id}/cancel",
    permission=Permission.RUNS_APPLY,
    problems={409: "It has already ended."},
)
def cancel_job(call: Call, job_id: int) -> JobOut:
    """Cancel a waiting or running job; what a running one still finds is thrown away."""
    with call.parts.database.write() as connection:
        store.read_job(connection, call.caller, job_id)
        jobs.cancel(connection, account_id=call.account_id, job_id=job_id)
        return _job(store.read_job(connection, call.caller, job_id))


@routes.get("/queues", permission=Permission.CALLS)
def list_queues(call: Call) -> QueuesOut:
    """Tell what waits for each kind of work in the account, and how long it may take."""
    queues = []
    with call.parts.database.read() as connection:
        counts = store.queue_counts(connection, call.account_id)
        estimated = estimates(connection, jobs_table.c.account_id == call.account_id)
        for kind in STAGES:
            total = counts[kind]
            queues.append(
                QueueOut(
                    kind=kind,
                    waiting=total.waiting,
                    running=total.running,
                    failed=total.failed,
                    oldest_age_ms=total.oldest_age_ms,
                    estimated_ms=estimated[kind],
                )
            )
    return QueuesOut(queues=queues)


def _job(row: Row[Any]) -> JobOut:
    return JobOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "subject": STAGES[row.kind].subject,
            "subject_id": row.subject_id,
            "urgency": Priority(row.priority).name.lower(),
            "state": row.state,
            "attempt": row.attempt,
            "progress": row.progress,
            "worker": row.worker,
            "error_code": row.error_code or None,
            "error_message": row.error_message or None,
            "created_at": row.created_at_ms,
            "started_at": row.started_at_ms,
            "finished_at": row.finished_at_ms,
            "busy_ms": busy_ms(row.state, row.started_at_ms, row.finished_at_ms),
        }
    )
