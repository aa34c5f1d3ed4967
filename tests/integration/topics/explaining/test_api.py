"""Explanations over HTTP: which version judged, what is told, to whom."""

from typing import Any

import pytest
from sqlalchemy import update

from services.topics.tasks import HANDLERS
from shared.db.tables import accounts, contacts, recordings
from shared.domain.recording import Speaker
from shared.permissions import Permission
from shared.queue.runner import Parts, run_job
from tests.gateway_client import Api, MakeApi
from tests.integration.topics.calls import Account
from tests.integration.topics.catalogue.editor import API, REFUND, Editor

OPENING = "operator: Здравствуйте, компания Вектор!"
ASKS = "client: Верните мне мои деньги!"
HELLO = {"said": {"phrases": ["добрый день"], "by": "operator", "window": {"first_s": 20}}}


def explain(api: Api, contact_id: int, topic_id: int, version: int | str | None = None) -> Any:
    query = "" if version is None else f"?version={version}"
    return api.get(f"{API}/contacts/{contact_id}/topics/{topic_id}/explanation{query}")


def ask(api: Api, contact_id: int, rule: Any, **more: Any) -> Any:
    return api.post(f"{API}/contacts/{contact_id}/explain", json={"rule": rule} | more)


def tag(parts: Parts, calls: Account, contact_id: int) -> None:
    assert run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")


def test_a_yes_shows_its_hits(calls: Account, editor: Editor, owner: Api) -> None:
    topic_id = editor.in_force()
    contact_id = calls.call(OPENING, ASKS)
    found = explain(owner, contact_id, topic_id).json
    assert (found["verdict"], found["version"], found["state"]) == ("yes", 1, "active")
    assert (found["contact_id"], found["topic_id"], found["scope"]) == (
        contact_id,
        topic_id,
        "contact",
    )
    said = found["units"][0]["condition"]["said"]
    assert (said["found"], said["at_least"], said["nearest"]) == (1, 1, None)
    hit = said["findings"][0]
    assert hit["text"] == "Верните мне мои деньги!"
    assert (hit["recording_id"], hit["speaker"]) == (calls.recording_of(contact_id), "client")
    assert (hit["start_ms"], hit["end_ms"], hit["contact_start_ms"]) == (1700, 3300, 1700)


def test_a_no_shows_what_was_searched_and_the_nearest_miss(
    parts: Parts, calls: Account, editor: Editor, owner: Api
) -> None:
    topic_id = editor.in_force("Приветствие", HELLO)
    contact_id = calls.call("client:" + " да" * 50, "operator: добрый день")
    recording_id = calls.recording_of(contact_id)
    with parts.database.write() as connection:
        connection.execute(
            update(recordings).where(recordings.c.id == recording_id).values(offset_ms=3000)
        )
    found = explain(owner, contact_id, topic_id).json
    assert found["verdict"] == "no"
    said = found["units"][0]["condition"]["said"]
    assert said["searched"] == {
        "speakers": ["operator"],
        "ranges": [{"start_ms": 0, "end_ms": 20_000}],
        "words": 0,
        "speech_ms": 0,
        "recordings": [],
        "legs": [],
    }
    miss = said["nearest"]
    assert (miss["text"], miss["reasons"]) == ("добрый день", ["outside-window"])
    assert miss["explanation"] == "it was said outside the window"
    assert (miss["recording_id"], miss["start_ms"]) == (recording_id, 20_500)
    assert miss["contact_start_ms"] == 23_500


def test_what_cannot_be_decided_says_why(calls: Account, editor: Editor, owner: Api) -> None:
    topic_id = editor.in_force()
    mono = calls.call("unknown: добрый день", transcribed=False)
    calls.transcribe(
        calls.recording_of(mono), "unknown: верните деньги", speakers=(Speaker.UNKNOWN,)
    )
    silent = calls.call(OPENING, transcribed=False)
    for contact_id, code in ((mono, "speaker-unknown"), (silent, "leg-without-transcript")):
        found = explain(owner, contact_id, topic_id).json
        assert found["verdict"] == "undecidable"
        doubts = found["units"][0]["condition"]["doubts"]
        assert [one["code"] for one in doubts] == [code]
        assert doubts[0]["leg_id"] is not None
    with calls.database.write() as connection:
        connection.execute(
            update(accounts).where(accounts.c.id == calls.id).values(unknown_speaker="anyone")
        )
    assert explain(owner, mono, topic_id).json["verdict"] == "yes"


def test_every_version_can_be_explained(calls: Account, editor: Editor, owner: Api) -> None:
    topic_id = editor.in_force()
    contact_id = calls.call(OPENING, ASKS)
    editor.draft(topic_id, {"not_said": REFUND["said"]})
    assert explain(owner, contact_id, topic_id).json["state"] == "active"
    draft = explain(owner, contact_id, topic_id, "draft").json
    assert (draft["state"], draft["version"], draft["verdict"]) == ("draft", 2, "no")
    condition = draft["units"][0]["condition"]
    assert (condition["kind"], condition["said"]["found"]) == ("not_said", 1)
    editor.activate(topic_id)
    retired = explain(owner, contact_id, topic_id, 1).json
    assert (retired["state"], retired["version"], retired["verdict"]) == ("retired", 1, "yes")
    assert explain(owner, contact_id, topic_id).json["verdict"] == "no"
    assert explain(owner, contact_id, topic_id, 7).status_code == 404
    assert explain(owner, contact_id, topic_id, "draft").status_code == 404
    assert explain(owner, contact_id, topic_id, "newest").status_code == 422


def test_a_topic_that_is_only_a_draft(calls: Account, editor: Editor, owner: Api) -> None:
    topic_id = editor.create().json["id"]
    found = explain(owner, calls.call(OPENING, ASKS), topic_id).json
    assert (found["state"], found["verdict"], found["stored"]) == ("draft", "yes", "not_judged")


def test_beside_it_stands_what_lists_say(
    parts: Parts, calls: Account, editor: Editor, owner: Api
) -> None:
    topic_id = editor.in_force()
    yes, no = calls.call(OPENING, ASKS), calls.call(OPENING, "client: спасибо")
    assert explain(owner, yes, topic_id).json["stored"] == "not_judged"
    for contact_id, verdict in ((yes, "yes"), (no, "no")):
        tag(parts, calls, contact_id)
        found = explain(owner, contact_id, topic_id).json
        assert (found["stored"], found["verdict"]) == (verdict, verdict)
    editor.draft(topic_id, {"said": {"phrases": ["спасибо"]}})
    editor.activate(topic_id)
    found = explain(owner, no, topic_id).json
    assert (found["stored"], found["verdict"]) == ("not_judged", "yes")
    owner.put(f"{API}/contacts/{no}/marks/{topic_id}", json={"verdict": False})
    found = explain(owner, no, topic_id).json
    assert (found["stored"], found["verdict"]) == ("no", "yes")


def test_a_rule_that_is_not_saved(parts: Parts, calls: Account, editor: Editor, owner: Api) -> None:
    editor.in_force(key="refund")
    contact_id = calls.call(OPENING, ASKS)
    with parts.database.write() as connection:
        connection.execute(
            update(contacts).where(contacts.c.id == contact_id).values(direction="outbound")
        )
    rule = {
        "all": [
            {"topic": "refund"},
            {"contact": {"direction": ["inbound"]}},
            {"measure": {"what": "duration_s", "at_least": 4}},
            {"not_said": {"phrases": ["до свидания"], "by": "operator"}},
        ]
    }
    found = ask(owner, contact_id, rule).json
    assert (found["state"], found["version"], found["stored"]) == ("unsaved", None, None)
    assert found["verdict"] == "no"
    asked, facts, measure, absent = found["units"][0]["condition"]["children"]
    assert asked["topic"]["name"] == "Возврат"
    assert (asked["verdict"], asked["topic"]["verdict"]) == ("yes", "yes")
    assert facts["facts"] == [
        {"name": "direction", "asked": ["inbound"], "told": ["outbound"], "holds": False}
    ]
    assert (measure["measure"]["value"], measure["verdict"]) == (4.3, "yes")
    assert (absent["verdict"], absent["said"]["found"]) == ("yes", 0)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        pytest.param({"said": {"phrases": ['"да']}}, "rule.said.phrases[0]", id="phrase"),
        pytest.param({"all": [{"topic": "gone"}]}, "rule.all[0].topic", id="topic"),
        pytest.param({}, "rule", id="empty"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(
    calls: Account, owner: Api, rule: Any, path: str
) -> None:
    refused = ask(owner, calls.call(OPENING, ASKS), rule)
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json["errors"]] == [path]


def test_a_circle_is_refused(calls: Account, editor: Editor, owner: Api) -> None:
    editor.in_force("Возврат", key="refund")
    editor.in_force("Второй", {"topic": "refund"}, key="second")
    contact_id = calls.call(OPENING, ASKS)
    assert ask(owner, contact_id, {"topic": "second"}).json["verdict"] == "yes"
    refused = ask(owner, contact_id, {"topic": "second"}, key="refund")
    assert refused.status_code == 422
    assert "circle" in refused.json["detail"]


def test_who_may_see_it(
    calls: Account, editor: Editor, make_api: MakeApi, stranger: Api, owner: Api
) -> None:
    topic_id = editor.in_force()
    contact_id = calls.call(OPENING, ASKS)
    assert explain(stranger, contact_id, topic_id).status_code == 404
    assert ask(stranger, contact_id, REFUND).status_code == 404
    assert explain(owner, contact_id + 1, topic_id).status_code == 404
    assert explain(owner, contact_id, topic_id + 1).status_code == 404
    both = make_api(calls.id, Permission.HITS, Permission.TRANSCRIPT)
    assert explain(both, contact_id, topic_id).status_code == 200
    for scopes in ((Permission.HITS,), (Permission.TRANSCRIPT,)):
        one = make_api(calls.id, *scopes)
        assert explain(one, contact_id, topic_id).status_code == 403
        assert ask(one, contact_id, REFUND).status_code == 403
