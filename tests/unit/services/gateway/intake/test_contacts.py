"""Merging what is sent into what is stored."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.intake.contacts import (
    ContactChange,
    Leg,
    LegChange,
    TopicsChange,
    merge_contact,
    merge_legs,
    read_change,
)
from services.gateway.intake.schemas import ContactPart
from shared.errors import InvalidInput
from shared.http.body import validated

CLOCK_MS = 1_790_000_000_000


def change_of(body: dict[str, Any]) -> ContactChange:
    part = validated(ContactPart, body)
    return read_change(part, zone=ZoneInfo("Europe/Moscow"), country="RU", clock_ms=CLOCK_MS)


def test_only_what_was_sent_is_changed() -> None:
    assert change_of({"talk_ms": 5}).values == {"talk_ms": 5}


@pytest.mark.parametrize(
    ("body", "topics"),
    [
        pytest.param({"talk_ms": 5}, None, id="not-sent"),
        pytest.param({"topics": None}, TopicsChange("operator", ()), id="null-clears"),
        pytest.param({"topics": []}, TopicsChange("operator", ()), id="empty-clears"),
        pytest.param(
            {"topics": ["б", "а", "б"], "topics_origin": "voice_menu"},
            TopicsChange("voice_menu", ("б", "а")),
            id="each-once",
        ),
    ],
)
def test_topics(body: dict[str, Any], topics: TopicsChange | None) -> None:
    assert change_of(body).topics == topics


def test_null_clears() -> None:
    body = {"ended_at": None, "client_number": None, "direction": None, "result": None}
    assert change_of(body | {"ring_ms": None}).values == {
        "ended_at_ms": None,
        "client_number": "",
        "client_number_raw": "",
        "client_number_kind": "unknown",
        "direction": "",
        "result": "",
        "ring_ms": None,
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({"started": "2026-03-01T10:00:00"}, "started", id="unknown-field"),
        pytest.param({"legs": [{"external_id": "a", "x": 1}]}, "legs[0].x", id="unknown-leg-field"),
        pytest.param({"kind": "telegram"}, "kind", id="unknown-kind"),
        pytest.param({"kind": None}, "kind", id="kind-null"),
        pytest.param({"direction": "in"}, "direction", id="unknown-direction"),
        pytest.param({"started_at": None}, "started_at", id="start-null"),
        pytest.param({"started_at": 1790000000}, "started_at", id="start-as-number"),
        pytest.param({"started_at": "soon"}, "started_at", id="start-no-time"),
        pytest.param({"ended_at": "2126-03-01T10:00:00"}, "ended_at", id="next-century"),
        pytest.param({"talk_ms": -1}, "talk_ms", id="negative"),
        pytest.param({"topics": ["Оплата "]}, "topics[0]", id="topic-with-a-space-behind"),
        pytest.param({"topics": ["а"] * 101}, "topics", id="too-many-topics"),
        pytest.param({"topics_origin": "operator"}, "topics_origin", id="origin-of-nothing"),
        pytest.param(
            {"topics": [], "topics_origin": "rule"}, "topics_origin", id="origin-that-is-not-theirs"
        ),
        pytest.param({"talk_ms": 1.5}, "talk_ms", id="fraction"),
        pytest.param({"talk_ms": "5"}, "talk_ms", id="number-as-text"),
        pytest.param({"talk_ms": True}, "talk_ms", id="bool"),
        pytest.param({"total_ms": 10**12}, "total_ms", id="too-long"),
        pytest.param({"client_number": 79161234567}, "client_number", id="number-as-number"),
        pytest.param({"client_number": "1" * 65}, "client_number", id="number-too-long"),
        pytest.param({"result": "x" * 33}, "result", id="result-too-long"),
        pytest.param({"legs": {"external_id": "a"}}, "legs", id="legs-not-a-list"),
        pytest.param({"legs": [{}]}, "legs[0].external_id", id="leg-without-id"),
        pytest.param({"legs": [{"external_id": " a"}]}, "legs[0].external_id", id="space-in-id"),
        pytest.param({"legs": [{"external_id": "a" * 201}]}, "legs[0].external_id", id="long-id"),
        pytest.param(
            {"legs": [{"external_id": "a"}, {"external_id": "a"}]},
            "legs[1].external_id",
            id="leg-twice",
        ),
        pytest.param(
            {"legs": [{"external_id": "a", "ended_at": "x"}]}, "legs[0].ended_at", id="leg-time"
        ),
        pytest.param(
            {"legs": [{"external_id": "a", "employee": {"name": "Анна"}}]},
            "legs[0].employee.external_id",
            id="employee-without-id",
        ),
        pytest.param(
            {"legs": [{"external_id": "a", "group": {"external_id": "g", "size": 1}}]},
            "legs[0].group.size",
            id="unknown-group-field",
        ),
        pytest.param({"raw": ["x"]}, "raw", id="raw-not-an-object"),
    ],
)
def test_a_wrong_body_names_the_place(body: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_of(body)
    assert [place for place, _ in refused.value.errors] == [path]


def test_every_wrong_time_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        change_of({"started_at": "x", "legs": [{"external_id": "a", "started_at": "y"}]})
    assert [place for place, _ in refused.value.errors] == ["started_at", "legs[0].started_at"]


@pytest.mark.parametrize(
    ("stored", "values", "path"),
    [
        pytest.param(None, {}, "started_at", id="new-without-start"),
        pytest.param(None, {"started_at_ms": 5, "ended_at_ms": 4}, "ended_at", id="both"),
        pytest.param({"started_at_ms": 5}, {"ended_at_ms": 4}, "ended_at", id="end-corrected"),
        pytest.param({"ended_at_ms": 4}, {"started_at_ms": 5}, "started_at", id="start-corrected"),
    ],
)
def test_a_contact_that_cannot_be(
    stored: dict[str, Any] | None, values: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        merge_contact(stored, ContactChange(values))
    assert [place for place, _ in refused.value.errors] == [path]


@pytest.mark.parametrize(
    ("stored", "values", "path"),
    [
        pytest.param([], {}, "legs[0].started_at", id="new-without-start"),
        pytest.param([], {"started_at_ms": 5, "ended_at_ms": 4}, "legs[0].ended_at", id="both"),
        pytest.param([Leg("a", 5)], {"ended_at_ms": 4}, "legs[0].ended_at", id="end-corrected"),
        pytest.param(
            [Leg("a", 1, 4)], {"started_at_ms": 5}, "legs[0].started_at", id="start-corrected"
        ),
    ],
)
def test_a_leg_that_cannot_be(stored: list[Leg], values: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        merge_legs(stored, ContactChange({}, (LegChange("a", values),)), {}, {})
    assert [place for place, _ in refused.value.errors] == [path]


def test_absent_fields_of_a_leg_stay() -> None:
    stored = Leg("a", 5, 9, employee_id=3, group_id=4, result="answered", position=0, id=1)
    change = ContactChange({}, (LegChange("a", {"ended_at_ms": 10, "group_id": None}),))
    assert merge_legs([stored], change, {}, {}) == [
        Leg("a", 5, 10, employee_id=3, group_id=None, result="answered")
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 3), st.none() | st.integers(3, 5)),
        unique_by=lambda leg: leg[0],
    ).flatmap(lambda legs: st.tuples(st.just(legs), st.permutations(legs)))
)
def test_legs_stand_in_one_order_however_they_arrive(
    arrivals: tuple[list[tuple[str, int, int | None]], list[tuple[str, int, int | None]]],
) -> None:
    finals = []
    for order in arrivals:
        legs: list[Leg] = []
        for name, start_ms, end_ms in order:
            values = {"started_at_ms": start_ms, "ended_at_ms": end_ms}
            legs = merge_legs(legs, ContactChange({}, (LegChange(name, values),)), {}, {})
        assert [leg.position for leg in legs] == list(range(len(order)))
        finals.append(legs)
    assert finals[0] == finals[1]
