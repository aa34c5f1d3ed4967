"""SQL of prepared exports: ordered, built, shown, removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    null,
    select,
    update,
)

from services.player.exports.spec import LIFE_MS, Spec, read_spec
from shared.contacts.filters import ContactFilter
from shared.db.session import now_ms
from shared.db.tables import export_recordings, exports, jobs
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller, Sees
from shared.runs.subjects import read_filter, stored_filter
from shared.storage import StoredObject

JOB_KIND = "export"
_EXPIRED = func.coalesce(exports.c.expires_at_ms <= now_ms(), false()).label("expired")


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker builds: the contacts of `wanted` that `maker` saw when ordering it.

    `object_name` is what was built before, if anything, and `expired` whether that has expired.
    """

    maker: Caller
    wanted: ContactFilter
    spec: Spec
    object_name: str
    expired: bool


def add_export(connection: Connection, caller: Caller, wanted: ContactFilter, spec: Spec) -> int:
    """Store an order and return its id.

    What the account's expired exports held is forgotten here: nothing asks for it any more.
    """
    expired = select(exports.c.id).where(
        exports.c.account_id == caller.account_id, exports.c.expires_at_ms <= now_ms()
    )
    connection.execute(
        delete(export_recordings).where(
            export_recordings.c.account_id == caller.account_id,
            export_recordings.c.export_id.in_(expired),
        )
    )
    statement = insert(exports).values(
        account_id=caller.account_id,
        actor=caller.actor,
        filter=stored_filter(wanted),
        spec=spec.stored(),
        visibility={
            "sees": str(caller.sees),
            "employee_id": caller.employee_id,
            "group_ids": sorted(caller.group_ids),
            "own_calls_visible": caller.own_calls_visible,
        },
        missing={},
        created_at_ms=now_ms(),
    )
    return int(connection.execute(statement.returning(exports.c.id)).scalar_one())


def read_export(connection: Connection, caller: Caller, export_id: int) -> Row[Any]:
    """An export of the caller's own with its job; NotFound for anybody else's."""
    row = connection.execute(_own(caller).where(exports.c.id == export_id)).first()
    if row is None:
        raise NotFound(f"you have no export {export_id}")
    return row


def list_exports(
    connection: Connection, caller: Caller, *, position: Position | None, limit: int
) -> list[Row[Any]]:
    """The caller's own exports with their jobs, the newest first."""
    statement = _own(caller).where(*beyond([exports.c.id], position, descending=True))
    return list(connection.execute(statement.order_by(exports.c.id.desc()).limit(limit)))


def delete_export(connection: Connection, caller: Caller, export_id: int) -> str:
    """Forget an export of the caller's own; the name of the object that is left, if any."""
    gone = connection.execute(
        delete(exports)
        .where(
            exports.c.account_id == caller.account_id,
            exports.c.actor == caller.actor,
            exports.c.id == export_id,
        )
        .returning(exports.c.object_name)
    ).first()
    return gone.object_name if gone else ""


def read_order(connection: Connection, account_id: int, export_id: int) -> Order | None:
    """What is to be built, or None if nobody wants it any more."""
    row = connection.execute(
        select(exports, _EXPIRED).where(
            exports.c.account_id == account_id, exports.c.id == export_id
        )
    ).first()
    if row is None:
        return None
    seen: Mapping[str, Any] = row.visibility
    maker = Caller(
        account_id=account_id,
        actor=row.actor,
        permissions=frozenset(),
        sees=Sees(seen["sees"]),
        employee_id=seen["employee_id"],
        group_ids=frozenset(seen["group_ids"]),
        own_calls_visible=seen["own_calls_visible"],
    )
    return Order(
        maker, read_filter(row.filter), read_spec(row.spec), row.object_name, bool(row.expired)
    )


def lock_export(connection: Connection, account_id: int, export_id: int) -> bool:
    """Let nobody else change an export before this transaction ends; whether there is one."""
    found = connection.execute(
        select(exports.c.id)
        .where(exports.c.account_id == account_id, exports.c.id == export_id)
        .with_for_update(key_share=True)
    ).first()
    return found is not None


def clear_built(connection: Connection, account_id: int, export_id: int) -> None:
    """Forget the object that was built before, and what it holds."""
    connection.execute(
        update(exports)
        .where(exports.c.account_id == account_id, exports.c.id == export_id)
        .values(object_name="", size_bytes=null(), sha256="", expires_at_ms=null(), missing={})
    )
    connection.execute(
        delete(export_recordings).where(
            export_recordings.c.account_id == account_id,
            export_recordings.c.export_id == export_id,
        )
    )


def save_built(
    connection: Connection,
    account_id: int,
    export_id: int,
    *,
    stored: StoredObject,
    held: int,
    missing: Mapping[str, int],
) -> None:
    """Note the object that was built, of `held` recordings."""
    connection.execute(
        update(exports)
        .where(exports.c.account_id == account_id, exports.c.id == export_id)
        .values(
            object_name=stored.name,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            recordings=held,
            missing=dict(missing),
            expires_at_ms=now_ms() + LIFE_MS,
        )
    )


def _own(caller: Caller) -> Select[Any]:
    return (
        select(
            exports,
            _EXPIRED,
            jobs.c.id.label("job_id"),
            jobs.c.state.label("job_state"),
            jobs.c.progress,
            jobs.c.error_code,
            jobs.c.error_message,
        )
        .join(
            jobs,
            and_(
                jobs.c.account_id == exports.c.account_id,
                jobs.c.kind == JOB_KIND,
                jobs.c.subject_id == exports.c.id,
            ),
        )
        .where(exports.c.account_id == caller.account_id, exports.c.actor == caller.actor)
    )
