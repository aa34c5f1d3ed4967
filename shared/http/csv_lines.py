"""Lines of a CSV file that spreadsheets open as they are and run nothing of."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Excel reads a file as UTF-8 only if it begins with this."""

# Spreadsheets take text that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> str:
    """The rows as text; a cell that looks like a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(
        [[_harmless(cell) for cell in row] for row in rows]
    )
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
