"""SQL of the account's jobs and queues, as far as the caller sees the contacts behind them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from services.gateway.jobs.totals import QueueTotal
from shared.contacts.visibility import visible
from shared.db.session import now_ms
from shared.db.tables import contacts, jobs, recordings
from shared.domain.pipeline import STAGES, JobState
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller, Sees


def kinds_on(subject: str) -> list[str]:
    """Kinds of job that work on a recording, a contact or a source."""
    return [stage.kind for stage in STAGES.values() if stage.subject == subject]


def list_jobs(
    connection: Connection,
    caller: Caller,
    *,
    states: Sequence[JobState],
    kinds: Sequence[str],
    subject: tuple[str, int] | None,
    position: Position | None,
    limit: int,
) -> list[Row[Any]]:
    """Jobs that match, the newest first."""
    wanted = select(jobs).where(_seen(caller), *beyond([jobs.c.id], position, descending=True))
    if states:
        wanted = wanted.where(jobs.c.state.in_(states))
    if kinds:
        wanted = wanted.where(jobs.c.kind.in_(kinds))
    if subject is not None:
        kind, subject_id = subject
        wanted = wanted.where(jobs.c.kind.in_(kinds_on(kind)), jobs.c.subject_id == subject_id)
    return list(connection.execute(wanted.order_by(jobs.c.id.desc()).limit(limit)))


def read_job(connection: Connection, caller: Caller, job_id: int) -> Row[Any]:
    """One job; NotFound if the caller sees none of that id."""
    row = connection.execute(select(jobs).where(_seen(caller), jobs.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return row


def queue_counts(connection: Connection, account_id: int) -> dict[str, QueueTotal]:
    """Waiting, running and failed jobs of the account by kind."""
    totals = {kind: QueueTotal() for kind in STAGES}
    rows = connection.execute(
        select(
            jobs.c.kind,
            func.count().filter(jobs.c.state == JobState.PENDING).label("waiting"),
            func.count().filter(jobs.c.state == JobState.RUNNING).label("running"),
            func.count().filter(jobs.c.state == JobState.FAILED).label("failed"),
            (now_ms() - func.min(jobs.c.due_at_ms).filter(jobs.c.state == JobState.PENDING)).label(
                "age_ms"
            ),
        )
        .where(jobs.c.account_id == account_id)
        .group_by(jobs.c.kind)
    )
    for row in rows:
        age_ms = max(0, row.age_ms or 0)
        totals[row.kind] = QueueTotal(row.waiting, row.running, row.failed, age_ms)
    return totals


def _seen(caller: Caller) -> ColumnElement[bool]:
    of_account = jobs.c.account_id == caller.account_id
    if caller.sees is Sees.ALL:
        return of_account
    seen_contacts = select(contacts.c.id).where(visible(caller))
    seen_recordings = select(recordings.c.id).where(
        recordings.c.account_id == caller.account_id, recordings.c.contact_id.in_(seen_contacts)
    )
    return and_(
        of_account,
        or_(
            and_(jobs.c.kind.in_(kinds_on("recording")), jobs.c.subject_id.in_(seen_recordings)),
            and_(jobs.c.kind.in_(kinds_on("contact")), jobs.c.subject_id.in_(seen_contacts)),
        ),
    )
