"""What a downloaded sound is called: in Russian for people, in ASCII for old programs; pure."""

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DIRECTIONS = {
    "inbound": "Входящий звонок",
    "outbound": "Исходящий звонок",
    "internal": "Внутренний звонок",
}
_VARIANTS = {"original": "оригинал", "denoised": "без шума"}
# Refused by Windows in a file name, besides control characters.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_MOST_CHARACTERS = 120
# RFC 8187 §3.2.1, attr-char.
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"


def sound_file_name(
    *,
    direction: str,
    started_at_ms: int | None,
    time_zone: str,
    client_number: str,
    external_id: str,
    variant: str,
    suffix: str,
) -> str:
    """Such as `Входящий звонок 2026-03-01 12-00-05 +79990001122 (без шума).mp3`.

    The time is the call's in `time_zone` (UTC if the zone is not known). A recording whose call has
    not come is named by its external id.
    """
    if started_at_ms is None:
        parts = ["Запись", external_id]
    else:
        parts = [
            _DIRECTIONS.get(direction, "Звонок"),
            f"{_local_time(started_at_ms, time_zone):%Y-%m-%d %H-%M-%S}",
            client_number,
        ]
    label = _VARIANTS.get(variant)
    name = _safe(" ".join(part for part in parts if part))
    return f"{name}{f' ({label})' if label else ''}.{suffix}"


def content_disposition(name: str, *, fallback: str, attachment: bool) -> str:
    """The header of RFC 6266 with both forms of the name; `fallback` is plain ASCII."""
    kind = "attachment" if attachment else "inline"
    encoded = quote(name, safe=_ATTRIBUTE_CHARACTERS)
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{encoded}"


def _safe(name: str) -> str:
    shown = "".join(" " if unicodedata.category(c).startswith("C") else c for c in name)
    words = _FORBIDDEN.sub("-", shown).split()
    return " ".join(words)[:_MOST_CHARACTERS].strip(" .") or "Запись"


def _local_time(started_at_ms: int, time_zone: str) -> datetime:
    moment = datetime.fromtimestamp(started_at_ms / 1000, UTC)
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment
