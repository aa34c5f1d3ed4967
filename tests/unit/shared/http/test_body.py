"""JSON as strict as the databases that store it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from shared.errors import InvalidInput
from shared.http.body import json_path, parse_json, refuse_nulls, validated
from shared.http.schemas import In, TimeIn

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner) | st.dictionaries(STORABLE, inner),
)


class Leg(In):
    ended_at: TimeIn


class Call(In):
    legs: list[Leg] = Field(default=[], max_length=3)
    rings: int | None = None


@given(VALUES)
@settings(deadline=None)
def test_every_storable_value_comes_through(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    with suppress(InvalidInput):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(b'{"a":[{"b":"\\u0000"}]}', "a[0].b", id="nul"),
        pytest.param(b'{"a":["x","\\udc00"]}', "a[1]", id="surrogate"),
        pytest.param(b'{"\\u0000":1}', "", id="name"),
        pytest.param(b'{"a":{"b":1,"b":2}}', "b", id="twice"),
    ],
)
def test_unstorable_text_is_refused_with_its_place(body: bytes, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_json(body)
    assert caught.value.errors[0][0] == path


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param({"legs": [{"ended_at": "yesterday"}]}, "legs[0].ended_at", id="no-time"),
        pytest.param({"legs": [{"ended_at": "2026-01-01"}]}, "legs[0].ended_at", id="no-zone"),
        pytest.param(
            {"legs": [{"ended_at": "1969-12-31T23:59:59Z"}]}, "legs[0].ended_at", id="before-1970"
        ),
        pytest.param({"legs": [{}]}, "legs[0].ended_at", id="missing"),
        pytest.param({"legs": [{}] * 4}, "legs", id="too-many"),
        pytest.param({"rings": "5"}, "rings", id="string-for-integer"),
        pytest.param({"rings": True}, "rings", id="boolean-for-integer"),
        pytest.param({"rings": 1.5}, "rings", id="fraction"),
        pytest.param({"ring": 1}, "ring", id="unknown"),
        pytest.param([], "", id="not-an-object"),
    ],
)
def test_wrong_place_is_named(value: object, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        validated(Call, value)
    assert caught.value.errors[0][0] == path
    with pytest.raises(InvalidInput) as caught:
        validated(Call, value, prefix="line[7]")
    assert caught.value.errors[0][0] == json_path([path] if path else [], "line[7]")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-01T12:00:00+03:00", 1_772_355_600_000),
        ("2026-03-01T09:00:00.123456Z", 1_772_355_600_123),
        ("2026-03-01T09:00Z", 1_772_355_600_000),
    ],
)
def test_times_are_epoch_ms(text: str, milliseconds: int) -> None:
    assert validated(Leg, {"ended_at": text}).ended_at == milliseconds


def test_null_is_not_the_same_as_not_sent() -> None:
    refuse_nulls(Call())
    refuse_nulls(Call(rings=None), nullable=["rings"])
    with pytest.raises(InvalidInput, match="rings: cannot be null"):
        refuse_nulls(Call(rings=None))
