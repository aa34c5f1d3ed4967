"""SQL of runs and their chunks: reading them, and what begins, advances and ends them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from shared.db.session import now_ms
from shared.db.tables import run_chunks, runs
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.runs.broken import broken_jobs
from shared.runs.ids import Ids, pack_ids, unpack_ids
from shared.runs.kinds import KINDS, ChunkState, RunKind, RunState


@dataclass(frozen=True, slots=True)
class Run:
    """A run as stored; `phase` is what it is about, `state` what people see of it.

    The two differ where a job of it ended without an answer: then it is `failed` with the job's
    code, while its other jobs go on.
    """

    id: int
    account_id: int
    kind: RunKind
    phase: RunState
    state: RunState
    apply: bool
    spec: Mapping[str, Any]
    filter: Mapping[str, Any]
    chunks_total: int
    chunks_done: int
    subjects_total: int
    subjects_done: int
    actor: str
    error_code: str
    error_message: str
    created_at_ms: int
    started_at_ms: int | None
    finished_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a run: the ids that one transaction takes."""

    id: int
    run_id: int
    number: int
    state: ChunkState
    subject_ids: Ids
    before: bytes | None


def read_run(connection: Connection, account_id: int, run_id: int) -> Run:
    """One run; NotFound if the account has none of that id."""
    row = connection.execute(
        select(runs).where(runs.c.account_id == account_id, runs.c.id == run_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no run {run_id}")
    return _as_seen(connection, account_id, [_run(row)])[0]


def list_runs(
    connection: Connection,
    account_id: int,
    *,
    kinds: Sequence[str],
    position: Position | None,
    limit: int,
) -> list[Run]:
    """Runs of any of `kinds`, the newest first; of all kinds if none is named."""
    wanted = select(runs).where(
        runs.c.account_id == account_id, *beyond([runs.c.id], position, descending=True)
    )
    if kinds:
        wanted = wanted.where(runs.c.kind.in_(kinds))
    rows = connection.execute(wanted.order_by(runs.c.id.desc()).limit(limit))
    return _as_seen(connection, account_id, [_run(row) for row in rows])


def read_chunk(connection: Connection, account_id: int, chunk_id: int) -> Chunk | None:
    """One chunk, or None when its run was removed."""
    row = connection.execute(
        select(run_chunks).where(run_chunks.c.account_id == account_id, run_chunks.c.id == chunk_id)
    ).first()
    return None if row is None else _chunk(row)


def chunks_after(
    connection: Connection, account_id: int, run_id: int, *, number: int, limit: int
) -> list[Chunk]:
    """The next chunks of a run beyond `number`, whatever their state."""
    rows = connection.execute(
        select(run_chunks)
        .where(
            run_chunks.c.account_id == account_id,
            run_chunks.c.run_id == run_id,
            run_chunks.c.number > number,
        )
        .order_by(run_chunks.c.number)
        .limit(limit)
    )
    return [_chunk(row) for row in rows]


def chunk_ids(account_id: int, run_id: int, state: ChunkState | None = None) -> Select[Any]:
    """A query of the ids of a run's chunks, of one state or of all."""
    wanted = select(run_chunks.c.id).where(
        run_chunks.c.account_id == account_id, run_chunks.c.run_id == run_id
    )
    return wanted if state is None else wanted.where(run_chunks.c.state == state)


def finished_lately(connection: Connection, account_id: int, run_id: int, count: int) -> list[int]:
    """When the last `count` chunks ended, UTC epoch ms, the latest first."""
    return list(
        connection.execute(
            select(run_chunks.c.finished_at_ms)
            .where(
                run_chunks.c.account_id == account_id,
                run_chunks.c.run_id == run_id,
                run_chunks.c.finished_at_ms.is_not(None),
            )
            .order_by(run_chunks.c.finished_at_ms.desc())
            .limit(count)
        ).scalars()
    )


def add_run(
    connection: Connection,
    *,
    account_id: int,
    kind: RunKind,
    apply: bool,
    spec: Mapping[str, Any],
    filter_: Mapping[str, Any],
    actor: str,
) -> int:
    """Store a run that is still to be planned; its id."""
    return int(
        connection.execute(
            insert(runs)
            .values(
                account_id=account_id,
                kind=kind.name,
                state=RunState.PLANNING,
                apply=apply,
                spec=dict(spec),
                filter=dict(filter_),
                actor=actor,
                created_at_ms=now_ms(),
            )
            .returning(runs.c.id)
        ).scalar_one()
    )


def add_chunks(
    connection: Connection, account_id: int, run_id: int, chunks: Iterable[Ids], *, first: int
) -> None:
    """Store waiting chunks, numbered from `first`."""
    rows = [
        {
            "account_id": account_id,
            "run_id": run_id,
            "number": number,
            "subject_ids": pack_ids(ids),
        }
        for number, ids in enumerate(chunks, first)
    ]
    if rows:
        connection.execute(insert(run_chunks), rows)


def end_chunk(
    connection: Connection, account_id: int, chunk: Chunk, state: ChunkState, before: bytes | None
) -> None:
    """Note what became of a chunk."""
    connection.execute(
        update(run_chunks)
        .where(run_chunks.c.account_id == account_id, run_chunks.c.id == chunk.id)
        .values(state=state, before=before, finished_at_ms=now_ms())
    )


def change_run(
    connection: Connection,
    account_id: int,
    run_id: int,
    values: Mapping[str, Any],
    *,
    when: Iterable[RunState],
) -> Row[Any] | None:
    """Change a run that is in one of the phases `when`; its row after it, or None if it is not.

    The row stays locked until the transaction ends: change it after jobs, contacts and recordings.
    """
    return connection.execute(
        update(runs)
        .where(runs.c.account_id == account_id, runs.c.id == run_id, runs.c.state.in_(list(when)))
        .values(dict(values))
        .returning(runs.c.state, runs.c.chunks_total, runs.c.chunks_done, runs.c.apply)
    ).first()


def _run(row: Row[Any]) -> Run:
    state = RunState(row.state)
    known = {name: value for name, value in row._mapping.items() if name not in ("kind", "state")}
    return Run(kind=KINDS[row.kind], phase=state, state=state, **known)


def _chunk(row: Row[Any]) -> Chunk:
    return Chunk(
        id=row.id,
        run_id=row.run_id,
        number=row.number,
        state=ChunkState(row.state),
        subject_ids=unpack_ids(row.subject_ids),
        before=row.before,
    )


def _as_seen(connection: Connection, account_id: int, found: list[Run]) -> list[Run]:
    broken = broken_jobs(connection, account_id, [run.id for run in found])
    return [
        replace(
            run,
            state=RunState.FAILED,
            error_code=broken[run.id].code,
            error_message=broken[run.id].message,
        )
        if run.id in broken
        else run
        for run in found
    ]
