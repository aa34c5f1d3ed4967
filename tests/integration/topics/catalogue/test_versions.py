"""Drafts, the history of versions, what differs, and how many calls each has judged."""

from sqlalchemy import insert, select, update

from services.topics.tasks import HANDLERS
from shared.db.tables import contacts, topic_judgements, topics
from shared.queue.runner import Parts, run_job
from tests.integration.topics.calls import Account

from .editor import API, REFUND, RIGHT, Editor

SECOND = {"said": {"phrases": ["возврат", "вернуть деньги"], "by": "client", "at_least": 2}}


def test_a_draft_is_saved_over_and_thrown_away(editor: Editor) -> None:
    topic_id = editor.in_force()
    for rule in ({"said": {"phrases": ["чек"]}}, SECOND):
        saved = editor.draft(topic_id, rule)
        assert (saved.json["version"], saved.json["draft_version"]) == (1, 2)
        assert saved.json["draft"]["rule"] == rule
        assert saved.json["in_force"]["rule"] == REFUND
    gone = editor.send("DELETE", topic_id, "/draft")
    assert (gone.status_code, gone.json["draft"], gone.json["revision"]) == (200, None, 5)
    assert editor.send("DELETE", topic_id, "/draft").status_code == 404


def test_history_is_kept_compared_and_restored(editor: Editor, person: Editor) -> None:
    topic_id = editor.in_force(should_match=[RIGHT])
    person.draft(topic_id, SECOND)
    person.activate(topic_id)
    editor.draft(topic_id, {"said": {"phrases": ["чек"]}})
    listed = editor.api.get(f"{API}/topics/{topic_id}/versions").json["items"]
    assert [(one["number"], one["state"], one["author"]) for one in listed] == [
        (3, "draft", None), (2, "active", "Владелец"), (1, "retired", None),
    ]  # fmt: skip
    assert listed[0]["activated_at"] is None
    assert listed[1]["activated_by"].startswith("user:")
    first = editor.api.get(f"{API}/topics/{topic_id}/versions/1").json
    assert first == {
        "number": 1, "rule": REFUND, "should_match": [RIGHT], "should_not_match": [],
    }  # fmt: skip
    found = editor.api.get(f"{API}/topics/{topic_id}/versions/2/diff").json
    assert (found["number"], found["against"]) == (2, 1)
    assert found["rule"] == [
        {"kind": "added", "path": "rule.said.at_least", "before": None, "after": 2}
    ]
    assert found["phrases"] == [
        {"kind": "added", "path": "rule.said.phrases[0]", "before": None, "after": "возврат"}
    ]
    assert found["examples"] == [
        {"kind": "removed", "path": "should_match[0]", "before": RIGHT, "after": None}
    ]
    back = editor.api.get(f"{API}/topics/{topic_id}/versions/1/diff?against=2").json
    assert [one["kind"] for one in back["phrases"]] == ["removed"]
    assert editor.send("POST", topic_id, "/versions/3/restore").status_code == 409
    restored = editor.send("POST", topic_id, "/versions/1/restore")
    assert restored.json["draft"] == first | {"number": 3}
    assert restored.json["in_force"]["rule"] == SECOND
    assert editor.activate(topic_id).json["version"] == 3


def test_versions_that_are_not_there(editor: Editor) -> None:
    topic_id = editor.in_force()
    path = f"{API}/topics/{topic_id}/versions"
    assert editor.api.get(f"{path}/2").status_code == 404
    assert editor.api.get(f"{path}/9223372036854775807").status_code == 404
    assert editor.api.get(f"{path}/1/diff?against=2").status_code == 404
    assert editor.api.get(f"{path}/1/diff").json["against"] == 1
    assert editor.send("POST", topic_id, "/versions/2/restore").status_code == 404


def test_each_version_tells_how_many_calls_it_judged(
    parts: Parts, editor: Editor, calls: Account
) -> None:
    topic_id = editor.in_force()
    contact_ids = [calls.call("client: верните деньги") for _ in range(4)]
    for contact_id in contact_ids[:3]:
        run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")
    editor.draft(topic_id, SECOND)
    editor.activate(topic_id)
    run_job(parts, HANDLERS, calls.ask(contact_ids[0]), worker="test")

    def judged() -> list[tuple[int, int | None]]:
        listed = editor.api.get(f"{API}/topics/{topic_id}/versions").json["items"]
        assert {one["judged_of"] for one in listed} == {4}
        return [(one["number"], one["judged"]) for one in listed]

    assert judged() == [(2, 1), (1, 2)]
    # A run of this topic alone notes what it judged besides.
    with parts.database.write() as connection:
        connection.execute(
            insert(topic_judgements),
            [
                {"account_id": calls.id, "topic_id": topic_id, "contact_id": one, "revision": 2}
                for one in (contact_ids[0], contact_ids[1])
            ],
        )
    assert judged() == [(2, 2), (1, 1)]
    assert editor.read(topic_id).json["judged"] == 2
    listed = editor.api.get(f"{API}/topics").json
    assert (listed["contacts"], listed["not_judged"]) == (4, 2)
    assert [row["judged"] for row in listed["items"]] == [2]
    # What changes a topic that it asks about outdates the newest version only.
    with parts.database.write() as connection:
        connection.execute(update(topics).where(topics.c.id == topic_id).values(rules_revision=3))
    assert judged() == [(2, 0), (1, 1)]
    editor.patch(topic_id, active=False)
    assert judged() == [(2, None), (1, 1)]
    with parts.database.read() as connection:
        stamps = connection.execute(select(contacts.c.tagged_revision).order_by(contacts.c.id))
        assert list(stamps.scalars()) == [2, 1, 1, None]
