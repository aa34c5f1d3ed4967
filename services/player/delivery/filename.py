"""What a downloaded sound is called: in Russian for people, in ASCII for old programs; pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DIRECTIONS = {
    "inbound": "Входящий звонок",
    "outbound": "Исходящий звонок",
    "internal": "Внутренний звонок",
}
_VARIANTS = {"original": "оригинал", "denoised": "без шума"}
_CHANNELS = {"operator": "оператор", "client": "клиент"}
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
    labels: Sequence[str],
    suffix: str,
) -> str:
    """Such as `Входящий звонок 2026-03-01 12-00-05 +79990001122 (оператор, без шума).mp3`.

    The time is the call's in `time_zone` (UTC if the zone is not known). A recording whose call has
    not come is named by its external id.
    """
    if started_at_ms is None:
        name = safe_name(f"Запись {external_id}")
    else:
        name = call_name(direction, local_time(started_at_ms, time_zone), client_number)
    shown = f" ({', '.join(labels)})" if labels else ""
    return f"{name}{shown}.{suffix}"


def variant_labels(variant: str, channel: str) -> list[str]:
    """What tells a variant and a channel from the playback sound of both sides."""
    name = variant.partition("-")[0]
    heard = _CHANNELS.get(channel) or (f"канал {int(channel) + 1}" if channel.isdigit() else "")
    return [label for label in (heard, _VARIANTS.get(name, "")) if label]


def clock_label(milliseconds: int) -> str:
    """A moment of a call's clock as a file may be called: `01-02-03`, `02-03` in the first hour."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}-{minutes:02}-{seconds:02}" if hours else f"{minutes:02}-{seconds:02}"


def call_name(direction: str, started_at: datetime, client_number: str) -> str:
    """Such as `Входящий звонок 2026-03-01 12-00-05 +79990001122`; no number is left out."""
    kind = _DIRECTIONS.get(direction, "Звонок")
    return safe_name(f"{kind} {started_at:%Y-%m-%d %H-%M-%S} {client_number}")


def content_disposition(name: str, *, fallback: str, attachment: bool) -> str:
    """The header of RFC 6266 with both forms of the name; `fallback` is plain ASCII."""
    kind = "attachment" if attachment else "inline"
    encoded = quote(name, safe=_ATTRIBUTE_CHARACTERS)
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{encoded}"


def safe_name(name: str) -> str:
    """The name without what a file system refuses, and not too long."""
    shown = "".join(" " if unicodedata.category(c).startswith("C") else c for c in name)
    words = _FORBIDDEN.sub("-", shown).split()
    return " ".join(words)[:_MOST_CHARACTERS].strip(" .") or "Запись"


def local_time(started_at_ms: int, time_zone: str) -> datetime:
    """The moment in a time zone, in UTC if the zone is not known."""
    moment = datetime.fromtimestamp(started_at_ms / 1000, UTC)
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment
