"""Rows as the driver gives them, for the few statements that read a great many."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select

BINARY = "tematika_binary"
"""Execution option: PostgreSQL sends the values in binary, bytes as they are and not as digits."""

# So few that what they hold is still in the processor's cache when it is worked on.
_BLOCK = 64


def row_blocks(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """All rows of a statement as plain tuples, some at a time.

    Twice as quick as rows that know their columns. Values are what the driver makes of them: ask
    for integers, text and bytes only.
    """
    result = connection.execute(statement, execution_options={BINARY: True})
    while rows := result.cursor_strategy.fetchmany(result, result.cursor, _BLOCK):
        yield rows


def int_columns(connection: Connection, statement: Select[Any]) -> list[NDArray[np.int64]]:
    """The columns of a statement that asks for integers only, without null."""
    result = connection.execute(statement, execution_options={BINARY: True})
    count = len(result.keys())
    rows = result.cursor_strategy.fetchall(result, result.cursor)
    columns = zip(*rows, strict=True) if rows else [()] * count
    return [np.array(column, np.int64) for column in columns]
