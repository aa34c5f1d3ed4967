"""Activation: what it refuses, what it raises, and that two at once leave one version in force."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from services.gateway.accounts import NewAccount
from services.topics.tasks import HANDLERS
from shared.db.session import Database
from shared.db.tables import accounts, topic_versions, topics
from shared.queue.runner import Parts, run_job
from tests.integration.topics.calls import Account

from .editor import API, RIGHT, WRONG, Editor

ASKS = {"all": [{"topic": "vozvrat"}, {"said": {"phrases": ["жалоба"]}}]}


def revisions(database: Database, account_id: int) -> tuple[int, dict[str, int]]:
    """The account's rules revision and that of each topic by key."""
    with database.read() as connection:
        account = connection.execute(
            select(accounts.c.rules_revision).where(accounts.c.id == account_id)
        ).scalar_one()
        rows = connection.execute(
            select(topics.c.key, topics.c.rules_revision).where(topics.c.account_id == account_id)
        )
        return account, {row.key: row.rules_revision for row in rows}


def states(database: Database, topic_id: int) -> list[tuple[int, str]]:
    """Number and state of each version."""
    with database.read() as connection:
        rows = connection.execute(
            select(topic_versions.c.number, topic_versions.c.state)
            .where(topic_versions.c.topic_id == topic_id)
            .order_by(topic_versions.c.number)
        )
        return [(row.number, row.state) for row in rows]


def test_activation_puts_the_draft_in_force(
    parts: Parts, account: NewAccount, editor: Editor, calls: Account
) -> None:
    topic_id = editor.in_force(should_match=[RIGHT], should_not_match=[WRONG])
    assert revisions(parts.database, account.account_id) == (1, {"vozvrat": 1})
    contact_id = calls.call("operator: здравствуйте", "client: верните деньги")
    run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")
    assert calls.topics_of(contact_id) == ["vozvrat"]
    editor.draft(topic_id, {"said": {"phrases": ["здравствуйте"]}})
    activated = editor.activate(topic_id)
    assert (activated.status_code, activated.headers["ETag"]) == (200, '"4"')
    assert (activated.json["version"], activated.json["draft_version"]) == (2, None)
    assert states(parts.database, topic_id) == [(1, "retired"), (2, "active")]
    assert revisions(parts.database, account.account_id) == (2, {"vozvrat": 2})
    run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")
    assert list(calls.hits_of(contact_id, "vozvrat")) == ["здравствуйте"]


def test_nothing_new_is_not_activated(editor: Editor) -> None:
    topic_id = editor.in_force(should_match=[RIGHT])
    assert editor.activate(topic_id).status_code == 409
    editor.draft(topic_id, should_match=[RIGHT])
    refused = editor.activate(topic_id)
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    editor.draft(topic_id, should_match=[RIGHT, f"operator: да\n{RIGHT}"])
    assert editor.activate(topic_id).status_code == 200


def test_a_broken_example_refuses_the_activation_and_is_named(
    parts: Parts, account: NewAccount, editor: Editor
) -> None:
    made = editor.create(
        should_match=[RIGHT, "operator: верните деньги"],
        should_not_match=[WRONG, RIGHT, "верните деньги"],
    )
    topic_id = made.json["id"]
    assert [one["path"] for one in made.json["check"]["broken_examples"]] == [
        "should_match[1]", "should_not_match[1]", "should_not_match[2]",
    ]  # fmt: skip
    refused = editor.activate(topic_id)
    assert (refused.status_code, refused.json["code"]) == (409, "not-activatable")
    reasons = {one["path"]: one["reason"] for one in refused.json["errors"]}
    assert reasons["should_match[1]"].endswith("should match, the verdict is no")
    assert reasons["should_not_match[1]"].endswith("should not match, the verdict is yes")
    assert "cannot be read" in reasons["should_not_match[2]"]
    assert states(parts.database, topic_id) == [(1, "draft")]
    assert revisions(parts.database, account.account_id)[0] == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(None, "there is no topic «vozvrat»", id="unknown"),
        pytest.param("draft", "was never activated", id="never-activated"),
        pytest.param("off", "is switched off", id="switched-off"),
        pytest.param("archive", "is in the archive", id="archived"),
    ],
)
def test_a_topic_that_cannot_be_asked_about_refuses_the_activation(
    editor: Editor, change: str | None, reason: str
) -> None:
    if change == "draft":
        editor.create()
    elif change is not None:
        other = editor.in_force()
        if change == "off":
            editor.patch(other, active=False)
        else:
            editor.send("POST", other, "/archive")
    topic_id = editor.create("Жалоба", rule=ASKS).json["id"]
    refused = editor.activate(topic_id)
    assert (refused.status_code, refused.json["code"]) == (409, "not-activatable")
    [error] = refused.json["errors"]
    assert error["path"] == "rule.all[0].topic"
    assert reason in error["reason"]


def test_a_circle_is_never_closed(editor: Editor) -> None:
    first = editor.in_force()
    editor.in_force("Жалоба", ASKS)
    editor.in_force("Суд", {"topic": "zhaloba"})
    editor.draft(first, {"any": [{"topic": "sud"}, {"said": {"phrases": ["возврат"]}}]})
    refused = editor.activate(first)
    assert refused.status_code == 409
    assert "circle" in refused.json["detail"]
    assert editor.read(first).json["version"] == 1
    editor.draft(first, {"any": [{"topic": "vozvrat"}, {"said": {"phrases": ["возврат"]}}]})
    assert "asks about itself" in editor.activate(first).json["detail"]


def test_topics_that_ask_are_judged_anew_with_what_they_ask_about(
    parts: Parts, account: NewAccount, editor: Editor
) -> None:
    first = editor.in_force()
    editor.in_force("Жалоба", ASKS)
    editor.in_force("Суд", {"topic": "zhaloba"})
    editor.in_force("Прощание", {"said": {"phrases": ["до свидания"]}})
    before = {key: editor.read(n + 1).headers["ETag"] for n, key in enumerate("abcd")}
    assert revisions(parts.database, account.account_id)[0] == 4
    editor.draft(first, {"said": {"phrases": ["возврат"]}})
    editor.activate(first)
    assert revisions(parts.database, account.account_id) == (
        5, {"vozvrat": 5, "zhaloba": 5, "sud": 5, "proshchanie": 4},
    )  # fmt: skip
    # They were not edited: whoever edits them now loses nothing.
    assert editor.read(2).headers["ETag"] == before["b"]


def test_what_others_ask_about_stays_on(editor: Editor) -> None:
    first = editor.in_force()
    second = editor.in_force("Жалоба", ASKS)
    for refused in (
        editor.patch(first, active=False),
        editor.send("POST", first, "/archive"),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "still-asked-about")
        assert "«Жалоба» (zhaloba)" in refused.json["detail"]
    assert editor.patch(second, active=False).status_code == 200
    assert editor.patch(first, active=False).status_code == 200
    # The other way round it cannot come back either.
    refused = editor.patch(second, active=True)
    assert (refused.status_code, refused.json["code"]) == (409, "not-activatable")


def test_switching_on_asks_for_new_verdicts_and_off_for_none(
    parts: Parts, account: NewAccount, editor: Editor, calls: Account
) -> None:
    topic_id = editor.in_force()
    contact_id = calls.call("client: верните деньги")
    run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")
    editor.patch(topic_id, active=False)
    # Workers read the rules anew, but no verdict is outdated by it.
    assert revisions(parts.database, account.account_id) == (2, {"vozvrat": 1})
    second = calls.call("client: верните деньги")
    run_job(parts, HANDLERS, calls.ask(second), worker="test")
    assert (calls.topics_of(contact_id), calls.topics_of(second)) == (["vozvrat"], [])
    assert editor.read(topic_id).json["judged"] is None
    editor.patch(topic_id, active=True)
    assert revisions(parts.database, account.account_id) == (3, {"vozvrat": 3})
    assert editor.read(topic_id).json["judged"] == 0
    run_job(parts, HANDLERS, calls.ask(second), worker="test")
    assert (calls.topics_of(second), editor.read(topic_id).json["judged"]) == (["vozvrat"], 1)


def test_examples_are_judged_with_the_topics_that_the_rule_asks_about(editor: Editor) -> None:
    editor.in_force()
    examples = {
        "should_match": ["client: это жалоба верните деньги"],
        "should_not_match": ["client: это жалоба", RIGHT],
    }
    editor.in_force("Жалоба", ASKS, **examples)


def test_two_activations_at_once_leave_one_version_in_force(
    parts: Parts, account: NewAccount, editor: Editor
) -> None:
    topic_id = editor.in_force()
    editor.draft(topic_id, {"said": {"phrases": ["возврат"]}})
    others = [editor.create(f"Другая {n}", key=f"other-{n}").json["id"] for n in range(4)]
    wanted = [topic_id, topic_id, *others]
    headers = [{"If-Match": editor.read(one).headers["ETag"]} for one in wanted]
    clients = [editor.api.client.application.test_client() for _ in wanted]
    together = Barrier(len(wanted))

    def activate(n: int) -> Any:
        together.wait()
        return clients[n].post(
            f"{API}/topics/{wanted[n]}/activate", headers=editor.api.headers | headers[n]
        )

    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(activate, range(len(wanted))))
    found = [answer.status_code for answer in answers]
    assert sorted(found[:2]) in ([200, 409], [200, 412]), [one.text for one in answers]
    assert found[2:] == [200] * 4
    assert states(parts.database, topic_id) == [(1, "retired"), (2, "active")]
    account_revision, own = revisions(parts.database, account.account_id)
    assert account_revision == 6
    assert sorted(own.values()) == [2, 3, 4, 5, 6]
