"""The sweeper: publishes jobs nobody published and takes jobs back from workers that fell silent."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Connection, and_, case, func, null, or_, select, update

from shared.db.session import Database, now_ms
from shared.db.tables import jobs
from shared.domain.pipeline import JobState, Priority
from shared.errors import BrokerUnavailable

log = structlog.get_logger(__name__)

# A message may be lost by a broker that forgets; a second one for the same job is harmless.
REPUBLISH_AFTER_S = 60

WORKER_LOST = (
    "The worker fell silent on every try: it was killed, ran out of memory or lost the database. "
    "Look at its log, then retry the job."
)

Publish = Callable[[int, str, Priority], None]
"""Sends (job id, kind, priority) to the job's queue; raises BrokerUnavailable."""


def take_back(connection: Connection, *, kinds: Sequence[str], max_attempts: int) -> int:
    """Return jobs whose lease ran out to the queue, or fail them when their tries are used up.

    One that was asked for again meanwhile starts over, as if it had been asked for afterwards.
    """
    again = jobs.c.run_again.is_(True)
    spent = and_(jobs.c.tries >= max_attempts, ~again)
    done = connection.execute(
        update(jobs)
        .where(
            jobs.c.state == JobState.RUNNING,
            jobs.c.kind.in_(kinds),
            jobs.c.lease_until_ms < now_ms(),
        )
        .values(
            state=case((spent, JobState.FAILED), else_=JobState.PENDING),
            published_at_ms=null(),
            lease_until_ms=null(),
            tries=case((again, 0), else_=jobs.c.tries),
            run_again=False,
            due_at_ms=now_ms(),
            finished_at_ms=case((spent, now_ms()), else_=null()),
            error_code=case((spent, "worker-lost"), else_=""),
            error_message=case(
                (spent, WORKER_LOST),
                else_="",
            ),
        )
    )
    return done.rowcount


def take_waiting(
    connection: Connection, *, kinds: Sequence[str], ahead: int, republish_after_s: int
) -> list[tuple[int, str, Priority]]:
    """Mark waiting jobs as published, at most `ahead` outstanding per kind, and return them in order.

    Publishing only a little ahead keeps the broker's queues short, so that an urgent job never waits
    behind a backlog and a repeated message is cheap.
    """
    taken: list[tuple[int, str, Priority]] = []
    for kind in kinds:
        lost = jobs.c.published_at_ms < now_ms() - republish_after_s * 1000
        waiting = and_(jobs.c.state == JobState.PENDING, jobs.c.kind == kind)
        for priority in Priority:
            outstanding = connection.execute(
                select(func.count())
                .select_from(jobs)
                .where(waiting, jobs.c.priority == priority, jobs.c.published_at_ms.is_not(None))
                .where(~lost)
            ).scalar_one()
            if outstanding >= ahead:
                continue
            ids = (
                select(jobs.c.id)
                .where(
                    waiting,
                    jobs.c.priority == priority,
                    jobs.c.due_at_ms <= now_ms(),
                    or_(jobs.c.published_at_ms.is_(None), lost),
                )
                .order_by(jobs.c.id)
                .limit(ahead - outstanding)
            )
            if connection.dialect.name == "postgresql":
                ids = ids.with_for_update(skip_locked=True)
            rows = connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(ids.scalar_subquery()))
                .values(published_at_ms=now_ms())
                .returning(jobs.c.id)
            )
            taken.extend((row.id, kind, priority) for row in sorted(rows, key=lambda r: r.id))
    return taken


class Sweeper:
    """Looks after the jobs of some kinds; `sweep` is called over and over by a worker process."""

    def __init__(
        self,
        database: Database,
        publish: Publish,
        *,
        kinds: Sequence[str],
        max_attempts: int,
        ahead: int,
    ) -> None:
        self._database = database
        self._publish = publish
        self._kinds = tuple(kinds)
        self._max_attempts = max_attempts
        self._ahead = ahead

    def forget_messages(self) -> None:
        """Publish every waiting job anew: the broker of a process that died took its messages along."""
        with self._database.write() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.state == JobState.PENDING, jobs.c.kind.in_(self._kinds))
                .values(published_at_ms=null())
            )

    def sweep(self) -> int:
        """Do one round and return how many messages were sent."""
        if not self._anything():
            return 0
        with self._database.write() as connection:
            lost = take_back(connection, kinds=self._kinds, max_attempts=self._max_attempts)
            waiting = take_waiting(
                connection,
                kinds=self._kinds,
                ahead=self._ahead,
                republish_after_s=REPUBLISH_AFTER_S,
            )
        if lost:
            log.warning("leases-ran-out", jobs=lost)
        for sent, (job_id, kind, priority) in enumerate(waiting):
            try:
                self._publish(job_id, kind, priority)
            except BrokerUnavailable:
                self._unpublish([row[0] for row in waiting[sent:]])
                raise
        return len(waiting)

    def _unpublish(self, job_ids: Sequence[int]) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(job_ids), jobs.c.state == JobState.PENDING)
                .values(published_at_ms=null())
            )

    def _anything(self) -> bool:
        # A read first: an idle worker must not take SQLite's write lock twice a second.
        lost = jobs.c.published_at_ms < now_ms() - REPUBLISH_AFTER_S * 1000
        with self._database.read() as connection:
            row = connection.execute(
                select(jobs.c.id)
                .where(
                    jobs.c.kind.in_(self._kinds),
                    or_(
                        and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_until_ms < now_ms()),
                        and_(
                            jobs.c.state == JobState.PENDING,
                            jobs.c.due_at_ms <= now_ms(),
                            or_(jobs.c.published_at_ms.is_(None), lost),
                        ),
                    ),
                )
                .limit(1)
            ).first()
        return row is not None
