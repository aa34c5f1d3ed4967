"""Which files are asked for, under which names, and why some cannot be given."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.player.delivery.schemas import Variant
from services.player.exports.contents import (
    ExportContact,
    ExportRecording,
    Lack,
    StoredSound,
    items_of,
)
from services.player.exports.spec import Spec, read_spec
from services.player.rendering.strength import Strength
from shared.transcripts.formats import Format

SOUNDS = {
    "original": StoredSound("o", 1, "00", "wav"),
    "playback": StoredSound("p", 1, "00", "mp3"),
    "denoised-strong": StoredSound("d", 1, "00", "mp3"),
}
RECORDING = ExportRecording(7, "rec-7", 1000, False, SOUNDS, has_transcript=True)
CONTACT = ExportContact(
    id=5,
    external_id="call-5",
    source="АТС",
    direction="outbound",
    started_at=datetime(2026, 9, 21, 17, 13, 20, tzinfo=UTC),
    client_number="+79990001122",
    hearable=True,
    recordings=(RECORDING, replace(RECORDING, id=8)),
)
SPEC = Spec("Имя", tuple(Variant), (Format.TXT, Format.SRT), Strength.STRONG)
FOLDER = "Исходящий звонок 2026-09-21 17-13-20 +79990001122 №5"


def test_each_file_has_a_name_of_its_own_in_the_folder_of_its_call() -> None:
    paths = [item.path for item in items_of(CONTACT, SPEC)]
    assert paths == [
        f"{FOLDER}/{name}"
        for number in (1, 2)
        for name in (
            f"Запись {number} (оригинал).wav",
            f"Запись {number}.mp3",
            f"Запись {number} (без шума).mp3",
            f"Расшифровка {number}.txt",
            f"Расшифровка {number}.srt",
        )
    ]
    assert all(item.lack is None for item in items_of(CONTACT, SPEC))


def test_calls_of_one_second_and_number_have_two_folders() -> None:
    assert CONTACT.folder != replace(CONTACT, id=6).folder


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        pytest.param({"destroyed": True}, [Lack.DESTROYED] * 5, id="destroyed"),
        pytest.param(
            {"sounds": {"original": SOUNDS["original"]}},
            [None, Lack.NO_PLAYBACK, Lack.NOT_DENOISED, None, None],
            id="not made yet",
        ),
        pytest.param(
            {"sounds": SOUNDS | {"denoised-strong": None}, "has_transcript": False},
            [None, None, Lack.NOT_DENOISED, Lack.NO_TRANSCRIPT, Lack.NO_TRANSCRIPT],
            id="not denoised, not recognised",
        ),
    ],
)
def test_what_cannot_be_given_says_why(
    changes: dict[str, object], lacks: list[Lack | None]
) -> None:
    contact = replace(CONTACT, recordings=(replace(RECORDING, **changes),))  # type: ignore[arg-type]
    assert [item.lack for item in items_of(contact, SPEC)] == lacks


def test_who_may_not_listen_gets_the_words_only() -> None:
    items = list(items_of(replace(CONTACT, hearable=False, recordings=(RECORDING,)), SPEC))
    assert [item.lack for item in items] == [Lack.LISTENING_NOT_ALLOWED] * 3 + [None] * 2
    assert all(item.sound is None for item in items)


def test_a_call_without_a_recording_is_one_line() -> None:
    (item,) = items_of(replace(CONTACT, recordings=()), SPEC)
    assert (item.path, item.lack) == ("", Lack.NO_RECORDING)


def test_a_spec_comes_back_from_the_database() -> None:
    assert read_spec(SPEC.stored()) == SPEC
