"""Under which digits a number that somebody types is looked for."""

import pytest

from shared.contacts.filters import digit_forms


@pytest.mark.parametrize(
    ("typed", "country", "forms"),
    [
        pytest.param("495 12", "RU", ("49512",), id="a part"),
        pytest.param("8 (495) 123-45-67", "RU", ("84951234567", "74951234567"), id="trunk prefix"),
        pytest.param("+7 495 123-45-67", "RU", ("74951234567",), id="already whole"),
        pytest.param("020 7946 0958", "GB", ("02079460958", "442079460958"), id="another country"),
        pytest.param("104", "RU", ("104",), id="extension"),
    ],
)
def test_digit_forms(typed: str, country: str, forms: tuple[str, ...]) -> None:
    assert digit_forms(typed, country) == forms
