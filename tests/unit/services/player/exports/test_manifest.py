"""The manifest: readable by Excel, and harmless in it."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.exports import manifest
from services.player.exports.contents import (
    ExportContact,
    ExportRecording,
    Item,
    Lack,
    StoredSound,
)

RECORDING = ExportRecording(7, "rec-7", 61_000, False, {}, has_transcript=True)
CONTACT = ExportContact(
    id=5,
    external_id="call-5",
    source="АТС",
    direction="inbound",
    started_at=datetime(2026, 9, 21, 17, 13, 20, tzinfo=ZoneInfo("Europe/Moscow")),
    client_number="+79990001122",
    hearable=True,
    recordings=(RECORDING,),
)
ITEM = Item(
    CONTACT, RECORDING, "папка/Запись 1.mp3", "playback", sound=StoredSound("o", 9, "00", "mp3")
)


def read(*lines: bytes) -> list[dict[str, str]]:
    text = b"".join([manifest.heading(), *lines]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_a_line_tells_all_of_a_file() -> None:
    (line,) = read(manifest.line(ITEM, lack=None, size_bytes=9, sha256="ab"))
    assert line == {
        "Файл": "папка/Запись 1.mp3",
        "Чего нет": "",
        "Код": "",
        "Что это": "playback",
        "Обращение": "5",
        "Код обращения": "call-5",
        "Источник": "АТС",
        "Начало": "2026-09-21 17:13:20",
        "Часовой пояс": "UTC+0300",
        "Направление": "входящий",
        "Номер клиента": "'+79990001122",
        "Запись": "7",
        "Код записи": "rec-7",
        "Длительность, мс": "61000",
        "Размер, байт": "9",
        "SHA-256": "ab",
    }


def test_excel_is_told_the_encoding() -> None:
    assert manifest.heading().startswith(b"\xef\xbb\xbf")
    assert manifest.heading().endswith(b"\r\n")


@pytest.mark.parametrize("lack", Lack)
def test_what_is_not_there_says_why(lack: Lack) -> None:
    (line,) = read(manifest.line(ITEM, lack=lack, size_bytes=None, sha256=""))
    assert line["Файл"] == line["Размер, байт"] == line["SHA-256"] == ""
    assert line["Код"] == lack
    assert line["Чего нет"]


def test_a_contact_without_a_recording_has_a_line() -> None:
    item = Item(CONTACT, lack=Lack.NO_RECORDING)
    (line,) = read(manifest.line(item, lack=item.lack, size_bytes=None, sha256=""))
    assert (line["Запись"], line["Код обращения"]) == ("", "call-5")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20))
def test_no_cell_is_a_formula_and_no_text_is_lost(text: str) -> None:
    contact = replace(CONTACT, external_id=text, source=text, client_number=text)
    item = replace(ITEM, contact=contact, recording=replace(RECORDING, external_id=text))
    (line,) = read(manifest.line(item, lack=None, size_bytes=1, sha256=""))
    for column in ("Код обращения", "Источник", "Номер клиента", "Код записи"):
        assert line[column].removeprefix("'") == text.removeprefix("'")
        assert not line[column].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
