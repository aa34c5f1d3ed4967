"""POST /integration/topics: what a foreign page learns of the calls it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from services.gateway.accounts import NewAccount
from shared.contacts.verdicts import TopicVerdict, packed_ids
from shared.db.tables import hits, topic_judgements, undecided_topics
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.journal.integration.rules import judged, topic_in_force
from tests.integration.journal.test_visibility import sign_in
from tests.integration.journal.world import WHOLE_TIME, World
from tests.rows import add, add_source

PATH = "/api/v1/integration/topics"
P = Permission


def ask(api: Api, **body: Any) -> list[dict[str, Any]]:
    answer = api.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


@contextmanager
def counted() -> Iterator[list[str]]:
    sent: list[str] = []

    def keep(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


def test_a_topic_says_where_it_comes_from(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        refund, version = topic_in_force(world, "test/refund", name="Возврат")
        greeting, _ = topic_in_force(world, "test/greeting", name="Приветствие")
        call = world.call("call-1")
        sound = world.recording(call, "rec-1")
        mark = world.mark(call, refund, topic_version_id=version)
        for start_ms, speaker, phrase in (
            (1000, "client", "вернуть деньги"),
            (3000, "operator", "вернуть деньги"),
            (5000, "client", "вернуть деньги"),
            (7000, "client", "возврат"),
        ):
            add_hit(world, mark, sound, start_ms, speaker=speaker, phrase=phrase)
        world.mark(call, greeting)
        world.mark(call, greeting, "correction", verdict=False)
    (plain,) = ask(owner, source="pbx", external_ids=["call-1"])
    (topic,) = plain["topics"]
    assert topic.pop("set_at")
    assert topic == {
        "id": refund,
        "key": "test/refund",
        "name": "Возврат",
        "colour": "#607d8b",
        "origin": "rule",
        "version": 1,
        "current": True,
        "hits": 4,
        "terms": None,
        "link": f"/topics/{refund}",
    }
    assert plain["contact_id"] == call
    assert plain["link"] == f"/contacts/{call}"
    (told,) = ask(owner, source="pbx", external_ids=["call-1"], terms=True)
    assert told["topics"][0]["terms"] == [
        {"phrase": "вернуть деньги", "count": 3, "speakers": ["client", "operator"]},
        {"phrase": "возврат", "count": 1, "speakers": ["client"]},
    ]


def add_hit(world: World, mark: int, sound: int, start_ms: int, **values: str) -> None:
    add(
        world.connection,
        hits,
        account_id=world.account.account_id,
        mark_id=mark,
        recording_id=sound,
        start_ms=start_ms,
        end_ms=start_ms + 500,
        first_word=0,
        last_word=1,
        text="вернуть деньги",
        score=97.5,
        **values,
    )


def test_states(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic_in_force(world, "test/old", revision=2)
        new, _ = topic_in_force(world, "test/new", revision=5)
        expected = {"nobody": "unknown"}

        def call(state: str, *recognised: str, tagged: int | None = None, **values: Any) -> int:
            contact = world.call(state, **values)
            for number, job in enumerate(recognised):
                world.job("transcribe", world.recording(contact, f"{state}-{number}"), job)
            if tagged is not None:
                judged(world, contact, tagged)
            expected[state] = state
            return contact

        call("no_recording", result="missed", tagged=5)
        call("waiting", result="answered", talk_ms=60_000)
        call("queued", "done", "pending")
        call("recognising", "pending", "running")
        call("not_recognised", "done", "failed", tagged=5)
        world.job("tag", call("judging", "done", tagged=5), "pending")
        call("not_judged", "done", tagged=4)
        call("judged", "done", tagged=5)
        by_run = call("by-run", "done", tagged=4)
        expected["by-run"] = "judged"
        add_judgement(world, new, by_run, revision=5)
        behind = call("by-older-run", "done", tagged=4)
        expected["by-older-run"] = "not_judged"
        add_judgement(world, new, behind, revision=4)
    items = ask(owner, source="pbx", external_ids=list(expected))
    assert {item["external_id"]: item["state"] for item in items} == expected


def add_judgement(world: World, topic: int, contact: int, *, revision: int) -> None:
    world.connection.execute(
        topic_judgements.insert().values(
            account_id=world.account.account_id,
            topic_id=topic,
            contact_id=contact,
            revision=revision,
        )
    )


def test_verdicts_of_the_topics_asked_for(owner: Api, account: NewAccount, parts: Parts) -> None:
    names = ["said", "corrected", "silent", "unheard", "old", "by-run", "new"]
    with parts.database.write() as connection:
        world = World(connection, account)
        refund, _ = topic_in_force(world, "test/refund", revision=3)
        greeting, _ = topic_in_force(world, "test/greeting", revision=1)
        draft = world.topic("test/draft")
        said, corrected, silent, unheard, old, by_run, _ = (world.call(name) for name in names)
        for contact in (said, corrected, silent, unheard):
            judged(world, contact, 3)
        judged(world, old, 2)
        judged(world, by_run, 2)
        add_judgement(world, refund, by_run, revision=3)
        world.mark(said, refund)
        world.mark(corrected, refund)
        world.mark(corrected, refund, "correction", verdict=False)
        connection.execute(
            undecided_topics.insert().values(
                account_id=account.account_id,
                contact_id=unheard,
                topic_ids=packed_ids([refund]),
            )
        )
    topics = [str(refund), "test/greeting", "test/draft"]
    items = ask(owner, source="pbx", external_ids=[*names, "nobody"], verdicts_of=topics)
    assert {
        item["external_id"]: [one["verdict"] for one in item["verdicts"]] for item in items
    } == {
        "said": ["yes", "no", "not_judged"],
        "corrected": ["no", "no", "not_judged"],
        "silent": ["no", "no", "not_judged"],
        "unheard": ["undecidable", "no", "not_judged"],
        "old": ["not_judged", "no", "not_judged"],
        "by-run": ["no", "no", "not_judged"],
        "new": ["not_judged", "not_judged", "not_judged"],
        "nobody": [],
    }
    assert items[0]["verdicts"] == [
        {"topic_id": refund, "topic": str(refund), "verdict": "yes"},
        {"topic_id": greeting, "topic": "test/greeting", "verdict": "no"},
        {"topic_id": draft, "topic": "test/draft", "verdict": "not_judged"},
    ]
    # The filter of lists tells the same.
    for place, topic in enumerate(topics):
        for verdict in TopicVerdict:
            query = f"{WHOLE_TIME}&topic_verdict={topic}:{verdict}"
            found = owner.get(f"/api/v1/integration/contacts?{query}").json["items"]
            assert {one["external_id"] for one in found} == {
                item["external_id"]
                for item in items
                if item["verdicts"] and item["verdicts"][place]["verdict"] == verdict
            }


def test_sources_keep_equal_ids_apart(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        other = add_source(connection, account.account_id, "pbx-2")
        ours = world.call("1")
        theirs = world.call("1", source_id=other)
    items = ask(
        owner,
        source="pbx",
        external_ids=["2", "1", "1"],
        contacts=[
            {"source": "pbx-2", "external_id": "1"},
            {"source": "pbx", "external_id": "1"},
        ],
    )
    assert [(one["source"], one["external_id"], one["contact_id"]) for one in items] == [
        ("pbx", "2", None),
        ("pbx", "1", ours),
        ("pbx", "1", ours),
        ("pbx-2", "1", theirs),
        ("pbx", "1", ours),
    ]


def test_what_is_not_seen_is_unknown(
    app: Flask, owner: Api, stranger: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic, _ = topic_in_force(world, "test/refund")
        calls = [
            world.call("sold", group_id=world.group("sales")),
            world.call("helped", group_id=world.group("help")),
        ]
        for call in calls:
            world.mark(call, topic)
    body = {"source": "pbx", "external_ids": ["sold", "helped", "nobody"]}
    head = sign_in(app, owner, "sales-head", role="supervisor", groups=["sales"])
    csrf = head.get("/api/v1/session").json["csrf_token"]
    seen = head.post(PATH, json=body, headers={"X-CSRF-Token": csrf}).json["items"]
    assert [item["contact_id"] for item in seen] == [calls[0], None, None]
    assert len(seen[0]["topics"]) == 1
    hidden, missing = ({**one, "external_id": ""} for one in seen[1:])
    assert hidden == missing
    # The source of the other account has the same external id.
    assert [item["state"] for item in ask(stranger, **body)] == ["unknown"] * 3


def test_a_thousand_take_as_many_statements_as_one(
    owner: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        topic, version = topic_in_force(world, "test/refund")
        for number in range(1000):
            world.mark(world.call(f"call-{number}"), topic, topic_version_id=version)
    names = [f"call-{number}" for number in range(1000)]
    options = {"source": "pbx", "verdicts_of": ["test/refund"], "terms": True}
    # The first use of the token is noted.
    ask(owner, external_ids=names[:1], **options)
    with counted() as few:
        ask(owner, external_ids=names[:1], **options)
    with counted() as many:
        items = ask(owner, external_ids=names, **options)
    assert [len(item["topics"]) for item in items] == [1] * 1000
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({}, "external_ids", id="nobody"),
        pytest.param({"external_ids": ["1"]}, "source", id="no-source"),
        pytest.param({"source": "pbx", "external_ids": ["1"] * 1001}, "external_ids", id="many"),
        pytest.param(
            {
                "source": "pbx",
                "external_ids": ["1"] * 600,
                "contacts": [{"source": "pbx", "external_id": "1"}] * 401,
            },
            "external_ids",
            id="many-in-all",
        ),
        pytest.param({"source": "pbx-9", "external_ids": ["1"]}, "source", id="wrong-source"),
        pytest.param(
            {
                "contacts": [
                    {"source": "pbx", "external_id": "1"},
                    {"source": "pbx-9", "external_id": "1"},
                ]
            },
            "contacts[1].source",
            id="wrong-source-of-a-contact",
        ),
        pytest.param(
            {"source": "pbx", "external_ids": ["1"], "verdicts_of": ["nothing"]},
            "verdicts_of",
            id="wrong-topic",
        ),
        pytest.param(
            {"source": "pbx", "external_ids": ["1", ""]}, "external_ids[1]", id="empty-id"
        ),
    ],
)
def test_wrong_requests_say_where(owner: Api, body: dict[str, Any], place: str) -> None:
    answer = owner.post(PATH, json=body)
    assert answer.status_code == 422
    assert [wrong["path"] for wrong in answer.json["errors"]] == [place]


def test_needs_the_permission_to_see_hits(account: NewAccount, make_api: MakeApi) -> None:
    reader = make_api(account.account_id, P.CALLS)
    assert reader.post(PATH, json={}).status_code == 403
