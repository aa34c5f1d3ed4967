"""The worker's door of exports: the job `export` builds a prepared one."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import Connection

from services.player.exports import held_store, store
from services.player.exports.contents import ExportContact, items_of
from services.player.exports.contents_store import measure, read_page
from services.player.exports.filling import Filled, fill
from services.player.exports.spec import MOST_BYTES, ExportTooLarge, NothingToExport
from services.player.exports.store import Order
from shared.errors import JobFailed
from shared.paging import Position
from shared.queue import jobs
from shared.queue.runner import Finish, Handler, JobContext
from shared.storage.unreferenced import EXPORTS


def export(context: JobContext) -> Finish:
    """Build an archive straight into the store, under a name of this attempt.

    A killed worker leaves no object, and the next one begins anew. One that is there stays.
    """
    job, parts = context.job, context.parts
    order = _read_order(context)
    if order.object_name and not order.expired:
        return lambda _connection: None
    size_bytes = _begin(context, order)
    filled, held = Filled(), set[int]()
    pieces = fill(
        parts,
        job.account_id,
        _contacts(context, order, held),
        order.spec,
        filled,
        on_bytes=_progress(context, size_bytes),
    )
    stored = parts.store.put(
        f"{EXPORTS}{job.account_id}/{job.subject_id}-{job.id}-a{job.attempt}.zip",
        _PiecesBody(pieces),
        limit_bytes=MOST_BYTES,
        content_type="application/zip",
    )

    def finish(connection: Connection) -> None:
        account_id, export_id = job.account_id, job.subject_id
        is_wanted = store.lock_export(connection, account_id, export_id)
        if is_wanted and held_store.still_holds(connection, account_id, export_id, held):
            store.save_built(
                connection,
                account_id,
                export_id,
                stored=stored,
                held=len(held),
                missing=filled.missing,
            )
            return
        # What is not wanted, or was destroyed meanwhile, must not lie here until the next sweep.
        parts.store.delete(stored.name)
        if is_wanted:
            jobs.ask(
                connection,
                account_id=account_id,
                kind=job.kind,
                subject_id=export_id,
                priority=job.priority,
            )

    return finish


HANDLERS: Mapping[str, Handler] = MappingProxyType({store.JOB_KIND: export})


def _read_order(context: JobContext) -> Order:
    job = context.job
    with context.parts.database.read() as connection:
        order = store.read_order(connection, job.account_id, job.subject_id)
    if order is None:
        raise JobFailed("export-gone", f"export {job.subject_id} was removed")
    return order


def _begin(context: JobContext, order: Order) -> int:
    """Remove what was built before, and tell how many bytes are expected."""
    job, parts = context.job, context.parts
    with parts.database.read() as connection:
        extent = measure(connection, order.maker, order.wanted, order.spec)
    try:
        extent.require_some()
    except (NothingToExport, ExportTooLarge) as error:
        raise JobFailed(error.code, error.detail) from error
    if order.object_name:
        parts.store.delete(order.object_name)
    with parts.database.write() as connection:
        # No other attempt can begin before this transaction ends, and none has.
        jobs.renew(connection, job, progress=0, lease_s=parts.settings.lease_s)
        store.clear_built(connection, job.account_id, job.subject_id)
    return extent.size_bytes


def _contacts(context: JobContext, order: Order, held: set[int]) -> Iterator[ExportContact]:
    """Every contact once, its recordings noted as held before the first of them is read."""
    job, spec = context.job, order.spec
    seen: set[int] = set()
    position: Position | None = None
    while True:
        with context.parts.database.write() as connection:
            page = read_page(connection, order.maker, order.wanted, spec, after=position, hold=True)
            # The time of a call, by which pages go, may be corrected meanwhile.
            fresh = [contact for contact in page.contacts if contact.id not in seen]
            items = [item for contact in fresh for item in items_of(contact, spec)]
            noted = held_store.note_held(connection, job.account_id, job.subject_id, items)
        held.update(noted)
        seen.update(contact.id for contact in fresh)
        yield from fresh
        position = page.next_position
        if position is None:
            return


def _progress(context: JobContext, size_bytes: int) -> Callable[[int], None]:
    read_bytes = 0

    def on_bytes(length: int) -> None:
        nonlocal read_bytes
        read_bytes += length
        context.progress(read_bytes / max(1, size_bytes))

    return on_bytes


class _PiecesBody:
    """Pieces as the body that a store reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)
