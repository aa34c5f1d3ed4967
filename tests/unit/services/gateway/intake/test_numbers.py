"""Numbers as telephone systems write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.intake.numbers import NumberKind, read_number

E164, EXTENSION, HIDDEN, UNKNOWN = NumberKind


@pytest.mark.parametrize(
    ("raw", "country", "number", "kind"),
    [
        pytest.param("+74951234567", "RU", "+74951234567", E164, id="e164"),
        pytest.param("8 (495) 123-45-67", "RU", "+74951234567", E164, id="trunk-prefix"),
        pytest.param("74951234567", "RU", "+74951234567", E164, id="plus-dropped"),
        pytest.param("9161234567", "RU", "+79161234567", E164, id="national"),
        pytest.param("020 7946 0958", "GB", "+442079460958", E164, id="other-country"),
        pytest.param("+1 202 555 0143", "RU", "+12025550143", E164, id="foreign"),
        pytest.param("380441234567", "RU", "+380441234567", E164, id="foreign-plus-dropped"),
        pytest.param(
            "sip:+74951234567@pbx.example;user=phone", "RU", "+74951234567", E164, id="sip"
        ),
        pytest.param('"Иванов" <79161234567>', "RU", "+79161234567", E164, id="asterisk-clid"),
        pytest.param("tel:+7-495-123-45-67", "RU", "+74951234567", E164, id="tel"),
        pytest.param("8(495)1234567 доб. 12", "RU", "+74951234567", E164, id="with-extension"),
        pytest.param("101", "RU", "101", EXTENSION, id="extension"),
        pytest.param("42", "RU", "42", EXTENSION, id="two-digits"),
        pytest.param("123456", "RU", "123456", EXTENSION, id="six-digits"),
        pytest.param("sip:205@pbx", "RU", "205", EXTENSION, id="sip-extension"),
        pytest.param("anonymous", "RU", "", HIDDEN, id="anonymous"),
        pytest.param("sip:anonymous@anonymous.invalid", "RU", "", HIDDEN, id="sip-anonymous"),
        pytest.param('"Anonymous" <anonymous>', "RU", "", HIDDEN, id="clid-anonymous"),
        pytest.param("Restricted", "RU", "", HIDDEN, id="restricted"),
        pytest.param("номер скрыт", "RU", "", HIDDEN, id="скрыт"),
        pytest.param("No Caller ID", "RU", "", HIDDEN, id="no-caller-id"),
        pytest.param("", "RU", "", UNKNOWN, id="empty"),
        pytest.param("unknown", "RU", "", UNKNOWN, id="word"),
        pytest.param("7", "RU", "", UNKNOWN, id="one-digit"),
        pytest.param("12345678901234567890", "RU", "", UNKNOWN, id="too-many-digits"),
        pytest.param("sip:bob@example.com", "RU", "", UNKNOWN, id="sip-name"),
    ],
)
def test_read_number(raw: str, country: str, number: str, kind: NumberKind) -> None:
    found = read_number(raw, country)
    assert (found.raw, found.number, found.kind) == (raw, number, kind)


@given(st.text(max_size=64))
def test_any_text_is_accepted_and_kept(raw: str) -> None:
    found = read_number(raw, "RU")
    assert found.raw == raw
    assert len(found.number) <= 32
    assert bool(found.number) == (found.kind in {E164, EXTENSION})


@given(st.integers(9_000_000_000, 9_999_999_999), st.sampled_from(["+7{}", "8{}", "7{}", "{}"]))
def test_one_subscriber_has_one_number_however_it_is_written(number: int, form: str) -> None:
    assert read_number(form.format(number), "RU").number == f"+7{number}"
