"""A small export leaves at once: whole, in Russian, and with a manifest of what is not in it."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from shared.db.session import now_ms
from shared.db.tables import contacts, renditions
from shared.errors import StorageUnavailable
from tests.gateway_client import Api
from tests.integration.player.exports.world import API, SINCE, World, opened, order

ALL = {"sound": ["playback", "original", "denoised"], "transcripts": ["txt", "json", "srt", "vtt"]}
THREE = ("original", "playback", "denoised-medium")


def test_every_file_that_was_asked_for_is_in_it(world: World, owner: Api) -> None:
    call = world.call("a", kinds=THREE)
    answer = order(owner, **ALL)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/zip"
    archive = opened(answer.data)
    sound = {
        call.member("Запись 1.mp3"): call.sounds["playback"],
        call.member("Запись 1 (оригинал).wav"): call.sounds["original"],
        call.member("Запись 1 (без шума).mp3"): call.sounds["denoised-medium"],
    }
    words = {
        call.member(f"Расшифровка 1.{form}"): owner.get(
            f"{API}/recordings/{call.recording_id}/transcript?format={form}"
        )
        for form in ("txt", "srt", "vtt", "json")
    }
    assert archive.members.keys() == sound.keys() | words.keys()
    assert {name: archive.members[name] for name in sound} == sound
    for name, said in words.items():
        if not name.endswith("json"):
            assert archive.members[name] == said.data
        else:
            assert owner.client.application.json.loads(archive.members[name]) == said.json
    assert archive.lacks == []


def test_programs_that_people_have_open_it(world: World, owner: Api, tmp_path: Path) -> None:
    for number in range(3):
        world.call(f"{number}", contact={"started_at_ms": 1_790_000_000_000 + number})
    path = tmp_path / "calls.zip"
    path.write_bytes(order(owner, transcripts=["txt"]).data)
    for command in ([sys.executable, "-m", "zipfile", "-t"], ["unzip", "-tq"]):
        try:
            done = subprocess.run([*command, path], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_named_in_russian(world: World, owner: Api) -> None:
    world.call("a")
    named = order(owner, name="Жалобы: май/июнь").headers["Content-Disposition"]
    assert named.startswith("attachment; filename=\"calls.zip\"; filename*=UTF-8''%D0%96")
    assert named.endswith("-%D0%B8%D1%8E%D0%BD%D1%8C.zip")
    assert "%D0%97%D0%B2%D0%BE%D0%BD%D0%BA%D0%B8%202" in order(owner).headers["Content-Disposition"]


def test_calls_come_in_order_of_time_with_their_recordings_in_order_of_start(
    world: World, owner: Api
) -> None:
    later = world.call("later", contact={"started_at_ms": 1_790_000_900_000})
    first = world.call("first")
    world.change(later, contact_id=first.contact_id, offset_ms=500)
    archive = opened(order(owner).data)
    assert [line["Код записи"] for line in archive.manifest] == ["rec-first", "rec-later", ""]
    assert archive.members[first.member("Запись 2.mp3")] == later.sounds["playback"]
    assert archive.lacks == [("", "no-recording")]


def test_what_is_missing_is_told_and_breaks_nothing(world: World, owner: Api) -> None:
    def call(name: str, number: int, **options: Any) -> Any:
        at = {"started_at_ms": 1_790_000_000_000 + number * 1000}
        return world.call(name, contact=at, **options)

    whole = call("whole", 0, kinds=THREE)
    call("fresh", 1, kinds=("original",), said=None)
    world.change(call("destroyed", 2, kinds=THREE), destroyed_at_ms=now_ms(), object_name="")
    lost = call("lost", 3, kinds=THREE)
    for kind in THREE[:2]:
        world.parts.store.delete(world.object_name(lost, kind))
    damaged = call("damaged", 4, kinds=THREE)
    world.change(damaged, sha256="0" * 64)
    shorter = call("shorter", 5, kinds=THREE)
    world.change(shorter, size_bytes=4000)
    archive = opened(order(owner, **ALL | {"transcripts": ["txt"]}).data)
    assert archive.lacks == [
        ("rec-fresh", "playback-not-made"),
        ("rec-fresh", "not-denoised"),
        ("rec-fresh", "no-transcript"),
        *[("rec-destroyed", "recording-destroyed")] * 4,
        ("rec-lost", "not-in-store"),
        ("rec-lost", "not-in-store"),
        ("rec-damaged", "damaged"),
    ]
    assert whole.sounds["playback"] in archive.members.values()
    assert damaged.sounds["original"] in archive.members.values()


def test_a_call_on_which_nobody_talked_lacks_nothing(world: World, owner: Api) -> None:
    world.call("a")
    for name, values in (
        ("missed", {"result": "missed"}),
        ("silent", {"talk_ms": 0}),
        ("written", {"kind": "chat"}),
        ("awaited", {"talk_ms": None}),
    ):
        gone = world.call(name, contact=values)
        world.change(gone, contact_id=None)
    archive = opened(order(owner).data)
    assert [line["Код обращения"] for line in archive.manifest if line["Код"]] == ["call-awaited"]


def test_the_filter_is_that_of_lists(world: World, owner: Api) -> None:
    world.call("in")
    world.call("out", contact={"direction": "outbound"})
    found = opened(order(owner, filter={**SINCE, "direction": ["outbound"]}).data)
    assert [line["Код записи"] for line in found.manifest] == ["rec-out"]
    # Without a beginning: the last days of the account's calendar.
    nothing = order(owner, filter={})
    assert (nothing.status_code, nothing.json["code"]) == (422, "nothing-to-export")
    with world.parts.database.write() as connection:
        connection.execute(
            update(contacts)
            .where(contacts.c.external_id == "call-in")
            .values(started_at_ms=now_ms() - 1000)
        )
    found = opened(order(owner, filter={}).data)
    assert [line["Код записи"] for line in found.manifest] == ["rec-in"]
    wrong = order(owner, filter={"source": ["no-such"]})
    assert wrong.status_code == 422
    assert wrong.json["errors"][0]["path"] == "filter.source"


def test_another_strength_of_noise_suppression(world: World, owner: Api) -> None:
    call = world.call("a", kinds=("original", "denoised-light"))
    assert opened(order(owner, sound=["denoised"]).data).lacks == [("rec-a", "not-denoised")]
    archive = opened(order(owner, sound=["denoised"], strength="light").data)
    assert list(archive.members.values()) == [call.sounds["denoised-light"]]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"sound": []}, ""),
        ({"sound": ["louder"]}, "sound[0]"),
        ({"transcripts": ["pdf"]}, "transcripts[0]"),
        ({"filter": {"unknown": 1}}, "filter.unknown"),
        ({"name": " "}, "name"),
    ],
)
def test_what_cannot_be_meant_is_refused(owner: Api, asked: dict[str, Any], path: str) -> None:
    answer = order(owner, **asked)
    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["path"] == path


def test_a_store_that_is_down_is_told_before_anything_leaves(world: World, owner: Api) -> None:
    world.call("a")
    root = world.parts.settings.objects_path
    root.rename(root.with_name("unmounted"))
    answer = order(owner)
    assert (answer.status_code, answer.json["code"]) == (503, "storage-unavailable")


def test_a_store_that_goes_down_leaves_no_archive_that_looks_whole(
    world: World, owner: Api, tmp_path: Path
) -> None:
    for number in range(3):
        world.call(f"{number}", contact={"started_at_ms": 1_790_000_000_000 + number})
    answer = order(owner)
    pieces = answer.iter_encoded()
    body = next(pieces)
    root = world.parts.settings.objects_path
    root.rename(root.with_name("unmounted"))
    rest: list[bytes] = []
    with pytest.raises(StorageUnavailable):
        rest.extend(pieces)
    answer.close()
    path = tmp_path / "broken.zip"
    path.write_bytes(body + b"".join(rest))
    assert path.stat().st_size > 3000
    assert not zipfile.is_zipfile(path)


def test_a_reader_who_leaves_ends_the_stream(world: World, owner: Api) -> None:
    world.call("a", length=2_000_000)
    answer = order(owner)
    next(answer.iter_encoded())
    answer.close()
    assert order(owner).status_code == 200


def test_a_rendition_made_anew_meanwhile_is_told(world: World, owner: Api) -> None:
    calls = [world.call(f"{n}", contact={"started_at_ms": 1_790_000_000_000 + n}) for n in range(2)]
    answer = order(owner)
    pieces = answer.iter_encoded()
    body = next(pieces)
    world.parts.store.delete(world.object_name(calls[1], "playback"))
    with world.parts.database.write() as connection:
        connection.execute(
            update(renditions)
            .where(renditions.c.recording_id == calls[1].recording_id)
            .values(object_name="renditions/elsewhere")
        )
    body += b"".join(pieces)
    assert opened(body).lacks == [("rec-1", "not-in-store")]
