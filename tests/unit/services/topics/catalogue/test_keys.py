"""Keys made from the names that people give topics."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.topics.catalogue.keys import LONGEST_KEY, make_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("Возврат денег", "vozvrat-deneg", id="cyrillic"),
        pytest.param("Жалоба: «Щётка» 2", "zhaloba-shchetka-2", id="marks-and-digits"),
        pytest.param("Объём подъезда", "obem-podezda", id="signs-are-left-out"),
        pytest.param("Crème brûlée", "creme-brulee", id="accents"),
        pytest.param("  VIP — клиент  ", "vip-klient", id="edges"),
        pytest.param("!!!", "topic", id="no-letter"),
        pytest.param("投诉", "topic", id="letters-we-cannot-write"),
        pytest.param("я" * 200, "ia" * 50, id="cut"),
    ],
)
def test_key_resembles_the_name(name: str, key: str) -> None:
    assert make_key(name, ()) == key


def test_taken_keys_are_numbered() -> None:
    assert make_key("Возврат", {"vozvrat"}) == "vozvrat-2"
    assert make_key("Возврат", {"vozvrat", "vozvrat-2"}) == "vozvrat-3"
    long = "a" * LONGEST_KEY
    assert make_key(long, {long}) == f"{long[:-2]}-2"


@given(st.text(max_size=300))
def test_any_name_gives_a_key_that_rules_can_ask_about(name: str) -> None:
    key = make_key(name, ())
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)
    assert len(key) <= LONGEST_KEY
    other = make_key(name, {key})
    assert other != key
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", other)
    assert len(other) <= LONGEST_KEY
