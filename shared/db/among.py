"""`column IN (thousands of ids)` as one parameter: no statement is compiled anew for every length."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(connection: Connection, column: Column[Any], ids: Collection[int]) -> ColumnElement[bool]:
    """Condition that the column's value is one of the ids."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), ARRAY(BigInteger), unique=True))
    # Compact, and the query planner takes it for a table to begin with.
    wanted = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(wanted.c.value))
