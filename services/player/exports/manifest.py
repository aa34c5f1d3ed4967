"""The manifest of an archive: a CSV file that tells what is in it, and what is not and why; pure.

Made for the Excel of a Russian Windows, which takes UTF-8 only with a byte order mark and parts
columns at semicolons; every other program can be told so.
"""

from collections.abc import Sequence

from services.player.exports.contents import Item, Lack
from shared.http.csv_lines import BOM, csv_lines

FILE_NAME = "manifest.csv"

HEADINGS = (
    "Файл",
    "Чего нет",
    "Код",
    "Что это",
    "Обращение",
    "Код обращения",
    "Источник",
    "Начало",
    "Часовой пояс",
    "Направление",
    "Номер клиента",
    "Запись",
    "Код записи",
    "Длительность, мс",
    "Размер, байт",
    "SHA-256",
)

_LACKS = {
    Lack.NO_RECORDING: "записи нет или ещё нет",
    Lack.DESTROYED: "запись уничтожена",
    Lack.LISTENING_NOT_ALLOWED: "слушать звонки этой группы нельзя",
    Lack.NO_PLAYBACK: "звук для прослушивания ещё не сделан",
    Lack.NOT_DENOISED: "шумоподавление не сделано",
    Lack.NO_TRANSCRIPT: "расшифровки нет",
    Lack.NOT_STORED: "файла нет в хранилище",
    Lack.DAMAGED: "файл повреждён: он не тот, что был сохранён",
}
_DIRECTIONS = {"inbound": "входящий", "outbound": "исходящий", "internal": "внутренний"}


def heading() -> bytes:
    """The first line, behind the byte order mark."""
    return BOM.encode() + _line(HEADINGS)


def line(item: Item, *, lack: Lack | None, size_bytes: int | None, sha256: str) -> bytes:
    """The line of a file; one that is not in the archive has no size and no digest."""
    contact, recording = item.contact, item.recording
    return _line(
        (
            item.path if size_bytes is not None else "",
            _LACKS[lack] if lack else "",
            lack or "",
            item.kind or (f"transcript-{item.form}" if item.form else ""),
            str(contact.id),
            contact.external_id,
            contact.source,
            f"{contact.started_at:%Y-%m-%d %H:%M:%S}",
            f"UTC{contact.started_at:%z}",
            _DIRECTIONS.get(contact.direction, ""),
            contact.client_number,
            str(recording.id) if recording else "",
            recording.external_id if recording else "",
            "" if recording is None else _text(recording.duration_ms),
            _text(size_bytes),
            sha256,
        )
    )


def _line(cells: Sequence[str]) -> bytes:
    return csv_lines([cells], delimiter=";").encode()


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
