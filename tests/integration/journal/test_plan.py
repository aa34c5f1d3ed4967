"""The page is read along an index, without sorting the period."""

from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.gateway.accounts import NewAccount
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.world import WHOLE_TIME, World

API = "/api/v1"


def test_sqlite_walks_the_index_of_time(owner: Api, account: NewAccount, parts: Parts) -> None:
    if parts.database.dialect != "sqlite":
        pytest.skip("PostgreSQL's plan follows the statistics of a table that is not empty")
    with parts.database.write() as connection:
        topic = World(connection, account).topic("test/refund")
    sent: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "ORDER BY contacts.started_at_ms DESC" in statement:
            sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        owner.get(f"{API}/contacts?{WHOLE_TIME}")
        owner.get(f"{API}/contacts?{WHOLE_TIME}&topic={topic}")
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    plans = []
    with parts.database.read() as connection:
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" | ".join(row[3] for row in rows))
    assert len(plans) == 2
    for plan in plans:
        assert plan.startswith("SEARCH contacts USING INDEX ix_contacts_time"), plan
        assert "TEMP B-TREE" not in plan, plan
    assert "SEARCH marks USING INDEX" in plans[1].replace("COVERING INDEX", "INDEX"), plans[1]
