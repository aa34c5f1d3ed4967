"""Sources: the telephone systems that feed the account."""

from services.gateway.account import external_rows
from services.gateway.account.schemas import ListQuery, SourceIn, SourceOut
from shared.db.session import now_ms
from shared.db.tables import sources
from shared.domain.pipeline import Priority
from shared.http.routes import Answer, Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission
from shared.queue import jobs

routes = Routes("sources")


@routes.get("/sources", permission=Permission.SETTINGS)
def list_sources(call: Call, query: ListQuery) -> Page[SourceOut]:
    """List sources."""
    with call.parts.database.read() as connection:
        rows = external_rows.list_rows(
            connection, sources, call.account_id, call.position(query), query.limit + 1
        )
    items = [SourceOut.model_validate(row) for row in rows]
    return call.page(Page[SourceOut], query, items, lambda source: (source.id,))


@routes.get("/sources/{external_id}", permission=Permission.SETTINGS)
def read_source(call: Call, external_id: str) -> SourceOut:
    """Read a source."""
    with call.parts.database.read() as connection:
        return SourceOut.model_validate(
            external_rows.read_row(connection, sources, call.account_id, external_id)
        )


@routes.put(
    "/sources/{external_id}",
    permission=Permission.SETTINGS,
    statuses={201: "It was made."},
)
def put_source(call: Call, external_id: str, body: SourceIn) -> Answer[SourceOut]:
    """Make a source, or replace what is known of it.

    Another `operator_channel` also relabels the transcripts that are stored already and judges their
    calls again, without recognising anew: the job `relabel` of the source tells how far that is.
    """
    with call.parts.database.write() as connection:
        # Locked: of two corrections at once the later must see what the earlier made of it.
        before = external_rows.find_row(
            connection, sources, call.account_id, external_id, lock=True
        )
        row, made = external_rows.put_row(
            connection,
            sources,
            call.account_id,
            external_id,
            body.model_dump(),
            once={"created_at_ms": now_ms()},
        )
        if before is not None and before.operator_channel != row.operator_channel:
            jobs.ask(
                connection,
                account_id=call.account_id,
                kind="relabel",
                subject_id=row.id,
                priority=Priority.HAND,
            )
    return Answer(SourceOut.model_validate(row), status=201 if made else 200)


@routes.delete(
    "/sources/{external_id}",
    permission=Permission.SETTINGS,
    problems={409: "It has calls, recordings or tokens."},
)
def delete_source(call: Call, external_id: str) -> None:
    """Remove a source that nothing refers to."""
    with call.parts.database.write() as connection:
        external_rows.delete_row(connection, sources, call.account_id, external_id)
