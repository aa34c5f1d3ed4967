"""Runs one job: claim, work under a heartbeat, and one fenced transaction for everything it leaves."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from shared.db.session import Database
from shared.errors import (
    DatabaseUnavailable,
    JobFailed,
    TematikaError,
    TooLarge,
    Unavailable,
    UnsupportedSound,
)
from shared.queue import jobs
from shared.queue.jobs import Job, JobLost
from shared.settings import Settings
from shared.storage import ObjectStore

log = structlog.get_logger(__name__)

LONGEST_DELAY_S = 60

Finish = Callable[[Connection], None]
"""Stores a job's result and asks for the next jobs, inside the transaction that ends the job."""


@dataclass(frozen=True)
class Parts:
    """What every worker works with."""

    settings: Settings
    database: Database
    store: ObjectStore


@dataclass
class JobContext:
    """One running attempt, as its handler sees it."""

    job: Job
    parts: Parts
    _progress: float = 0.0
    _lost: threading.Event = field(default_factory=threading.Event)

    def progress(self, fraction: float) -> None:
        """Note progress 0..1 for the next heartbeat; JobLost when the work has become useless."""
        self._progress = min(max(fraction, 0.0), 1.0)
        self.check()

    def check(self) -> None:
        """Raise JobLost when the job was cancelled or another attempt owns it."""
        if self._lost.is_set():
            raise JobLost(f"job {self.job.id} attempt {self.job.attempt} is no longer ours")


Handler = Callable[[JobContext], Finish]
"""Does a stage's work without holding a connection and returns what stores the result."""


def run_job(parts: Parts, handlers: Mapping[str, Handler], job_id: int, *, worker: str) -> bool:
    """Run one job if it is waiting; tell whether it was ours to run.

    An Unavailable part gives the job back without using up a try; JobFailed and unreadable sound
    end it as failed with their code. Any other error is left to the caller, who reports it through
    `give_up`.
    """
    settings = parts.settings
    with parts.database.write() as connection:
        job = jobs.claim(connection, job_id, worker=worker, lease_s=settings.lease_s)
    if job is None:
        return False
    context = JobContext(job, parts)
    logger = log.bind(job=job.id, kind=job.kind, subject=job.subject_id, attempt=job.attempt)
    logger.info("job-started")
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(context, stop), name="heartbeat", daemon=True)
    beat.start()
    try:
        finish = handlers[job.kind](context)
        stop.set()
        beat.join()
        _store(parts, job, finish)
        logger.info("job-done")
    except JobLost:
        logger.info("job-lost")
    except (Unavailable, JobFailed, UnsupportedSound, TooLarge) as error:
        logger.warning("job-ended-badly", code=_code(error), detail=error.detail)
        _end_badly(parts, job, error)
    finally:
        stop.set()
    return True


def _store(parts: Parts, job: Job, finish: Finish) -> None:
    """End the job with its result; a hiccup of the database must not cost minutes of work."""
    pause = threading.Event()
    for delay_s in (0.5, 2.0, None):
        try:
            with parts.database.write() as connection:
                jobs.finish(connection, job)
                finish(connection)
        except DatabaseUnavailable:
            if delay_s is None:
                raise
            # If the commit went through and only its answer was lost, the next try finds JobLost.
            pause.wait(delay_s)
        else:
            return


def give_up(parts: Parts, job_id: int, *, worker: str, error: BaseException) -> None:
    """Report an unexpected error of the attempt `worker` had: try again, or fail when tries are used up."""
    message = f"{type(error).__name__}: {error}"
    with parts.database.write() as connection:
        jobs.release_after_error(
            connection,
            job_id,
            worker=worker,
            max_attempts=parts.settings.max_attempts,
            message=message,
        )


def _code(error: TematikaError) -> str:
    match error:
        case JobFailed():
            return error.job_code
        case UnsupportedSound():
            return error.reason
        case _:
            return error.code


def _end_badly(parts: Parts, job: Job, error: TematikaError) -> None:
    code = _code(error)
    try:
        with parts.database.write() as connection:
            if isinstance(error, Unavailable):
                delay_s = min(2.0 ** min(job.attempt, 6), LONGEST_DELAY_S)
                jobs.postpone(connection, job, delay_s=delay_s, code=code, message=error.detail)
            else:
                jobs.fail(connection, job, code=code, message=error.detail)
    except JobLost:
        log.info("job-lost", job=job.id, attempt=job.attempt)
    except DatabaseUnavailable as unreachable:
        # The lease runs out and the sweeper gives the job to somebody else.
        log.warning("job-end-not-stored", job=job.id, detail=unreachable.detail)


def _beat(context: JobContext, stop: threading.Event) -> None:
    settings = context.parts.settings
    while not stop.wait(settings.heartbeat_s):
        try:
            with context.parts.database.write() as connection:
                jobs.renew(
                    connection, context.job, progress=context._progress, lease_s=settings.lease_s
                )
        except JobLost:
            if not stop.is_set():
                context._lost.set()
            return
        except DatabaseUnavailable as error:
            log.warning("heartbeat-missed", job=context.job.id, detail=error.detail)
