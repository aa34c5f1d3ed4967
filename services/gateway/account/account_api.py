"""The account's own settings."""

from typing import Any

from sqlalchemy import Row

from services.gateway.account.account_store import change_account, lock_account, read_account
from services.gateway.account.schemas import AccountOut, AccountPatch
from services.topics.catalogue.revisions import distrust_all_verdicts
from shared.http.body import refuse_nulls
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("account")


@routes.get("/account", permission=Permission.SETTINGS)
def read(call: Call) -> AccountOut:
    """Read the account's settings."""
    with call.parts.database.read() as connection:
        return _account(read_account(connection, call.account_id))


@routes.patch("/account", permission=Permission.SETTINGS)
def change(call: Call, body: AccountPatch) -> AccountOut:
    """Change the account's settings; calls recognised before stay as they are.

    Another `unknown_speaker` changes what rules say: every call counts as not judged by any topic.
    """
    refuse_nulls(body, nullable=["retention_days"])
    with call.parts.database.write() as connection:
        before = lock_account(connection, call.account_id)
        if body.unknown_speaker not in {None, before.unknown_speaker}:
            distrust_all_verdicts(connection, call.account_id)
        changes = body.model_dump(exclude_unset=True)
        if changes.get("retention_days", before.retention_days) != before.retention_days:
            call.caller.require(Permission.RETENTION)
        change_account(connection, call.account_id, changes)
        return _account(read_account(connection, call.account_id))


def _account(row: Row[Any]) -> AccountOut:
    values = dict(row._mapping)
    # Of the daily pass alone.
    del values["retention_day"]
    return AccountOut(created_at=values.pop("created_at_ms"), **values)
