"""What a row and the details of a contact say."""

from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.gateway.accounts import NewAccount
from shared.db.tables import renditions
from shared.queue.runner import Parts
from tests.gateway_client import Api
from tests.integration.journal.world import NOON_MS, WHOLE_TIME, World
from tests.rows import add

API = "/api/v1"


@pytest.fixture
def ids(parts: Parts, account: NewAccount) -> dict[str, int]:
    """A transferred call with two recordings, one of them recognised, and evidence."""
    with parts.database.write() as connection:
        world = World(connection, account)
        anna, sales = world.employee("anna"), world.group("sales")
        call = world.call(
            "crm/42",
            ended_at_ms=NOON_MS + 90_000,
            client_number="+74951234567",
            client_number_raw="84951234567",
            client_number_kind="e164",
            company_number_raw="sip:office",
            result="answered",
            talk_ms=80_000,
            employee_id=anna,
            group_id=sales,
            raw={"vendor": {"id": 7}},
        )
        first = world.leg(call, 0, ended_at_ms=NOON_MS + 60_000, result="transferred")
        second = world.leg(call, 1, employee_id=anna, group_id=sales)
        whole = world.recording(
            call, "whole", [second, first], duration_ms=90_000, channels=2, codec="opus"
        )
        aside = world.recording(call, "aside", [second], offset_ms=60_000, one_sided="client")
        world.transcript(aside)
        add(
            connection,
            renditions,
            account_id=account.account_id,
            recording_id=whole,
            kind="playback",
            object_name="x",
            size_bytes=10,
            sha256="0" * 64,
            content_type="audio/mpeg",
            notes={},
            created_at_ms=NOON_MS,
        )
        done = world.job(
            "transcribe", aside, "done", started_at_ms=1000, finished_at_ms=3500, progress=1
        )
        failed = world.job("transcribe", whole, "failed", error_code="truncated", attempt=3)
        tag = world.job("tag", call, "pending")
        # Of other subjects with the same numbers.
        world.job("tag", 10_000 + whole, "pending")
        world.job("playback", 10_000 + call, "pending")
        refund, thanks = world.topic("t/refund", "Возврат"), world.topic("t/thanks", "Спасибо")
        said = world.mark(call, refund, topic_version_id=world.version(refund, 3))
        late = world.hit(said, aside, 2000, "верните деньги", leg_id=second, employee_id=anna)
        early = world.hit(said, whole, 5000, "вернуть деньги")
        ruled = world.mark(call, thanks)
        denied = world.mark(call, thanks, "operator", verdict=False)
    return locals()


def test_details(owner: Api, ids: dict[str, Any]) -> None:
    found = owner.get(f"{API}/contacts/{ids['call']}").json
    assert owner.get(f"{API}/contacts/by-key/pbx/crm/42").json == found
    assert found["external_id"] == "crm/42"
    assert found["source"] == "pbx"
    assert (found["started_at"], found["ended_at"]) == (
        "2026-09-21T14:13:20.000Z",
        "2026-09-21T14:14:50.000Z",
    )
    assert (found["client_number"], found["company_number"]) == ("+74951234567", "sip:office")
    assert found["employee"] == {"id": ids["anna"], "name": "anna"}
    assert (found["talk_ms"], found["ring_ms"], found["result"]) == (80_000, None, "answered")
    assert (found["sound"], found["recognition"], found["demo"]) == ("present", "failed", True)
    assert [topic["key"] for topic in found["topics"]] == ["t/refund"]
    assert found["raw"] == {"vendor": {"id": 7}}

    assert [
        (leg["id"], leg["position"], leg["result"], leg["employee"] and leg["employee"]["name"])
        for leg in found["legs"]
    ] == [(ids["first"], 0, "transferred", None), (ids["second"], 1, None, "anna")]

    whole, aside = found["recordings"]
    assert (whole["external_id"], whole["codec"], whole["speaker"]) == ("whole", "opus", None)
    assert whole["legs"] == [ids["first"], ids["second"]]
    assert [rendition["kind"] for rendition in whole["renditions"]] == ["playback"]
    assert whole["transcript"] is None
    assert (aside["offset_ms"], aside["speaker"], aside["legs"]) == (
        60_000,
        "client",
        [ids["second"]],
    )
    assert aside["transcript"] == {
        "language": "ru",
        "model": "demo",
        "demo": True,
        "words": 12,
        "measures": {"silence_ms": 700},
    }

    jobs = {job["id"]: job for job in found["jobs"]}
    assert set(jobs) == {ids["done"], ids["failed"], ids["tag"]}
    assert jobs[ids["done"]]["busy_ms"] == 2500
    assert jobs[ids["failed"]]["error_code"] == "truncated"
    assert (jobs[ids["tag"]]["subject"], jobs[ids["tag"]]["busy_ms"]) == ("contact", None)

    refund, ruled, denied = found["marks"]
    assert (refund["topic"]["name"], refund["version"], refund["effective"]) == ("Возврат", 3, True)
    assert [(hit["id"], hit["contact_start_ms"]) for hit in refund["hits"]] == [
        (ids["early"], 5000),
        (ids["late"], 62_000),
    ]
    assert refund["hits"][1] == {
        "id": ids["late"],
        "recording_id": ids["aside"],
        "leg_id": ids["second"],
        "employee_id": ids["anna"],
        "speaker": "client",
        "start_ms": 2000,
        "end_ms": 2500,
        "contact_start_ms": 62_000,
        "text": "верните деньги",
        "phrase": "вернуть деньги",
        "score": 97.5,
    }
    assert (ruled["origin"], ruled["verdict"], ruled["effective"]) == ("rule", True, False)
    assert (denied["origin"], denied["verdict"], denied["effective"]) == ("operator", False, True)


def test_row_says_what_the_details_say(owner: Api, ids: dict[str, Any]) -> None:
    (row,) = owner.get(f"{API}/contacts?{WHOLE_TIME}").json["items"]
    whole = owner.get(f"{API}/contacts/{ids['call']}").json
    assert row["legs"] == 2
    assert row["recordings"] == {"count": 2, "state": "present"}
    for name in row.keys() - {"legs", "recordings"}:
        assert row[name] == whole[name], name


def test_call_with_nothing(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        world.call("missed", minute=0, result="missed")
        world.call("just ended", minute=1, result="answered")
    awaited, missed = owner.get(f"{API}/contacts?{WHOLE_TIME}").json["items"]
    assert awaited["recordings"] == {"count": 0, "state": "awaited"}
    assert missed["recordings"] == {"count": 0, "state": "none"}
    assert (missed["legs"], missed["topics"], missed["recognition"]) == (0, [], "none")
    whole = owner.get(f"{API}/contacts/{missed['id']}").json
    assert (whole["legs"], whole["recordings"], whole["jobs"], whole["marks"]) == ([], [], [], [])


@pytest.mark.parametrize("path", ["contacts/999", "contacts/by-key/pbx/x", "contacts/by-key/x/y"])
def test_unknown_contact_is_not_found(owner: Api, path: str) -> None:
    assert owner.get(f"{API}/{path}").status_code == 404


def test_list_takes_as_many_statements_for_many_calls_as_for_one(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    sent: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    def statements() -> int:
        sent.clear()
        assert owner.get(f"{API}/contacts?{WHOLE_TIME}").status_code == 200
        return len(sent)

    def add_calls(numbers: range) -> None:
        with parts.database.write() as connection:
            world = World(connection, account)
            topic = world.topic(f"t/{numbers.start}")
            for number in numbers:
                call = world.call(f"call-{number}", minute=number)
                world.leg(call)
                world.transcript(world.recording(call, f"rec-{number}"))
                world.mark(call, topic)

    add_calls(range(1))
    owner.get(f"{API}/contacts?{WHOLE_TIME}")  # the token's first use is noted once
    event.listen(Engine, "before_cursor_execute", count)
    try:
        one = statements()
        add_calls(range(1, 20))
        assert statements() == one
    finally:
        event.remove(Engine, "before_cursor_execute", count)
