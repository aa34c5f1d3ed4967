"""Which recordings are recognised: none that nobody may be recorded on, once that is known."""

from sqlalchemy import Connection, or_, select, update

from shared.contacts.recorded import MAY_BE_RECORDED, EmployeeNotRecorded
from shared.db.session import now_ms
from shared.db.tables import jobs, recordings
from shared.domain.pipeline import JobState
from shared.queue.jobs import ask

_WAITING = (JobState.PENDING, JobState.RUNNING)
_ENDED = (JobState.CANCELLED, JobState.FAILED)


def settle_recognition(connection: Connection, account_id: int, contact_id: int) -> None:
    """Call off the recognition of a contact's recordings that may not be recorded, and ask again
    for what was called off before it was known better.

    Call it where the legs of a recording, or who was on them, changed. A job that a worker ends at
    this moment is passed by: waiting for it while holding the contact would be a deadlock.
    """
    rows = connection.execute(
        select(jobs.c.id, jobs.c.subject_id, MAY_BE_RECORDED.label("allowed"))
        .join(recordings, recordings.c.id == jobs.c.subject_id)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.kind == "transcribe",
            recordings.c.account_id == account_id,
            recordings.c.contact_id == contact_id,
            or_(
                ~MAY_BE_RECORDED & jobs.c.state.in_(_WAITING),
                MAY_BE_RECORDED
                & jobs.c.state.in_(_ENDED)
                & (jobs.c.error_code == EmployeeNotRecorded.code),
            ),
        )
        .with_for_update(of=jobs, skip_locked=True)
    ).all()
    for row in rows:
        if row.allowed:
            ask(connection, account_id=account_id, kind="transcribe", subject_id=row.subject_id)
    connection.execute(
        update(jobs)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.id.in_([row.id for row in rows if not row.allowed]),
        )
        .values(
            state=JobState.CANCELLED,
            lease_until_ms=None,
            run_again=False,
            finished_at_ms=now_ms(),
            error_code=EmployeeNotRecorded.code,
            error_message="Nobody on this recording may be recorded.",
        )
    )
