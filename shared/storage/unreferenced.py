"""Removes objects without a row: left by attempts that were killed, replaced, or never answered."""

import re
import time
from collections import defaultdict

from sqlalchemy import ColumnElement, Table, select, true

from shared.db.session import Database, now_ms
from shared.db.tables import exports, recordings, renditions
from shared.storage import ObjectStore

# Folders of objects that Tematika names itself: FOLDER/{account}/…; adopted objects lie elsewhere.
ORIGINALS = "originals/"
RENDITIONS = "renditions/"
EXPORTS = "exports/"
# Of each folder the table that names its objects, and which of its rows still do.
_ROWS: dict[str, tuple[Table, ColumnElement[bool]]] = {
    ORIGINALS: (recordings, true()),
    RENDITIONS: (renditions, true()),
    EXPORTS: (exports, exports.c.expires_at_ms > now_ms()),
}

# An object is put at most this long before its row is committed.
UNREFERENCED_AFTER_S = 6 * 3600
# SQLite takes 32766 variables in a statement.
_NAMES_AT_ONCE = 500


def sweep_unreferenced(
    database: Database, store: ObjectStore, *, older_than_s: float = UNREFERENCED_AFTER_S
) -> int:
    """Delete our objects older than `older_than_s` seconds that no row names; how many went.

    The row of an expired export names nothing any more.

    Safe beside running gateways and workers and in many processes at once.
    """
    oldest_ms = (time.time() - older_than_s) * 1000
    deleted = 0
    for folder in _ROWS:
        waiting: dict[int, list[str]] = defaultdict(list)
        of_account = re.compile(re.escape(folder) + r"(\d{1,18})/")
        for name, modified_at_ms in store.names(folder):
            account = of_account.match(name)
            if account is None or modified_at_ms > oldest_ms:
                continue
            names = waiting[int(account[1])]
            names.append(name)
            if len(names) >= _NAMES_AT_ONCE:
                deleted += _sweep(database, store, folder, int(account[1]), names)
                names.clear()
        for account_id, names in waiting.items():
            deleted += _sweep(database, store, folder, account_id, names)
    return deleted


def _sweep(
    database: Database, store: ObjectStore, folder: str, account_id: int, names: list[str]
) -> int:
    table, naming = _ROWS[folder]
    with database.read() as connection:
        kept = set(
            connection.execute(
                select(table.c.object_name).where(
                    table.c.account_id == account_id, table.c.object_name.in_(names), naming
                )
            ).scalars()
        )
    unreferenced = [name for name in names if name not in kept]
    for name in unreferenced:
        store.delete(name)
    return len(unreferenced)
