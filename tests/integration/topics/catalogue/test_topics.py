"""Topics made, changed, archived and copied; nobody's change is lost."""

from typing import Any

import pytest
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from services.gateway.app import create_app
from services.topics.catalogue.packs import load_packs
from services.topics.catalogue.store import insert_topic
from shared.db.tables import topics
from shared.errors import Conflict
from shared.permissions import Caller, Permission, Sees
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi

from .editor import API, REFUND, RIGHT, WRONG, Editor


def test_a_new_topic_is_a_draft(editor: Editor) -> None:
    made = editor.create(
        "Возврат денег", colour="#ff0000", should_match=[RIGHT], should_not_match=[WRONG]
    )
    assert made.status_code == 201, made.text
    assert made.headers["ETag"] == '"1"'
    topic = made.json
    assert (topic["key"], topic["version"], topic["draft_version"]) == ("vozvrat-deneg", None, 1)
    assert (topic["colour"], topic["active"], topic["in_force"]) == ("#ff0000", True, None)
    assert topic["draft"] == {
        "number": 1, "rule": REFUND, "should_match": [RIGHT], "should_not_match": [WRONG],
    }  # fmt: skip
    read = editor.read(topic["id"])
    assert read.headers["ETag"] == '"1"'
    counted = {"contacts": 0, "judged": None, "judged_of": 0}
    assert read.json == topic | counted


def test_a_key_that_intake_took_meanwhile_is_a_conflict(
    editor: Editor, parts: Parts, account: NewAccount
) -> None:
    taken = editor.create("Возврат").json["key"]
    caller = Caller(account.account_id, "token:1", frozenset({Permission.TOPICS_EDIT}), Sees.ALL)
    with (
        pytest.raises(Conflict, match=taken),
        parts.database.write() as connection,
    ):
        insert_topic(connection, caller, {"key": taken, "name": "Возврат"})


def test_keys_are_made_once_and_may_be_chosen(editor: Editor) -> None:
    assert editor.create("Возврат").json["key"] == "vozvrat"
    assert editor.create("Возврат").json["key"] == "vozvrat-2"
    assert editor.create("Возврат", key="refund").json["key"] == "refund"
    taken = editor.create("Другая", key="refund")
    assert taken.status_code == 409
    assert "refund" in taken.json["detail"]


@pytest.mark.parametrize(
    ("fields", "path", "reason"),
    [
        ({"rule": {"said": {"phrases": ["<5> деньги"]}}}, "rule.said.phrases[0]", "character 1"),
        (
            {"rule": {"all": [{"said": {"phrases": ["да"]}, "topic": "x"}]}},
            "rule.all[0]",
            "exactly one of",
        ),
        ({"rule": {"said": {"phrases": []}}}, "rule.said.phrases", "at least one item"),
        ({"rule": {"heard": {}}}, "rule.heard", "no such field"),
        ({"name": " "}, "name", "pattern"),
        ({"key": "Возврат"}, "key", "pattern"),
        ({"colour": "red"}, "colour", "pattern"),
        ({"group_id": 77}, "group_id", "no heading"),
        ({"should_match": [""]}, "should_match[0]", "at least 1 character"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_place(
    editor: Editor, fields: dict[str, Any], path: str, reason: str
) -> None:
    refused = editor.create(**fields)
    assert refused.status_code == 422, refused.text
    assert path in [one["path"] for one in refused.json["errors"]]
    assert reason in refused.json["detail"]
    assert editor.api.get(f"{API}/topics").json["items"] == []


def test_a_change_names_what_it_changes(editor: Editor) -> None:
    topic_id = editor.create().json["id"]
    blind = editor.api.patch(f"{API}/topics/{topic_id}", json={"name": "Другая"})
    assert (blind.status_code, blind.json["code"]) == (428, "precondition-required")
    changed = editor.patch(topic_id, name="Возврат товара", colour="#00ff00")
    assert changed.status_code == 200
    assert changed.headers["ETag"] == '"2"'
    assert (changed.json["name"], changed.json["revision"]) == ("Возврат товара", 2)
    assert changed.json["key"] == "vozvrat"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"name": "Другая"}),
        ("PUT", "/draft", {"rule": {"said": {"phrases": ["чек"]}}}),
        ("DELETE", "/draft", None),
        ("POST", "/activate", None),
        ("POST", "/archive", None),
        ("POST", "/restore", None),
        ("POST", "/versions/1/restore", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_stale_change_changes_nothing(
    editor: Editor, method: str, path: str, body: dict[str, Any] | None
) -> None:
    topic_id = editor.in_force()
    editor.draft(topic_id, {"said": {"phrases": ["возврат"]}})
    before = editor.read(topic_id).json
    options = {} if body is None else {"json": body}
    refused = editor.api.open(
        method, f"{API}/topics/{topic_id}{path}", headers={"If-Match": '"1"'}, **options
    )
    assert (refused.status_code, refused.json["code"]) == (412, "precondition-failed")
    assert editor.read(topic_id).json == before


def test_an_archived_topic_keeps_its_history_and_comes_back_switched_off(editor: Editor) -> None:
    topic_id = editor.in_force()
    archived = editor.send("POST", topic_id, "/archive")
    assert archived.status_code == 200
    assert archived.json["archived_at"] is not None
    assert editor.api.get(f"{API}/topics").json["items"] == []
    [kept] = editor.api.get(f"{API}/topics?archived=true").json["items"]
    assert (kept["id"], kept["active"], kept["judged"]) == (topic_id, False, None)
    assert editor.draft(topic_id).status_code == 409
    assert editor.patch(topic_id, active=True).status_code == 409
    assert editor.send("POST", topic_id, "/archive").status_code == 409
    restored = editor.send("POST", topic_id, "/restore")
    assert (restored.json["archived_at"], restored.json["active"]) == (None, False)
    assert restored.json["in_force"]["rule"] == REFUND
    assert editor.send("POST", topic_id, "/restore").status_code == 409


def test_a_copy_has_the_newest_rule_and_a_key_of_its_own(editor: Editor) -> None:
    topic_id = editor.in_force(colour="#ff0000", should_match=[RIGHT])
    copied = editor.api.post(f"{API}/topics/{topic_id}/duplicate", json={"name": "Возврат"})
    assert copied.status_code == 201
    copy = copied.json
    assert (copy["key"], copy["colour"], copy["version"]) == ("vozvrat-2", "#ff0000", None)
    assert copy["draft"] == {
        "number": 1, "rule": REFUND, "should_match": [RIGHT], "should_not_match": [],
    }  # fmt: skip
    rule = {"said": {"phrases": ["чек"]}}
    editor.draft(topic_id, rule)
    copied = editor.api.post(f"{API}/topics/{topic_id}/duplicate", json={"name": "Чек"})
    assert (copied.json["key"], copied.json["draft"]["rule"]) == ("chek", rule)


def test_author_and_tab_are_seen_from_the_caller(
    parts: Parts, account: NewAccount, editor: Editor, person: Editor
) -> None:
    with parts.database.write() as connection:
        load_packs(connection, account.account_id, ["en"])
    editor.create("Машинная")
    person.create("Своя")
    tabs = {
        tab: [row["name"] for row in person.api.get(f"{API}/topics?tab={tab}").json["items"]]
        for tab in ("mine", "shared", "preset")
    }
    assert (tabs["mine"], tabs["shared"]) == (["Своя"], ["Машинная"])
    assert tabs["preset"]
    [mine] = person.api.get(f"{API}/topics?tab=mine").json["items"]
    assert (mine["author"], mine["tab"]) == ("Владелец", "mine")
    assert mine["changed_by"].startswith("user:")
    # To a machine everybody's topics are shared, its own too.
    assert editor.api.get(f"{API}/topics?tab=mine").json["items"] == []
    shared = editor.api.get(f"{API}/topics?tab=shared").json["items"]
    assert [(row["name"], row["author"]) for row in shared] == [
        ("Машинная", None), ("Своя", "Владелец"),
    ]  # fmt: skip


def test_list_is_searched_filtered_and_paged(editor: Editor) -> None:
    for name in ("Возврат", "Гарантия", "Возражение", "Доставка"):
        editor.create(name)
    off = editor.api.get(f"{API}/topics?search=ГАРАНТ").json["items"][0]["id"]
    editor.patch(off, active=False)

    def names(query: str) -> list[str]:
        return [row["name"] for row in editor.api.get(f"{API}/topics?{query}").json["items"]]

    assert names("search=возр") == ["Возражение"]
    assert names("search=воз") == ["Возврат", "Возражение"]
    assert names("active=false") == ["Гарантия"]
    assert names("active=true&search=т") == ["Возврат", "Доставка"]
    seen, cursor = [], ""
    for _ in range(4):
        page = editor.api.get(f"{API}/topics?limit=1{cursor}").json
        seen += [row["name"] for row in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["Возврат", "Возражение", "Гарантия", "Доставка"]
    assert page["next_cursor"] is None


def test_limits_are_named(parts: Parts, owner: Api) -> None:
    limits = {"max_topics": 1, "max_topic_phrases": 2, "max_topic_examples": 1}
    small = Parts(parts.settings.model_copy(update=limits), parts.database, parts.store)
    editor = Editor(Api(create_app(small).test_client(), owner.headers))
    long = {"said": {"phrases": ["да", "нет"], "excluding": ["ну да"]}}
    for fields, limit in (
        ({"rule": long}, "TEMATIKA_MAX_TOPIC_PHRASES"),
        ({"should_match": [RIGHT], "should_not_match": [WRONG]}, "TEMATIKA_MAX_TOPIC_EXAMPLES"),
    ):
        refused = editor.create(**fields)
        assert refused.status_code == 422
        assert limit in refused.json["detail"]
    first = editor.create().json["id"]
    refused = editor.create()
    assert refused.status_code == 409
    assert "TEMATIKA_MAX_TOPICS" in refused.json["detail"]
    editor.send("POST", first, "/archive")
    assert editor.create().status_code == 201
    assert editor.send("POST", first, "/restore").status_code == 409


def test_writing_needs_its_permission(
    account: NewAccount, editor: Editor, make_api: MakeApi
) -> None:
    topic_id = editor.create().json["id"]
    reader = Editor(make_api(account.account_id, Permission.CALLS))
    assert reader.create().status_code == 403
    assert reader.patch(topic_id, name="x").status_code == 403
    assert reader.activate(topic_id).status_code == 403
    # Suggestions are words of calls: they are for editors.
    assert reader.read(topic_id).json["check"] is None
    assert editor.read(topic_id).json["check"] is not None


def test_another_account_cannot_touch_it(parts: Parts, editor: Editor, stranger: Api) -> None:
    topic_id = editor.in_force()
    other = Editor(stranger)
    assert other.create().json["key"] == "vozvrat"
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("PUT", "/draft", {"rule": REFUND}),
        ("POST", "/activate", None),
        ("POST", "/archive", None),
        ("POST", "/duplicate", {"name": "x"}),
        ("GET", "/versions", None),
        ("GET", "/versions/1", None),
        ("GET", "/versions/1/diff", None),
        ("POST", "/versions/1/restore", None),
    ):
        options = {} if body is None else {"json": body}
        answer = stranger.open(
            method, f"{API}/topics/{topic_id}{path}", headers={"If-Match": "*"}, **options
        )
        assert answer.status_code == 404, (method, path, answer.text)
    with parts.database.read() as connection:
        names = connection.execute(select(topics.c.name).where(topics.c.id == topic_id)).scalar()
    assert names == "Возврат"
