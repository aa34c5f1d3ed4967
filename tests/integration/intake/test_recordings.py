"""Handing in recordings."""

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.transcribe.merge import build_transcript
from services.transcribe.store import store_transcript
from services.transcribe.tracks import Track
from shared.db.tables import contacts, jobs, recordings, transcripts
from shared.domain.pipeline import ON_ARRIVAL
from shared.domain.recording import Speaker
from shared.domain.transcript import SpeechRegion, Word
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage import ObjectStore
from shared.text.lexicon import pack_utterances
from tests.gateway_client import Api
from tests.integration.intake.state import stored_state

PATH = "/api/v1/sources/pbx/recordings/rec-1"
CALL_PATH = "/api/v1/sources/pbx/contacts/call-1"
SOUND = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256)) * 40

CALL: dict[str, Any] = {
    "direction": "inbound",
    "started_at": "2026-03-01T10:00:00",
    "legs": [
        {
            "external_id": "a",
            "started_at": "2026-03-01T10:00:00",
            "ended_at": "2026-03-01T10:01:00",
        },
        {
            "external_id": "b",
            "started_at": "2026-03-01T10:01:00",
            "ended_at": "2026-03-01T10:02:00",
        },
    ],
}


def objects(store: ObjectStore) -> list[str]:
    """Every object of the store."""
    return sorted(name for name, _ in store.names(""))


def test_a_recording_of_a_known_call(intake: Api, parts: Parts, account: NewAccount) -> None:
    intake.put(CALL_PATH, json=CALL)
    answer = intake.put(f"{PATH}?contact=call-1", data=SOUND, content_type="audio/x-wav; a=b")
    assert answer.status_code == 201
    assert answer.json["state"] == "linked"
    assert answer.json["sha256"] == hashlib.sha256(SOUND).hexdigest()
    with parts.database.read() as connection:
        row = connection.execute(select(recordings)).one()
    assert (row.size_bytes, row.content_type, row.object_owned) == (len(SOUND), "audio/x-wav", True)
    with parts.store.open(row.object_name) as pieces:
        assert b"".join(pieces) == SOUND
    assert row.object_name.startswith(f"originals/{account.account_id}/")
    state = stored_state(parts.database, account.account_id)
    assert state["recording_legs"] == {("rec-1", ("call-1", "a")), ("rec-1", ("call-1", "b"))}
    assert state["jobs"] == {("tag", "call-1"), *((kind, "rec-1") for kind in ON_ARRIVAL)}


def test_the_same_bytes_again_are_the_same_recording(intake: Api, parts: Parts) -> None:
    intake.put(CALL_PATH, json=CALL)
    first = intake.put(f"{PATH}?contact=call-1", data=SOUND)
    before = objects(parts.store)
    again = intake.put(f"{PATH}?contact=call-1", data=SOUND)
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])
    assert again.json["outcome"] == "unchanged"
    assert objects(parts.store) == before


def test_other_bytes_are_a_conflict(intake: Api, parts: Parts) -> None:
    intake.put(PATH, data=SOUND)
    before = objects(parts.store)
    answer = intake.put(PATH, data=SOUND + b"\0")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert objects(parts.store) == before


def test_a_recording_waits_for_its_call(intake: Api, parts: Parts, account: NewAccount) -> None:
    answer = intake.put(f"{PATH}?contact=call-1&legs=b", data=SOUND)
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    state = stored_state(parts.database, account.account_id)
    assert state["jobs"] == {(kind, "rec-1") for kind in ON_ARRIVAL}
    intake.put(CALL_PATH, json=CALL)
    state = stored_state(parts.database, account.account_id)
    assert state["recordings"]["rec-1"]["contact_id"] == "call-1"
    assert state["recording_legs"] == {("rec-1", ("call-1", "b"))}
    assert ("tag", "call-1") in state["jobs"]


def test_recordings_that_wait_are_listed_until_their_call_comes(
    intake: Api, owner: Api, stranger: Api
) -> None:
    for number in range(3):
        path = f"/api/v1/sources/pbx/recordings/rec-{number}?contact=call-{number // 2}"
        intake.put(path, data=SOUND)
    listed = "/api/v1/recordings?state=waiting&limit=2"
    first = owner.get(listed).json
    rest = owner.get(f"{listed}&cursor={first['next_cursor']}").json
    found = [item["external_id"] for page in (first, rest) for item in page["items"]]
    assert found == ["rec-2", "rec-1", "rec-0"]
    assert rest["next_cursor"] is None
    assert first["items"][0]["contact_external_id"] == "call-1"
    intake.put("/api/v1/sources/pbx/contacts/call-0", json=CALL)
    assert [item["external_id"] for item in owner.get(listed).json["items"]] == ["rec-2"]
    assert stranger.get(listed).json["items"] == []
    assert intake.get(listed).status_code == 403
    assert owner.get("/api/v1/recordings").status_code == 422


def test_a_repeat_may_say_later_whose_recording_it_is(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    intake.put(CALL_PATH, json=CALL)
    assert intake.put(PATH, data=SOUND).status_code == 202
    answer = intake.put(f"{PATH}?contact=call-1&offset_ms=60000&speaker=client", data=SOUND)
    assert (answer.status_code, answer.json["outcome"]) == (200, "changed")
    state = stored_state(parts.database, account.account_id)
    recording = state["recordings"]["rec-1"]
    assert (recording["contact_id"], recording["one_sided"]) == ("call-1", "client")
    assert state["recording_legs"] == {("rec-1", ("call-1", "b"))}


def test_a_recording_may_move_to_another_call(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    intake.put(CALL_PATH, json=CALL)
    intake.put("/api/v1/sources/pbx/contacts/call-2", json=CALL)
    intake.put(f"{PATH}?contact=call-1", data=SOUND)
    _end_jobs(parts)
    intake.put(f"{PATH}?contact=call-2", data=SOUND)
    state = stored_state(parts.database, account.account_id)
    assert {leg[0] for _, leg in state["recording_legs"]} == {"call-2"}
    with parts.database.read() as connection:
        rows = connection.execute(select(jobs.c.kind, jobs.c.state)).all()
    assert [row.state for row in rows if row.kind == "tag"] == ["pending", "pending"]


@pytest.mark.parametrize(
    ("before", "after", "speakers"),
    [
        pytest.param("inbound", "internal", ["operator", "operator"], id="becomes-internal"),
        pytest.param("internal", "outbound", ["operator", "client"], id="was-internal"),
        pytest.param("inbound", "outbound", ["operator", "client"], id="never-internal"),
        pytest.param(None, "internal", ["operator", "operator"], id="internal-call-comes-later"),
        pytest.param(None, "inbound", ["operator", "client"], id="call-comes-later"),
    ],
)
def test_a_transcript_has_the_speakers_that_the_direction_means(
    intake: Api, parts: Parts, before: str | None, after: str, speakers: list[str]
) -> None:
    if before:
        intake.put(CALL_PATH, json=CALL | {"direction": before})
    recording = intake.put(f"{PATH}?contact=call-1", data=SOUND).json
    _transcribe(parts, recording["id"], internal=before == "internal")
    _end_jobs(parts)
    intake.put(CALL_PATH, json=CALL | {"direction": after})
    with parts.database.read() as connection:
        found = connection.execute(select(transcripts.c.channel_speakers)).scalar_one()
        tag = connection.execute(select(jobs.c.state).where(jobs.c.kind == "tag")).scalar_one()
    assert found == speakers
    assert tag == "pending"


def test_a_call_that_comes_later_knows_what_can_be_heard_of_it(intake: Api, parts: Parts) -> None:
    recording = intake.put(f"{PATH}?contact=call-1&legs=a", data=SOUND).json
    _transcribe(parts, recording["id"], internal=False)
    intake.put(CALL_PATH, json=CALL)
    with parts.database.read() as connection:
        row = connection.execute(select(contacts.c.audible, contacts.c.legs_unheard)).one()
    assert row == (1 | 2, 1)


def _transcribe(parts: Parts, recording_id: int, *, internal: bool) -> None:
    """What recognition leaves of two channels, one word on each."""
    speakers = (Speaker.OPERATOR, Speaker.OPERATOR if internal else Speaker.CLIENT)
    tracks = [
        Track(speaker, channel, (Word("да", 500 * channel, 500 * channel + 300, 0.9),))
        for channel, speaker in enumerate(speakers)
    ]
    transcript = build_transcript(
        tracks,
        [(SpeechRegion(0, 1000),) for _ in tracks],
        [],
        duration_ms=1000,
        language="ru",
        model="tematika-demo",
        model_version="1",
        demo=True,
    )
    with parts.database.read() as connection:
        account_id = connection.execute(select(recordings.c.account_id)).scalar_one()
    packed = pack_utterances(parts.database, account_id, transcript.utterances)
    with parts.database.write() as connection:
        store_transcript(
            connection,
            account_id=account_id,
            recording_id=recording_id,
            transcript=transcript,
            packed=packed,
        )


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        pytest.param(b"", 422, "invalid-input", id="zero-bytes"),
        pytest.param(b"<!DOCTYPE html><title>404</title>", 415, "unsupported-sound", id="html"),
        pytest.param(b'{"error": "no such recording"}', 415, "unsupported-sound", id="json"),
        pytest.param(b"%PDF-1.4\n%\xe2\xe3\xcf", 415, "unsupported-sound", id="pdf"),
        pytest.param(b"MZ\x90\x00" + bytes(100), 415, "unsupported-sound", id="exe"),
    ],
)
@pytest.mark.parametrize("content_type", ["audio/wav", "application/json", ""])
def test_what_is_plainly_no_sound_is_refused_whatever_its_type_says(
    intake: Api, parts: Parts, data: bytes, status: int, code: str, content_type: str
) -> None:
    answer = intake.put(PATH, data=data, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert _nothing(parts)


def test_a_declared_length_over_the_limit_is_refused_unread(intake: Api, parts: Parts) -> None:
    length = str(parts.settings.max_upload_bytes + 1)
    answer = intake.put(PATH, data=SOUND, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code == 413
    assert _nothing(parts)


class Chunked(io.RawIOBase):
    """A body without a Content-Length; `breaks` ends it as a lost connection does."""

    def __init__(self, pieces: Iterator[bytes], *, breaks: bool = False) -> None:
        self._pieces, self._breaks, self._rest = pieces, breaks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
            if not self._rest and self._breaks:
                raise ConnectionResetError("the sender is gone")
        size = len(self._rest) if size < 0 else size
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def readinto(self, buffer: Any) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _send_chunked(api: Api, body: Chunked) -> Any:
    return api.put(
        PATH,
        environ_overrides={
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )


def test_a_chunked_body_is_taken(intake: Api, parts: Parts) -> None:
    pieces = (SOUND[start : start + 100] for start in range(0, len(SOUND), 100))
    answer = _send_chunked(intake, Chunked(pieces))
    assert answer.status_code == 202
    assert answer.json["sha256"] == hashlib.sha256(SOUND).hexdigest()


@pytest.mark.parametrize("known", ["new", "known"])
def test_a_chunked_body_over_the_limit_is_stopped(intake: Api, parts: Parts, known: str) -> None:
    if known == "known":
        intake.put(PATH, data=SOUND)
    before = objects(parts.store)
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1 << 20
            yield SOUND[:64].ljust(1 << 20, b"\0")

    answer = _send_chunked(intake, Chunked(endless()))
    assert answer.status_code == 413
    assert read < parts.settings.max_upload_bytes + (2 << 20)
    assert objects(parts.store) == before


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A limit that tests can pass."""
    return settings.model_copy(update={"max_upload_bytes": 8 << 20})


def test_a_sender_that_goes_away_leaves_nothing(intake: Api, parts: Parts) -> None:
    answer = _send_chunked(intake, Chunked(iter([SOUND, SOUND]), breaks=True))
    assert (answer.status_code, answer.json["code"]) == (422, "incomplete-body")
    assert _nothing(parts)


def test_fewer_bytes_than_declared_leave_nothing(intake: Api, parts: Parts) -> None:
    length = str(len(SOUND) + 10)
    answer = intake.put(PATH, data=SOUND, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.json["code"] == "incomplete-body"
    assert _nothing(parts)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        pytest.param("offset_ms=-1", "query.offset_ms", id="negative-offset"),
        pytest.param("offset_ms=3000000000", "query.offset_ms", id="offset-beyond-the-column"),
        pytest.param("speaker=both", "query.speaker", id="speaker"),
        pytest.param("leg=a", "query.leg", id="unknown-parameter"),
        pytest.param("contact=", "query.contact", id="empty-contact"),
        pytest.param("contact=a&contact=b", "query.contact", id="two-contacts"),
        pytest.param("contact=%00", "query.contact", id="nul"),
    ],
)
def test_wrong_parameters_are_named(intake: Api, parts: Parts, query: str, path: str) -> None:
    answer = intake.put(f"{PATH}?{query}", data=SOUND)
    assert (answer.status_code, answer.json["errors"][0]["path"]) == (422, path)
    assert _nothing(parts)


def test_a_store_that_is_gone_is_503_and_leaves_nothing(intake: Api, parts: Parts) -> None:
    parts.settings.objects_path.rename(parts.settings.objects_path.with_name("unmounted"))
    answer = intake.put(PATH, data=SOUND)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    with parts.database.read() as connection:
        assert connection.execute(select(recordings.c.id)).first() is None


def test_the_same_from_eight_at_once_is_one_recording_and_one_object(
    app: Flask, intake: Api, parts: Parts
) -> None:
    def put(_: int) -> int:
        return int(Api(app.test_client(), intake.headers).put(PATH, data=SOUND).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(put, range(8)))
    assert statuses == [200] * 7 + [202]
    assert len(objects(parts.store)) == 1


def test_a_call_and_its_recording_at_the_same_moment_find_each_other(
    app: Flask, intake: Api, parts: Parts
) -> None:
    def put(number: int) -> None:
        api = Api(app.test_client(), intake.headers)
        if number % 2:
            api.put(f"/api/v1/sources/pbx/contacts/call-{number // 2}", json=CALL)
        else:
            path = f"/api/v1/sources/pbx/recordings/rec-{number}?contact=call-{number // 2}"
            api.put(path, data=SOUND)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(40)))
    with parts.database.read() as connection:
        waiting = select(recordings.c.id).where(recordings.c.contact_id.is_(None))
        assert connection.execute(waiting).all() == []


def _nothing(parts: Parts) -> bool:
    with parts.database.read() as connection:
        rows = connection.execute(select(recordings.c.id)).all()
    temporary = list((parts.settings.objects_path / ".tmp").iterdir())
    return rows == [] and objects(parts.store) == [] and temporary == []


def _end_jobs(parts: Parts) -> None:
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(state="done"))
