"""Names of downloaded sound."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.delivery.filename import (
    clock_label,
    content_disposition,
    sound_file_name,
    variant_labels,
)

# 2026-09-21 14:13:20 UTC
MOMENT_MS = 1_790_000_000_000


def name(**changes: object) -> str:
    values: dict[str, object] = {
        "direction": "inbound",
        "started_at_ms": MOMENT_MS,
        "time_zone": "Europe/Moscow",
        "client_number": "+79990001122",
        "external_id": "rec-1",
        "labels": (),
        "suffix": "mp3",
    }
    return sound_file_name(**(values | changes))  # type: ignore[arg-type]  # values by name


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "Входящий звонок 2026-09-21 17-13-20 +79990001122.mp3", id="as usual"),
        pytest.param(
            {"direction": "outbound", "labels": ["оператор", "без шума"]},
            "Исходящий звонок 2026-09-21 17-13-20 +79990001122 (оператор, без шума).mp3",
            id="one side, denoised",
        ),
        pytest.param(
            {"direction": "internal", "client_number": "", "labels": ["оригинал"], "suffix": "wav"},
            "Внутренний звонок 2026-09-21 17-13-20 (оригинал).wav",
            id="original of an internal call",
        ),
        pytest.param(
            {"direction": "", "time_zone": "Asia/Yekaterinburg"},
            "Звонок 2026-09-21 19-13-20 +79990001122.mp3",
            id="another zone",
        ),
        pytest.param(
            {"time_zone": "Mars/Olympus"},
            "Входящий звонок 2026-09-21 14-13-20 +79990001122.mp3",
            id="no such zone: UTC",
        ),
        pytest.param(
            {"time_zone": "../etc/passwd"},
            "Входящий звонок 2026-09-21 14-13-20 +79990001122.mp3",
            id="not a zone: UTC",
        ),
        pytest.param({"started_at_ms": None}, "Запись rec-1.mp3", id="its call has not come"),
        pytest.param(
            {"started_at_ms": None, "external_id": 'a/b\\c:*?"<>|d\r\n..'},
            "Запись a-b-c-d.mp3",
            id="what no file name may hold",
        ),
        pytest.param({"started_at_ms": None, "external_id": "/" * 9}, "Запись -.mp3", id="slashes"),
    ],
)
def test_sound_file_name(changes: dict[str, object], expected: str) -> None:
    assert name(**changes) == expected


@given(st.text(max_size=300))
def test_any_external_id_gives_a_safe_header(external_id: str) -> None:
    shown = name(started_at_ms=None, external_id=external_id)
    header = content_disposition(shown, fallback="recording-1.mp3", attachment=True)
    match = re.fullmatch(
        r"attachment; filename=\"recording-1\.mp3\"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)",
        header,
    )
    assert match is not None
    assert unquote(match[1]) == shown
    assert len(shown) < 140
    assert not set(shown) & set('<>:"/\\|?*')


def test_inline() -> None:
    header = content_disposition("Звонок 1.mp3", fallback="a.mp3", attachment=False)
    assert header == (
        "inline; filename=\"a.mp3\"; filename*=UTF-8''%D0%97%D0%B2%D0%BE%D0%BD%D0%BE%D0%BA%201.mp3"
    )


@pytest.mark.parametrize(
    ("variant", "channel", "labels"),
    [
        ("playback", "mix", []),
        ("transcoded", "client", ["клиент"]),
        ("original", "mix", ["оригинал"]),
        ("denoised-strong", "operator", ["оператор", "без шума"]),
        ("playback", "0", ["канал 1"]),
    ],
)
def test_labels(variant: str, channel: str, labels: list[str]) -> None:
    assert variant_labels(variant, channel) == labels


@pytest.mark.parametrize(
    ("milliseconds", "label"), [(0, "00-00"), (62_999, "01-02"), (3_723_000, "01-02-03")]
)
def test_a_moment_of_the_clock(milliseconds: int, label: str) -> None:
    assert clock_label(milliseconds) == label
