"""Sides and places of recordings in a composed sound."""

from typing import Any

import pytest

from services.player.delivery.asked import Recording, Stored, Window
from services.player.delivery.channels import (
    channel_of,
    require_parted,
    side_asked,
    sides_of,
    speakers_of,
)
from services.player.delivery.placing import Sounding, on_the_clock, overlaps, sound_end_ms
from services.player.delivery.refusals import ChannelNotSeparable
from services.player.mpeg.layer3 import FRAME_MS, frame_bytes, info_bytes
from shared.domain.recording import Speaker

O, C, U = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN  # noqa: E741


def recording(**changes: Any) -> Recording:
    values: dict[str, Any] = {
        "id": 1,
        "external_id": "rec-1",
        "offset_ms": 0,
        "one_sided": None,
        "operator_channel": 0,
        "container": "wav",
        "declared_format": "",
        "channels": 2,
        "duration_ms": 3600,
        "destroyed": False,
        "original": Stored("o", 1, "0" * 64, "", 0),
        "renditions": {},
    }
    return Recording(**(values | changes))


def sounding(frames: int, channels: int = 2, **changes: Any) -> Sounding:
    size_bytes = info_bytes(channels) + frames * frame_bytes(channels)
    one = recording(channels=channels, **changes)
    stored = Stored("r", size_bytes, "1" * 64, "audio/mpeg", 0)
    return Sounding(one, stored, channels, sides_of(one, channels))


@pytest.mark.parametrize(
    ("changes", "channels", "sides"),
    [
        ({}, 1, (0, 0)),
        ({"one_sided": O}, 1, (0, None)),
        ({"one_sided": C}, 1, (None, 0)),
        ({}, 2, (0, 1)),
        ({"operator_channel": 1}, 2, (1, 0)),
        ({"operator_channel": 1}, 4, (1, 0)),
        ({"one_sided": O}, 2, (0, 1)),
    ],
)
def test_sides(
    changes: dict[str, Any], channels: int, sides: tuple[int | None, int | None]
) -> None:
    assert sides_of(recording(**changes), channels) == sides


@pytest.mark.parametrize(
    ("changes", "channels", "direction", "speakers"),
    [
        ({}, 2, "inbound", (O, C)),
        ({"operator_channel": 1}, 3, "", (C, O, U)),
        ({}, 2, "internal", (O, O)),
        ({"one_sided": C}, 2, "inbound", (C, C)),
        ({}, 1, "inbound", (U,)),
    ],
)
def test_speakers(
    changes: dict[str, Any], channels: int, direction: str, speakers: tuple[Speaker, ...]
) -> None:
    assert speakers_of(recording(**changes), channels, direction) == speakers


@pytest.mark.parametrize(
    ("wanted", "speakers", "index"),
    [
        ("mix", (O, C), None),
        ("operator", (O, C), 0),
        ("client", (O, C), 1),
        ("1", (O, C), 1),
        ("0", (U,), None),
        ("operator", (O,), None),
        # Both sides of an internal call are operators: it is heard as it is.
        ("operator", (O, O), None),
        ("2", (C, O, U), 2),
    ],
)
def test_a_channel(wanted: str, speakers: tuple[Speaker, ...], index: int | None) -> None:
    assert channel_of(wanted, speakers) == index


@pytest.mark.parametrize(
    ("wanted", "speakers", "offered"),
    [
        ("operator", (U,), ("mix", "0")),
        ("client", (O,), ("mix", "operator", "0")),
        ("client", (O, O), ("mix", "0", "1")),
        ("3", (C, O, U), ("mix", "operator", "client", "0", "1", "2")),
    ],
)
def test_a_channel_that_is_not_there(
    wanted: str, speakers: tuple[Speaker, ...], offered: tuple[str, ...]
) -> None:
    with pytest.raises(ChannelNotSeparable) as refused:
        channel_of(wanted, speakers)
    assert refused.value.channels == offered


@pytest.mark.parametrize(
    ("wanted", "spoken", "side"),
    [
        ("mix", [(U,), (O, C)], None),
        ("operator", [(O, C), (O,)], 0),
        ("client", [(O,), (C,)], 1),
        ("client", [(C, O, U)], 1),
    ],
)
def test_a_side(wanted: str, spoken: list[tuple[Speaker, ...]], side: int | None) -> None:
    assert side_asked(wanted, spoken) == side


@pytest.mark.parametrize(
    ("wanted", "spoken", "offered"),
    [
        ("operator", [(U,), (O, C)], ("mix",)),
        ("client", [(O,)], ("mix", "operator")),
        ("operator", [(O, O)], ("mix",)),
        ("0", [(O, C)], ("mix", "operator", "client")),
    ],
)
def test_a_side_that_is_not_there(
    wanted: str, spoken: list[tuple[Speaker, ...]], offered: tuple[str, ...]
) -> None:
    with pytest.raises(ChannelNotSeparable) as refused:
        side_asked(wanted, spoken)
    assert refused.value.channels == offered


def test_sides_that_are_not_apart_are_refused() -> None:
    require_parted("operator", (O, C))
    for wanted, speakers in (("operator", (U,)), ("0", (O, C)), ("client", (C, C))):
        with pytest.raises(ChannelNotSeparable):
            require_parted(wanted, speakers)


def test_a_call_lasts_until_its_last_recording_ends() -> None:
    # 3600 ms are 100 frames, and two more for the encoder's delay.
    joined = on_the_clock([sounding(102), sounding(102, offset_ms=7200)], Window(), None)
    assert (joined.frames, joined.samples) == (302, 300 * 576)
    assert [(span.at_frame, span.frames) for span in joined.spans] == [
        (0, 102),
        (102, 98),
        (200, 102),
    ]


@pytest.mark.parametrize("offset_ms", [0, 1, 17, 18, 36, 54, 1000])
def test_a_place_is_exact_to_half_a_frame(offset_ms: int) -> None:
    joined = on_the_clock([sounding(102, channels=1, offset_ms=offset_ms)], Window(), None)
    first = next(span.at_frame for span in joined.spans if span.reads)
    assert abs(first * FRAME_MS - offset_ms) <= FRAME_MS / 2


def test_a_stretch_takes_what_it_touches_and_the_delay() -> None:
    joined = on_the_clock([sounding(102)], Window(1000, 2000), None)
    (span,) = joined.spans
    # From 27 × 36 = 972 ms to 56 × 36 = 2016 ms, and two frames of delay.
    assert [read.first_frame for read in span.reads] == [27]
    assert (joined.frames, joined.samples) == (56 - 27 + 2, 29 * 576)


def test_a_stretch_before_its_own_beginning_is_empty() -> None:
    assert on_the_clock([sounding(102)], Window(2000, 1000), None).samples == 0


@pytest.mark.parametrize(
    ("window", "duration_ms", "found"),
    [
        (Window(0, 1000), 500, False),
        (Window(0, 1001), 500, True),
        (Window(1500, None), 500, False),
        (Window(1499, None), 500, True),
        (Window(9000, None), None, True),
        (Window(0, 900), None, False),
    ],
)
def test_overlaps(window: Window, duration_ms: int | None, found: bool) -> None:  # noqa: FBT001
    assert overlaps(recording(offset_ms=1000, duration_ms=duration_ms), window) is found


def test_where_the_sound_ends() -> None:
    measured = [recording(offset_ms=5000, duration_ms=100), recording(duration_ms=2000)]
    assert sound_end_ms(measured) == 5100
    assert sound_end_ms([*measured, recording(duration_ms=None)]) is None
