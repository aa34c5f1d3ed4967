"""Transcripts over HTTP: forms, permissions, visibility, merging."""

from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.transcribe import store
from services.transcribe.merge import build_transcript
from services.transcribe.tracks import Track
from shared.db.tables import audit_log
from shared.domain.recording import Speaker
from shared.domain.transcript import SpeechRegion, Transcript, Word
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.text.lexicon import pack_utterances
from tests.audit_window import await_room_in_window
from tests.gateway_client import Api, MakeApi
from tests.rows import add_contact, add_recording, add_source

OPERATOR, CLIENT = Speaker.OPERATOR, Speaker.CLIENT


def spoken_by(*said: tuple[Speaker, int, str], demo: bool = True) -> Transcript:
    """One channel per (speaker, start_ms, text)."""
    tracks = [
        Track(
            speaker,
            channel,
            tuple(
                Word(part, start_ms + 500 * n, start_ms + 500 * n + 400, 0.9)
                for n, part in enumerate(text.split())
            ),
        )
        for channel, (speaker, start_ms, text) in enumerate(said)
    ]
    return build_transcript(
        tracks,
        [(SpeechRegion(0, 5000),) for _ in tracks],
        [],
        duration_ms=5000,
        language="ru",
        model="tematika-demo",
        model_version="1",
        demo=demo,
    )


class Call:
    """One call of the account whose recordings get made-up transcripts."""

    def __init__(self, parts: Parts, account_id: int) -> None:
        self.parts, self.account_id = parts, account_id
        with parts.database.write() as connection:
            self.source_id = add_source(connection, account_id, "second-pbx")
            self.contact_id = add_contact(connection, account_id, self.source_id)

    def add(self, name: str, transcript: Transcript | None, **values: Any) -> int:
        values = {"contact_id": self.contact_id} | values
        with self.parts.database.write() as connection:
            recording_id = add_recording(
                connection, self.account_id, self.source_id, external_id=name, **values
            )
        if transcript is not None:
            packed = pack_utterances(self.parts.database, self.account_id, transcript.utterances)
            with self.parts.database.write() as connection:
                store.store_transcript(
                    connection,
                    account_id=self.account_id,
                    recording_id=recording_id,
                    transcript=transcript,
                    packed=packed,
                )
        return recording_id


@pytest.fixture
def call(parts: Parts, account: NewAccount) -> Call:
    return Call(parts, account.account_id)


DIALOGUE = spoken_by((OPERATOR, 0, "добрый день"), (CLIENT, 1500, "верните деньги"))


def test_json_is_the_stored_document(call: Call, owner: Api) -> None:
    recording_id = call.add("rec", DIALOGUE)
    answer = owner.get(f"/api/v1/recordings/{recording_id}/transcript")
    assert answer.status_code == 200
    assert answer.json["model"] == {"name": "tematika-demo", "version": "1", "demo": True}
    assert [(item["speaker"], item["text"]) for item in answer.json["utterances"]] == [
        ("operator", "добрый день"),
        ("client", "верните деньги"),
    ]
    assert answer.json["utterances"][1]["words"][0] == {
        "text": "верните",
        "start_ms": 1500,
        "end_ms": 1900,
        "probability": 0.9,
    }
    assert answer.json["measures"]["speakers"]["client"]["words"] == 2


@pytest.mark.parametrize(
    ("query", "accept", "media_type", "beginning"),
    [
        pytest.param("?format=srt", None, "application/x-subrip", "1\n00:00:00,000", id="srt"),
        pytest.param("?format=vtt", None, "text/vtt", "WEBVTT\n\nNOTE Распознано", id="vtt"),
        pytest.param("?format=txt", None, "text/plain", "(Распознано", id="txt"),
        pytest.param("", "text/vtt", "text/vtt", "WEBVTT", id="accept"),
        pytest.param("", "text/plain;q=0.5, text/vtt", "text/vtt", "WEBVTT", id="accept-best"),
        pytest.param("?format=txt", "text/vtt", "text/plain", "(", id="query-wins"),
        pytest.param("", "image/png", "application/json", "{", id="accept-unknown"),
        pytest.param("", "*/*", "application/json", "{", id="accept-anything"),
    ],
)
def test_forms(call: Call, owner: Api, query, accept, media_type, beginning) -> None:
    recording_id = call.add("rec", DIALOGUE)
    headers = {"Accept": accept} if accept else {}
    answer = owner.get(f"/api/v1/recordings/{recording_id}/transcript{query}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.text.startswith(beginning)


def test_an_unknown_form_is_named(call: Call, owner: Api) -> None:
    recording_id = call.add("rec", DIALOGUE)
    answer = owner.get(f"/api/v1/recordings/{recording_id}/transcript?format=docx")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["path"] == "query.format"


def test_two_one_sided_files_read_as_one_dialogue(call: Call, owner: Api) -> None:
    operator = call.add("a", spoken_by((OPERATOR, 0, "добрый день")), one_sided="operator")
    client = call.add(
        "b", spoken_by((CLIENT, 500, "верните деньги")), one_sided="client", offset_ms=1500
    )
    call.add("c", None)
    answer = owner.get(f"/api/v1/contacts/{call.contact_id}/transcript")
    assert answer.status_code == 200
    assert (answer.json["recordings"], answer.json["missing"]) == ([operator, client], 1)
    assert [
        (item["recording_id"], item["speaker"], item["start_ms"], item["offset_ms"])
        for item in answer.json["utterances"]
    ] == [(operator, "operator", 0, 0), (client, "client", 2000, 1500)]
    text = owner.get(f"/api/v1/contacts/{call.contact_id}/transcript?format=txt").text
    assert text.splitlines()[1:] == [
        "[00:00:00] Сотрудник: добрый день",
        "[00:00:02] Клиент: верните деньги",
    ]


@pytest.mark.parametrize("what", ["recordings", "contacts"])
def test_what_has_no_transcript_yet_is_not_found(call: Call, owner: Api, what: str) -> None:
    recording_id = call.add("rec", None)
    subject_id = recording_id if what == "recordings" else call.contact_id
    answer = owner.get(f"/api/v1/{what}/{subject_id}/transcript")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert "no transcript yet" in answer.json["detail"]


def test_another_account_sees_no_word(call: Call, stranger: Api) -> None:
    recording_id = call.add("rec", DIALOGUE)
    orphan_id = call.add("orphan", DIALOGUE, contact_id=None)
    for path in (
        f"recordings/{recording_id}",
        f"recordings/{orphan_id}",
        f"contacts/{call.contact_id}",
    ):
        answer = stranger.get(f"/api/v1/{path}/transcript")
        assert answer.status_code == 404
        assert "transcript yet" not in answer.json["detail"]


def test_reading_needs_its_permission(call: Call, account: NewAccount, make_api: MakeApi) -> None:
    recording_id = call.add("rec", DIALOGUE)
    deaf = make_api(account.account_id, *(set(Permission) - {Permission.TRANSCRIPT}))
    answer = deaf.get(f"/api/v1/recordings/{recording_id}/transcript")
    assert answer.status_code == 403
    assert "transcript" in answer.json["detail"]


def test_a_recording_without_a_call_is_read_by_those_who_see_everything(
    call: Call, owner: Api
) -> None:
    orphan_id = call.add("orphan", DIALOGUE, contact_id=None)
    assert owner.get(f"/api/v1/recordings/{orphan_id}/transcript").status_code == 200


def noted(parts: Parts) -> list[tuple[str, str, int | None, int | None, str]]:
    with parts.database.read() as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.id))
        return [
            (row.actor, row.action, row.recording_id, row.contact_id, row.variant) for row in rows
        ]


def test_reading_is_in_the_audit_log_once_per_person_recording_and_window(
    call: Call, owner: Api, account: NewAccount, make_api: MakeApi, parts: Parts
) -> None:
    recording_id = call.add("rec", DIALOGUE)
    path = f"/api/v1/recordings/{recording_id}/transcript"
    other = make_api(account.account_id, Permission.TRANSCRIPT)
    await_room_in_window(parts.database)
    assert owner.head(path).status_code == 200
    assert noted(parts) == [], "no word left with HEAD"
    for api, query in ((owner, ""), (owner, "?format=srt"), (other, ""), (owner, "")):
        assert api.get(path + query).status_code == 200
    first, second = noted(parts)
    assert first[0] != second[0]
    expected = ("read-transcript", recording_id, call.contact_id, "")
    assert first[1:] == second[1:] == expected
    with parts.database.write() as connection:
        connection.execute(
            update(audit_log).values(window_start_ms=audit_log.c.window_start_ms - 600_000)
        )
    owner.get(path)
    assert [row[0] for row in noted(parts)] == [first[0], second[0], first[0]]


def test_reading_a_conversation_notes_each_recording_read(
    call: Call, owner: Api, stranger: Api, parts: Parts
) -> None:
    one, two = call.add("a", DIALOGUE), call.add("b", DIALOGUE, offset_ms=5000)
    call.add("c", None)
    path = f"/api/v1/contacts/{call.contact_id}/transcript"
    await_room_in_window(parts.database)
    assert stranger.get(path).status_code == 404
    assert owner.get(f"/api/v1/recordings/{two}/transcript").status_code == 200
    assert owner.get(path).status_code == 200
    assert [row[1:4] for row in noted(parts)] == [
        ("read-transcript", two, call.contact_id),
        ("read-transcript", one, call.contact_id),
    ]


def test_a_recording_without_a_call_is_noted_without_one(
    call: Call, owner: Api, parts: Parts
) -> None:
    orphan_id = call.add("orphan", DIALOGUE, contact_id=None)
    owner.get(f"/api/v1/recordings/{orphan_id}/transcript")
    assert [row[2:4] for row in noted(parts)] == [(orphan_id, None)]
