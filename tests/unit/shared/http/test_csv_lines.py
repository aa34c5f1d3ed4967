"""Lines that spreadsheets open and run nothing of."""

import csv
import io

import pytest

from shared.http.csv_lines import csv_lines


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_formula_begins_with_an_apostrophe(sign: str) -> None:
    cell = f'{sign}cmd|"calc"'
    ((read,),) = csv.reader(io.StringIO(csv_lines([(cell,)]), newline=""))
    assert read == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    rows = [("a,b", 'say "да"', ""), ("1-2", "x=y", " +7")]
    assert [tuple(row) for row in csv.reader(io.StringIO(csv_lines(rows)))] == rows
