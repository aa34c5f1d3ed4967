"""Reads one row of `packed_transcripts` as its writer saw it."""

from collections.abc import Mapping
from typing import Any

from shared.text.packed import Packed, join_columns

COLUMNS = ("token_ids", "word_index", "speakers", "start_ms", "end_ms")


def from_columns(row: Mapping[str, Any]) -> Packed:
    """The packed transcript of a row."""
    _, columns = join_columns(COLUMNS, [([row["format"]], [[row[name]] for name in COLUMNS])])
    return Packed(**columns)
