"""Which names of objects are accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidInput
from shared.storage.names import checked_name


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "1/2/original-1",
        "архив 2024/звонок №1 (1).wav",
        "a/.tmp",
        "..a/b..",
        "x" * 255,
        "a b",
    ],
)
def test_accepted(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("/a", "empty part"),
        ("a/", "empty part"),
        ("a//b", "empty part"),
        ("./a", "'.'"),
        ("a/../b", "'..'"),
        ("a\\b", "backslash"),
        ("a\tb", "control"),
        ("a\x7fb", "control"),
        (".tmp", "unfinished"),
        (".tmp/a", "unfinished"),
        ("\udcff", "Unicode"),
        ("x" * 256, "part longer"),
        ("я" * 128, "part longer"),
        ("/".join(["x" * 100] * 11), "longer than 1024"),
    ],
    ids=ascii,
)
def test_refused_with_what_is_wrong(name: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        checked_name(name)


@given(st.text(max_size=40))
def test_an_accepted_name_stays_below_any_folder(name: str) -> None:
    try:
        checked_name(name)
    except InvalidInput:
        return
    parts = name.split("/")
    assert ".." not in parts
    assert not name.startswith("/")
    assert "\0" not in name
