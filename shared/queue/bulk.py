"""The job table's verbs for many subjects at once: one statement each, however many they are."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.db.session import now_ms
from shared.db.tables import jobs
from shared.domain.pipeline import JobState, Priority
from shared.queue.jobs import asked_anew


def ask_all(
    connection: Connection,
    *,
    account_id: int,
    kind: str,
    subjects: Select[Any],
    priority: Priority,
) -> None:
    """Ask for a stage of each of `subjects`, a query of their ids; see `jobs.ask` for each.

    They are worked on in the order of their ids.
    """
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    wanted = subjects.order_by(None).subquery()
    (subject_id,) = wanted.c
    rows = select(
        literal(account_id),
        literal(kind),
        subject_id,
        literal(int(priority)),
        literal(str(JobState.PENDING)),
        now_ms(),
        now_ms(),
    )
    columns = [
        "account_id",
        "kind",
        "subject_id",
        "priority",
        "state",
        "due_at_ms",
        "created_at_ms",
    ]
    connection.execute(
        insert(jobs)
        # SQLite takes the ON of ON CONFLICT for that of a join unless something stands between.
        .from_select(columns, rows.where(subject_id.is_not(None)).order_by(subject_id))
        .on_conflict_do_update(
            index_elements=[jobs.c.account_id, jobs.c.kind, jobs.c.subject_id],
            set_=asked_anew(priority, None),
        )
    )


def cancel_all(
    connection: Connection,
    *,
    account_id: int,
    kind: str,
    subjects: Select[Any],
    states: Collection[JobState],
) -> int:
    """Cancel the jobs of `subjects`, a query of ids, that are in one of `states`; how many.

    What a running one still finds is thrown away.
    """
    # In the order of ids: two that cancel or sweep at once do not wait for each other crosswise.
    ids = (
        select(jobs.c.id)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.kind == kind,
            jobs.c.state.in_(states),
            jobs.c.subject_id.in_(subjects),
        )
        .order_by(jobs.c.id)
        .with_for_update()
    )
    done = connection.execute(
        update(jobs)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.id.in_(ids.scalar_subquery()),
            jobs.c.state.in_(states),
        )
        .values(
            state=JobState.CANCELLED,
            lease_until_ms=null(),
            run_again=False,
            finished_at_ms=now_ms(),
        )
    )
    return done.rowcount
