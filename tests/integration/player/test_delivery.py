"""Sound over HTTP: ranges, conditions, names, rights, and the audit log before the first byte."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, select, update

from services.gateway.accounts import NewAccount
from shared.db.tables import (
    audit_log,
)
from shared.domain.pipeline import JobState
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.audit_window import await_room_in_window
from tests.gateway_client import Api, MakeApi
from tests.integration.decode.sounds import by_soundfile, tones
from tests.integration.player.conftest import Record
from tests.integration.player.recorded import Recorded, decoded, rendition_bytes

Work = Callable[[Recorded, str], JobState]
STEREO = by_soundfile(tones(2, seconds=3), 8000, "PCM_16")


def listened(parts: Parts) -> list[Row[Any]]:
    with parts.database.read() as connection:
        return list(connection.execute(select(audit_log).order_by(audit_log.c.id)))


def sound_path(recorded: Recorded) -> str:
    return f"/api/v1/recordings/{recorded.recording_id}/sound"


def waveform_path(recorded: Recorded, level: str = "coarse") -> str:
    return f"/api/v1/recordings/{recorded.recording_id}/waveform?level={level}"


@pytest.fixture
def recorded(record: Record, work: Work) -> Recorded:
    made = record(STEREO)
    work(made, "playback")
    return made


def test_the_playback_rendition_is_the_default(
    parts: Parts, owner: Api, recorded: Recorded
) -> None:
    answer = owner.get(sound_path(recorded))
    assert answer.status_code == 200
    assert answer.data == rendition_bytes(parts, recorded, "playback")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["X-Sound-Variant"] == "playback"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert decoded(answer.data)[0].shape[0] == 2


def test_the_original_comes_back_to_the_byte(owner: Api, recorded: Recorded) -> None:
    answer = owner.get(f"{sound_path(recorded)}?variant=original")
    assert answer.data == STEREO
    assert answer.headers["Content-Type"] == "audio/wav"


def test_an_original_is_never_called_what_its_sender_called_it(owner: Api, record: Record) -> None:
    waiting = record(STEREO)
    answer = owner.get(f"{sound_path(waiting)}?variant=original")
    assert answer.data == STEREO
    # What the sender called it (text/html) never reaches a browser.
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("level", ["coarse", "fine"])
def test_peaks(owner: Api, recorded: Recorded, level: str) -> None:
    answer = owner.get(waveform_path(recorded, level))
    assert answer.status_code == 200
    assert answer.json["version"] == 2
    assert answer.json["channels"] == 2
    assert len(answer.json["data"]) == 4 * answer.json["length"]


def test_peaks_are_missing_until_made(owner: Api, record: Record) -> None:
    answer = owner.get(waveform_path(record(STEREO)))
    assert (answer.status_code, answer.json["code"]) == (404, "rendition-missing")


@pytest.mark.parametrize(
    ("asked", "status", "first", "end"),
    [
        ("bytes=0-4", 206, 0, 5),
        ("bytes=-5", 206, len(STEREO) - 5, len(STEREO)),
        ("bytes=1000-", 206, 1000, len(STEREO)),
        ("bytes=0-1,5-6", 200, 0, len(STEREO)),
        ("items=0-1", 200, 0, len(STEREO)),
        ("bytes=9-3", 200, 0, len(STEREO)),
    ],
)
def test_ranges(
    owner: Api, recorded: Recorded, asked: str, status: int, first: int, end: int
) -> None:
    answer = owner.get(f"{sound_path(recorded)}?variant=original", headers={"Range": asked})
    assert answer.status_code == status
    assert answer.data == STEREO[first:end]
    assert answer.headers["Content-Length"] == str(end - first)
    if status == 206:
        assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(STEREO)}"


def test_a_range_beyond_the_end(parts: Parts, owner: Api, recorded: Recorded) -> None:
    answer = owner.get(
        f"{sound_path(recorded)}?variant=original", headers={"Range": f"bytes={len(STEREO)}-"}
    )
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(STEREO)}"
    assert answer.json["code"] == "range-not-satisfiable"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert listened(parts) == []


def test_head_tells_everything_and_is_no_listening(
    parts: Parts, owner: Api, recorded: Recorded
) -> None:
    answer = owner.head(f"{sound_path(recorded)}?variant=original", headers={"Range": "bytes=0-4"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(STEREO))
    assert "ETag" in answer.headers
    assert listened(parts) == []


def test_conditions(owner: Api, recorded: Recorded) -> None:
    path = f"{sound_path(recorded)}?variant=original"
    first = owner.get(path)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert not tag.startswith("W/")
    for header, value, status in [
        ("If-None-Match", tag, 304),
        ("If-Modified-Since", date, 304),
        ("If-Match", '"other"', 412),
        ("If-Match", tag, 200),
    ]:
        answer = owner.get(path, headers={header: value})
        assert answer.status_code == status, header
        assert (answer.data == b"") == (status == 304), header
    part = owner.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (part.status_code, part.data) == (206, STEREO[:10])
    part = owner.get(path, headers={"Range": "bytes=0-9", "If-Range": date})
    assert (part.status_code, part.data) == (206, STEREO[:10])
    other = owner.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (other.status_code, other.data) == (200, STEREO)


def test_each_variant_has_its_own_tag(owner: Api, recorded: Recorded) -> None:
    tags = {
        owner.head(f"{sound_path(recorded)}?variant={variant}").headers["ETag"]
        for variant in ("original", "playback")
    }
    assert len(tags) == 2


def test_any_pieces_make_the_whole(owner: Api, recorded: Recorded) -> None:
    path = f"{sound_path(recorded)}?variant=original"

    def piece(first: int, end: int) -> bytes:
        return bytes(owner.get(path, headers={"Range": f"bytes={first}-{end - 1}"}).data)

    @settings(max_examples=15, deadline=None)
    @given(cuts=st.lists(st.integers(1, len(STEREO) - 1), max_size=5, unique=True))
    def check(cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), len(STEREO)]
        assert b"".join(piece(first, end) for first, end in pairwise(edges)) == STEREO

    check()


def test_the_file_is_named_for_people(owner: Api, recorded: Recorded) -> None:
    answer = owner.get(f"{sound_path(recorded)}?variant=original&download=true")
    kind, plain, encoded = answer.headers["Content-Disposition"].split("; ")
    assert kind == "attachment"
    assert plain == f'filename="recording-{recorded.recording_id}-original.wav"'
    assert unquote(encoded.removeprefix("filename*=UTF-8''")) == (
        "Входящий звонок 2026-09-21 17-13-20 +79990001122 (оригинал).wav"
    )
    assert owner.get(sound_path(recorded)).headers["Content-Disposition"].startswith("inline;")


def test_one_audit_row_per_person_recording_variant_and_window(
    parts: Parts, account: NewAccount, owner: Api, make_api: MakeApi, recorded: Recorded
) -> None:
    path = sound_path(recorded)
    await_room_in_window(parts.database)
    for _ in range(3):
        owner.get(path, headers={"Range": "bytes=0-99"})
    owner.get(path)
    assert [(row.action, row.variant) for row in listened(parts)] == [("listen", "playback")]
    owner.get(f"{path}?variant=original")
    owner.get(f"{path}?variant=original&download=true")
    make_api(account.account_id, Permission.SOUND).get(path)
    rows = listened(parts)
    assert [(row.action, row.variant) for row in rows] == [
        ("listen", "playback"),
        ("listen", "original"),
        ("download", "original"),
        ("listen", "playback"),
    ]
    assert len({row.actor for row in rows}) == 2
    assert {(row.account_id, row.recording_id, row.contact_id) for row in rows} == {
        (recorded.account_id, recorded.recording_id, recorded.contact_id)
    }
    with parts.database.write() as connection:
        connection.execute(
            update(audit_log).values(window_start_ms=audit_log.c.window_start_ms - 600_000)
        )
    owner.get(path)
    assert len(listened(parts)) == 5


def test_the_audit_row_is_committed_before_the_first_byte(
    parts: Parts, owner: Api, recorded: Recorded
) -> None:
    answer = owner.get(sound_path(recorded), buffered=False)
    try:
        assert len(listened(parts)) == 1
        assert next(iter(answer.response))
    finally:
        answer.close()


def test_a_lost_object_is_503_and_no_listening(
    parts: Parts, owner: Api, recorded: Recorded
) -> None:
    for name, _ in list(parts.store.names("")):
        parts.store.delete(name)
    answer = owner.get(sound_path(recorded))
    assert answer.status_code == 503
    assert answer.json["code"] == "storage-unavailable"
    assert "Retry-After" in answer.headers
    assert listened(parts) == []


def test_another_account_hears_nothing(parts: Parts, stranger: Api, recorded: Recorded) -> None:
    for path in (sound_path(recorded), waveform_path(recorded)):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert listened(parts) == []


@pytest.mark.parametrize("scope", sorted(set(Permission) - {Permission.SOUND}))
def test_only_the_permission_sound_hears(
    make_api: MakeApi, account: NewAccount, recorded: Recorded, scope: Permission
) -> None:
    api = make_api(account.account_id, scope)
    for path in (sound_path(recorded), waveform_path(recorded)):
        assert api.get(path).status_code == 403


def test_a_recording_without_its_call_is_heard_by_who_sees_all(owner: Api, record: Record) -> None:
    orphan = record(STEREO, of_call=False)
    answer = owner.get(sound_path(orphan))
    assert answer.status_code == 200
    assert "%D0%97%D0%B0%D0%BF%D0%B8%D1%81%D1%8C%20rec-1" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "query", ["variant=loud", "download=perhaps", "speed=2", "variant=original&variant=playback"]
)
def test_unknown_queries_are_refused(owner: Api, recorded: Recorded, query: str) -> None:
    assert owner.get(f"{sound_path(recorded)}?{query}").status_code == 422


@pytest.mark.parametrize("place", ["recordings/999999", "recordings/0", "legs/999999"])
def test_what_does_not_exist(owner: Api, recorded: Recorded, place: str) -> None:
    assert owner.get(f"/api/v1/{place}/sound").status_code == 404
