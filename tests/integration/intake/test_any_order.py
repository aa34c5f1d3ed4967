"""The events of one call in any order, and repeated, leave the same."""

from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.intake.state import stored_state
from tests.rows import add_account, add_source

Event = tuple[str, Any]

SOUNDS = {
    name: b"RIFF\x00\x00\x00\x00WAVEfmt " + name.encode() * 50 for name in ("whole", "second")
}

# Versions of one call as its telephone system corrects it: each adds to the others.
EVENTS: list[Event] = [
    ("contact", {"started_at": "2026-03-01T10:00:00", "direction": "internal"}),
    (
        "contact",
        {
            "started_at": "2026-03-01T10:00:00",
            "ended_at": "2026-03-01T10:02:00",
            "client_number": "anonymous",
            "legs": [
                {
                    "external_id": "b",
                    "started_at": "2026-03-01T10:01:00",
                    "ended_at": "2026-03-01T10:02:00",
                    "employee": {"external_id": "e2", "name": "Борис"},
                }
            ],
        },
    ),
    (
        "contact",
        {
            "started_at": "2026-03-01T10:00:00",
            "legs": [
                {
                    "external_id": "a",
                    "started_at": "2026-03-01T10:00:00",
                    "ended_at": "2026-03-01T10:01:00",
                    "employee": {"external_id": "e1", "name": "Анна"},
                    "group": {"external_id": "g1", "name": "Продажи"},
                },
                {
                    "external_id": "b",
                    "started_at": "2026-03-01T10:01:00",
                    "result": "answered",
                    "group": {"external_id": "g2"},
                },
            ],
        },
    ),
    ("contact", {"started_at": "2026-03-01T10:00:00", "raw": {"cost": 1.5}, "talk_ms": 90000}),
    ("contact", {"started_at": "2026-03-01T10:00:00", "topics": ["Оплата", "Доставка"]}),
    (
        "contact",
        {
            "started_at": "2026-03-01T10:00:00",
            "topics": ["Доставка"],
            "topics_origin": "voice_menu",
        },
    ),
    ("recording", ("whole", "contact=call-1")),
    ("recording", ("second", "contact=call-1&legs=b")),
    ("recording", ("second", "offset_ms=60000")),
    ("recording", ("second", "speaker=client")),
]


def _send(api: Api, event: Event) -> None:
    kind, said = event
    if kind == "contact":
        answer = api.put("/api/v1/sources/pbx/contacts/call-1", json=said)
    else:
        name, query = said
        path = f"/api/v1/sources/pbx/recordings/{name}?{query}"
        answer = api.put(path, data=SOUNDS[name])
    assert answer.status_code in {200, 201, 202}, answer.text


def _state_after(parts: Parts, app: Flask, events: list[Event]) -> dict[str, Any]:
    secret = new_token()
    with parts.database.write() as connection:
        account_id = add_account(connection)
        source_id = add_source(connection, account_id)
        add_token(
            connection,
            account_id=account_id,
            name="pbx",
            secret=secret,
            scopes=[Permission.INTAKE],
            source_id=source_id,
        )
    api = Api(app.test_client(), {"Authorization": f"Bearer {secret}"})
    for event in events:
        _send(api, event)
    return stored_state(parts.database, account_id)


def test_any_order_leaves_the_same(parts: Parts, app: Flask) -> None:
    expected = _state_after(parts, app, EVENTS)

    @settings(max_examples=10, deadline=None)
    @given(
        st.lists(st.sampled_from(EVENTS), max_size=4).flatmap(
            lambda repeated: st.permutations([*EVENTS, *repeated])
        )
    )
    def check(order: list[Event]) -> None:
        assert _state_after(parts, app, order) == expected

    check()
