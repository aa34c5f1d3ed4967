"""What a re-tagging run found, over HTTP; runs themselves are the gateway's."""

from typing import Any

from flask import Response
from sqlalchemy import Connection, Row

from services.topics.runs.changed import changed_contacts, changes_csv
from services.topics.runs.schemas import Change, ChangedContactOut, ChangedQuery, ChangesQuery
from shared import audit
from shared.errors import NotFound
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission
from shared.runs import store
from shared.runs.kinds import RETAG

routes = Routes("runs")


@routes.get("/runs/{run_id}/topics/{topic_id}", permission=Permission.RUNS_APPLY)
def list_changed_contacts(
    call: Call, run_id: int, topic_id: int, query: ChangedQuery
) -> Page[ChangedContactOut]:
    """List the contacts on which a topic changes, as far as the run has come."""
    with call.parts.database.read() as connection:
        _require_retag(connection, call.account_id, run_id)
        found = changed_contacts(
            connection,
            call.caller,
            run_id,
            topic_id=topic_id,
            change=query.change,
            position=call.position(query),
            limit=query.limit + 1,
        )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        number, last = shown[-1]
        cursor = call.cursor(query, (number, last.id))
    return Page[ChangedContactOut](items=[_contact(row) for _, row in shown], next_cursor=cursor)


@routes.get("/runs/{run_id}/changes.csv", permission=Permission.EXPORT, produces=("text/csv",))
def export_changes(call: Call, run_id: int, query: ChangesQuery) -> Response:
    """Take out all changes as a table: a line for each contact and topic.

    UTF-8 with a byte order mark; text that a spreadsheet would take for a formula begins with an
    apostrophe. It goes to the audit log.
    """
    with call.parts.database.read() as connection:
        _require_retag(connection, call.account_id, run_id)
    if call.request.method != "HEAD":
        with call.parts.database.write() as connection:
            audit.note_export(connection, call.caller, {"run": run_id})
    changes = [str(change) for change in query.change or Change]
    return Response(
        changes_csv(call.parts.database, call.caller, run_id, changes),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="run-{run_id}-changes.csv"'},
    )


def _require_retag(connection: Connection, account_id: int, run_id: int) -> None:
    if store.read_run(connection, account_id, run_id).kind is not RETAG:
        raise NotFound(f"run {run_id} judged no topics")


def _contact(row: Row[Any]) -> ChangedContactOut:
    return ChangedContactOut(
        id=row.id,
        external_id=row.external_id,
        source=row.source,
        started_at=row.started_at_ms,
        client_number=row.client_number or row.client_number_raw or None,
        company_number=row.company_number or row.company_number_raw or None,
    )
