"""The job table's verbs: ask for a job, claim it with a lease, renew it, and end it exactly once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.among import among
from shared.db.session import now_ms
from shared.db.tables import jobs
from shared.domain.pipeline import FINAL_STATES, JobState, Priority
from shared.errors import Conflict, NotFound, TematikaError


class JobLost(TematikaError):
    """The job belongs to another attempt or was cancelled: throw the work away."""

    code = "job-lost"


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed attempt at one stage of one subject."""

    id: int
    account_id: int
    kind: str
    subject_id: int
    priority: Priority
    attempt: int
    tries: int


def ask(
    connection: Connection,
    *,
    account_id: int,
    kind: str,
    subject_id: int,
    priority: Priority = Priority.NEW,
    work_ms: int | None = None,
) -> int:
    """Ask for a stage of a subject and return the job's id; asking twice is one job.

    A job that is running is marked to run again when it ends; a finished one starts anew; a waiting
    one keeps its place or moves to the more urgent of the two priorities.
    """
    same = and_(
        jobs.c.account_id == account_id, jobs.c.kind == kind, jobs.c.subject_id == subject_id
    )
    changes = asked_anew(priority, work_ms)
    row = connection.execute(update(jobs).where(same).values(changes).returning(jobs.c.id)).first()
    if row is not None:
        return int(row.id)
    values = {
        "account_id": account_id,
        "kind": kind,
        "subject_id": subject_id,
        "priority": priority,
        "state": JobState.PENDING,
        "due_at_ms": now_ms(),
        "created_at_ms": now_ms(),
        "work_ms": work_ms,
    }
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    # Two that ask at the same moment: the second finds the first one's row.
    statement = (
        insert(jobs)
        .values(values)
        .on_conflict_do_update(
            index_elements=[jobs.c.account_id, jobs.c.kind, jobs.c.subject_id], set_=changes
        )
        .returning(jobs.c.id)
    )
    return int(connection.execute(statement).scalar_one())


def claim(connection: Connection, job_id: int, *, worker: str, lease_s: int) -> Job | None:
    """Take a waiting job with a lease, or None when it is not waiting or not yet due."""
    row = connection.execute(
        update(jobs)
        .where(
            jobs.c.id == job_id,
            jobs.c.state == JobState.PENDING,
            jobs.c.due_at_ms <= now_ms(),
        )
        .values(
            state=JobState.RUNNING,
            attempt=jobs.c.attempt + 1,
            tries=jobs.c.tries + 1,
            worker=worker,
            lease_until_ms=now_ms() + lease_s * 1000,
            started_at_ms=now_ms(),
            finished_at_ms=null(),
            progress=0.0,
            run_again=False,
            error_code="",
            error_message="",
        )
        .returning(
            jobs.c.id,
            jobs.c.account_id,
            jobs.c.kind,
            jobs.c.subject_id,
            jobs.c.priority,
            jobs.c.attempt,
            jobs.c.tries,
        )
    ).first()
    if row is None:
        return None
    return Job(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        subject_id=row.subject_id,
        priority=Priority(row.priority),
        attempt=row.attempt,
        tries=row.tries,
    )


def renew(connection: Connection, job: Job, *, progress: float, lease_s: int) -> None:
    """Renew the lease and report progress 0..1; JobLost when the attempt no longer owns the job."""
    _own(connection, job, {"lease_until_ms": now_ms() + lease_s * 1000, "progress": progress})


def finish(connection: Connection, job: Job) -> None:
    """End the job as done, or start it over if its subject changed meanwhile.

    Call it first in the transaction that stores the result: it raises JobLost when another attempt
    owns the job, and then nothing may be stored.
    """
    again = jobs.c.run_again.is_(True)
    _own(
        connection,
        job,
        {
            "state": case((again, JobState.PENDING), else_=JobState.DONE),
            "published_at_ms": null(),
            "lease_until_ms": null(),
            "progress": case((again, 0.0), else_=1.0),
            "tries": 0,
            "run_again": False,
            "due_at_ms": now_ms(),
            "finished_at_ms": now_ms(),
        },
    )


def fail(connection: Connection, job: Job, *, code: str, message: str) -> None:
    """End the job as failed for good; if its subject changed meanwhile it starts over instead."""
    again = jobs.c.run_again.is_(True)
    _own(
        connection,
        job,
        {
            "state": case((again, JobState.PENDING), else_=JobState.FAILED),
            "published_at_ms": null(),
            "lease_until_ms": null(),
            "tries": case((again, 0), else_=jobs.c.tries),
            "run_again": False,
            "due_at_ms": now_ms(),
            "finished_at_ms": now_ms(),
            "error_code": code,
            "error_message": message[:2000],
        },
    )


def postpone(connection: Connection, job: Job, *, delay_s: float, code: str, message: str) -> None:
    """Give the job back to be tried again after `delay_s`, without using up a try."""
    _own(
        connection,
        job,
        {
            "state": JobState.PENDING,
            "published_at_ms": null(),
            "lease_until_ms": null(),
            "tries": jobs.c.tries - 1,
            "run_again": False,
            "due_at_ms": now_ms() + int(delay_s * 1000),
            "error_code": code,
            "error_message": message[:2000],
        },
    )


def release_after_error(
    connection: Connection, job_id: int, *, worker: str, max_attempts: int, message: str
) -> None:
    """Give back a job whose worker met an unexpected error, or fail it when its tries are used up.

    One that was asked for again meanwhile starts over, as if it had been asked for afterwards.
    """
    again = jobs.c.run_again.is_(True)
    spent = and_(jobs.c.tries >= max_attempts, ~again)
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.worker == worker, jobs.c.state == JobState.RUNNING)
        .values(
            state=case((spent, JobState.FAILED), else_=JobState.PENDING),
            published_at_ms=null(),
            lease_until_ms=null(),
            tries=case((again, 0), else_=jobs.c.tries),
            run_again=False,
            due_at_ms=now_ms() + case((spent, 0), else_=jobs.c.tries * 1000),
            finished_at_ms=case((spent, now_ms()), else_=null()),
            error_code="internal",
            error_message=message[:2000],
        )
    )


def cancel(connection: Connection, *, account_id: int, job_id: int) -> None:
    """Cancel a waiting or running job; NotFound, or Conflict when it has ended."""
    done = connection.execute(
        update(jobs)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.id == job_id,
            jobs.c.state.not_in(FINAL_STATES),
        )
        .values(
            state=JobState.CANCELLED,
            lease_until_ms=null(),
            run_again=False,
            finished_at_ms=now_ms(),
        )
    )
    if done.rowcount == 0:
        _refuse(connection, account_id, job_id, "has already ended")


def retry(connection: Connection, *, account_id: int, job_id: int) -> None:
    """Start a failed, cancelled or done job anew, as asked for now; Conflict while it still goes on."""
    done = connection.execute(
        update(jobs)
        .where(jobs.c.account_id == account_id, jobs.c.id == job_id, jobs.c.state.in_(FINAL_STATES))
        .values(asked_anew(Priority.ASKED, None))
    )
    if done.rowcount == 0:
        _refuse(connection, account_id, job_id, "is still waiting or running")


def forget(
    connection: Connection, *, account_id: int, subject_ids: Collection[int], kinds: Sequence[str]
) -> None:
    """Remove jobs of subjects that are being destroyed; what a running one finds is thrown away."""
    # In the order of ids: two that want the same rows do not wait for each other crosswise.
    ids = connection.execute(
        select(jobs.c.id)
        .where(
            jobs.c.account_id == account_id,
            among(connection, jobs.c.subject_id, subject_ids),
            jobs.c.kind.in_(kinds),
        )
        .order_by(jobs.c.id)
        .with_for_update()
    ).scalars()
    connection.execute(
        delete(jobs).where(jobs.c.account_id == account_id, among(connection, jobs.c.id, ids.all()))
    )


def asked_anew(priority: Priority, work_ms: int | None) -> dict[str, object]:
    """What asking again changes of a job's row."""
    running = jobs.c.state == JobState.RUNNING
    waiting = jobs.c.state == JobState.PENDING
    more_urgent = and_(waiting, jobs.c.priority > priority)
    changes: dict[str, object] = {
        "run_again": running,
        "state": case((running, jobs.c.state), else_=JobState.PENDING),
        "priority": case(
            (or_(running, and_(waiting, ~more_urgent)), jobs.c.priority), else_=priority
        ),
        "published_at_ms": case(
            (running, jobs.c.published_at_ms),
            (and_(waiting, ~more_urgent), jobs.c.published_at_ms),
            else_=null(),
        ),
        "tries": case((running, jobs.c.tries), else_=0),
        "due_at_ms": case((running, jobs.c.due_at_ms), else_=now_ms()),
        "progress": case((running, jobs.c.progress), else_=0.0),
        "error_code": case((running, jobs.c.error_code), else_=""),
        "error_message": case((running, jobs.c.error_message), else_=""),
    }
    if work_ms is not None:
        changes["work_ms"] = work_ms
    return changes


def _own(connection: Connection, job: Job, values: dict[str, object]) -> None:
    done = connection.execute(
        update(jobs)
        .where(
            jobs.c.account_id == job.account_id,
            jobs.c.id == job.id,
            jobs.c.attempt == job.attempt,
            jobs.c.state == JobState.RUNNING,
        )
        .values(values)
    )
    if done.rowcount != 1:
        raise JobLost(f"job {job.id} attempt {job.attempt} is no longer ours")


def _refuse(connection: Connection, account_id: int, job_id: int, why: str) -> None:
    known = connection.execute(
        select(jobs.c.id).where(jobs.c.account_id == account_id, jobs.c.id == job_id)
    ).first()
    if known is None:
        raise NotFound(f"there is no job {job_id}")
    raise Conflict(f"job {job_id} {why}")
