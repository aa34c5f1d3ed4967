"""Contacts on which a run found changes, as far as the caller may see them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from services.topics.runs.results_store import next_results
from shared.contacts.visibility import visible
from shared.db.among import among
from shared.db.session import Database
from shared.db.tables import contacts, sources, topics
from shared.http.csv_lines import BOM, csv_lines
from shared.http.schemas import iso_time
from shared.paging import Position
from shared.permissions import Caller
from shared.runs.ids import unpack_ids

COLUMNS = ("contact_id", "external_id", "started_at", "topic_key", "topic", "change")


def changed_contacts(
    connection: Connection,
    caller: Caller,
    run_id: int,
    *,
    topic_id: int,
    change: str,
    position: Position | None,
    limit: int,
) -> list[tuple[int, Row[Any]]]:
    """The next contacts on which the topic changes so, each with the number of its chunk."""
    number, after_id = (0, 0) if position is None else (int(position[0]), int(position[1]))
    found: list[tuple[int, Row[Any]]] = []
    while len(found) < limit:
        results = next_results(
            connection,
            caller.account_id,
            run_id,
            number=number,
            changes=[change],
            topic_id=topic_id,
        )
        if not results:
            break
        ids = unpack_ids(getattr(results[0], change))
        if results[0].number == number:
            ids = ids[ids > after_id]
        number = results[0].number
        rows = _visible(connection, caller, ids.tolist())
        found += [(number, row) for row in rows[: limit - len(found)]]
        number, after_id = number + 1, 0
    return found


def changes_csv(
    database: Database, caller: Caller, run_id: int, changes: Collection[str]
) -> Iterator[str]:
    """The table of all changes, chunk by chunk; each is read in a short transaction of its own."""
    yield BOM + csv_lines([COLUMNS])
    number = 0
    while True:
        with database.read() as connection:
            results = next_results(
                connection, caller.account_id, run_id, number=number, changes=changes
            )
            if not results:
                return
            number = results[0].number + 1
            lines = _changes(connection, caller, results, changes)
        yield csv_lines(lines)


def _changes(
    connection: Connection, caller: Caller, results: Sequence[Row[Any]], changes: Collection[str]
) -> list[tuple[str, ...]]:
    names = {
        row.id: row
        for row in connection.execute(
            select(topics.c.id, topics.c.key, topics.c.name).where(
                topics.c.account_id == caller.account_id,
                topics.c.id.in_([result.topic_id for result in results]),
            )
        )
    }
    found = [
        (contact_id, result.topic_id, change)
        for result in results
        for change in changes
        for contact_id in unpack_ids(getattr(result, change)).tolist()
    ]
    shown = {row.id: row for row in _visible(connection, caller, sorted({one[0] for one in found}))}
    return [
        (
            str(contact_id),
            shown[contact_id].external_id,
            iso_time(shown[contact_id].started_at_ms),
            names[topic_id].key,
            names[topic_id].name,
            change,
        )
        for contact_id, topic_id, change in sorted(found)
        if contact_id in shown
    ]


def _visible(
    connection: Connection, caller: Caller, contact_ids: Collection[int]
) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(
                contacts.c.id,
                contacts.c.external_id,
                contacts.c.started_at_ms,
                contacts.c.client_number,
                contacts.c.client_number_raw,
                contacts.c.company_number,
                contacts.c.company_number_raw,
                sources.c.external_id.label("source"),
            )
            .join(
                sources,
                and_(
                    sources.c.account_id == contacts.c.account_id,
                    sources.c.id == contacts.c.source_id,
                ),
            )
            .where(
                contacts.c.account_id == caller.account_id,
                among(connection, contacts.c.id, contact_ids),
                visible(caller),
            )
            .order_by(contacts.c.id)
        )
    )
