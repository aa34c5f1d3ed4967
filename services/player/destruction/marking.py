"""The first phase of a destruction: in one transaction the rows go and the act begins."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, null, select, update

from services.player.destruction.choice import Choice
from services.player.destruction.described import Described, describe
from services.player.destruction.due import MARKED, due
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.db.among import among
from shared.db.session import now_ms
from shared.db.tables import (
    accounts,
    contacts,
    destructions,
    export_recordings,
    exports,
    hits,
    packed_transcripts,
    recordings,
    renditions,
    transcripts,
)
from shared.domain.pipeline import STAGES, Priority
from shared.queue import jobs
from shared.queue.bulk import ask_all
from shared.runs.before import forget_contacts
from shared.runs.store import Run

PLANNED = "planned"

WIPED = (hits, packed_transcripts, transcripts, renditions, export_recordings)
"""Tables of which every row of a destroyed recording goes."""

_OF_RECORDINGS = tuple(stage.kind for stage in STAGES.values() if stage.subject == "recording")


def plan(connection: Connection, run: Run, recording_ids: Sequence[int]) -> None:
    """Store what of the recordings the run would destroy, and why; nothing is changed."""
    reasons = _due(connection, run, recording_ids)
    found = describe(connection, run.account_id, reasons)
    _add(connection, run, found, reasons, state=PLANNED)


def mark(connection: Connection, run: Run, recording_ids: Sequence[int]) -> None:
    """Take away the rows of those recordings that are due at this moment.

    Transcripts, evidence, renditions and prepared downloads are gone when the transaction commits;
    the recordings' own rows stay as tombstones, and a row of the act names the objects that are
    still there. Whoever works on one of the recordings cannot store anything any more. Rows are
    locked in the order account, jobs, contacts, recordings.
    """
    account_id = run.account_id
    _lock_keeping(connection, account_id)
    reasons = _due(connection, run, recording_ids)
    if not reasons:
        return
    contact_ids = _contacts_of(connection, account_id, reasons)
    _fence(connection, account_id, reasons, contact_ids)
    found = describe(connection, account_id, reasons)
    _add(connection, run, found, reasons, state=MARKED)
    _wipe(connection, account_id, [one.recording_id for one in found], found)
    for contact_id in contact_ids:
        refresh_hearing(connection, account_id=account_id, contact_id=contact_id)
    forget_contacts(connection, account_id, contact_ids)
    note_changes(connection, account_id, contact_ids, Changed.TRANSCRIPT | Changed.RECORDING)


def _lock_keeping(connection: Connection, account_id: int) -> None:
    """Let nobody change how long calls are kept, or put one on hold, before this ends."""
    connection.execute(
        select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(read=True)
    )


def _due(connection: Connection, run: Run, recording_ids: Sequence[int]) -> dict[int, str]:
    rows = connection.execute(
        due(run.account_id, Choice.of(run.spec)).where(
            among(connection, recordings.c.id, recording_ids)
        )
    )
    return {row.id: row.reason for row in rows}


def _contacts_of(
    connection: Connection, account_id: int, recording_ids: Collection[int]
) -> list[int]:
    rows = connection.execute(
        select(recordings.c.contact_id)
        .where(
            recordings.c.account_id == account_id,
            among(connection, recordings.c.id, recording_ids),
            recordings.c.contact_id.is_not(None),
        )
        .distinct()
        .order_by(recordings.c.contact_id)
    )
    return list(rows.scalars())


def _fence(
    connection: Connection,
    account_id: int,
    recording_ids: Collection[int],
    contact_ids: Collection[int],
) -> None:
    """Have everybody who works on the recordings or judges their contacts lose his work.

    A job that is removed cannot end. The contacts are asked to be judged anew; a run that judges
    them at this moment passes them by, for they were judged meanwhile by its count.
    """
    jobs.forget(connection, account_id=account_id, subject_ids=recording_ids, kinds=_OF_RECORDINGS)
    jobs.forget(connection, account_id=account_id, subject_ids=contact_ids, kinds=["tag"])
    ours = (contacts.c.account_id == account_id, among(connection, contacts.c.id, contact_ids))
    ask_all(
        connection,
        account_id=account_id,
        kind="tag",
        subjects=select(contacts.c.id).where(*ours),
        priority=Priority.RUNS,
    )
    connection.execute(
        select(contacts.c.id).where(*ours).order_by(contacts.c.id).with_for_update(key_share=True)
    )
    connection.execute(update(contacts).where(*ours).values(judgements=contacts.c.judgements + 1))
    connection.execute(
        select(recordings.c.id)
        .where(
            recordings.c.account_id == account_id, among(connection, recordings.c.id, recording_ids)
        )
        .order_by(recordings.c.id)
        .with_for_update(key_share=True)
    )


def _add(
    connection: Connection,
    run: Run,
    found: Sequence[Described],
    reasons: dict[int, str],
    *,
    state: str,
) -> None:
    if not found:
        return
    moment = connection.execute(select(now_ms())).scalar_one() if state == MARKED else None
    connection.execute(
        insert(destructions),
        [
            {
                "account_id": run.account_id,
                "run_id": run.id,
                "recording_id": one.recording_id,
                "state": state,
                "reason": reasons[one.recording_id],
                "facts": one.facts,
                "object_names": one.object_names if state == MARKED else [],
                "marked_at_ms": moment,
            }
            for one in found
        ],
    )


def _wipe(
    connection: Connection,
    account_id: int,
    recording_ids: Sequence[int],
    found: Sequence[Described],
) -> None:
    export_ids = sorted({export_id for one in found for export_id in one.facts["exports"]})
    connection.execute(
        update(exports)
        .where(exports.c.account_id == account_id, among(connection, exports.c.id, export_ids))
        .values(object_name="", size_bytes=null(), sha256="")
    )
    for table in WIPED:
        _delete(connection, table, account_id, recording_ids)
    connection.execute(
        update(recordings)
        .where(
            recordings.c.account_id == account_id, among(connection, recordings.c.id, recording_ids)
        )
        .values(destroyed_at_ms=now_ms(), object_name="", audible=null())
    )


def _delete(
    connection: Connection, table: Table, account_id: int, recording_ids: Collection[int]
) -> None:
    columns: Any = table.c
    connection.execute(
        delete(table).where(
            columns.account_id == account_id,
            among(connection, columns.recording_id, recording_ids),
        )
    )
