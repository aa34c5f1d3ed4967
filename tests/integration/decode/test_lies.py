"""A file that lies about itself is refused with a reason; what only looks like a lie is read."""

from pathlib import Path

import pytest

from shared.decode import DecodeLimits, decode, probe
from shared.errors import UnsupportedSound
from tests.integration.decode.lies import ACCEPTED, REFUSED
from tests.integration.decode.sounds import amr, by_av, flac_silence, tones
from tests.integration.decode.test_formats import FORMATS

LIMITS = DecodeLimits(memory_bytes=512 << 20, cpu_s=10, stall_s=20)


@pytest.mark.parametrize("name", REFUSED)
def test_a_lie_has_its_reason(name: str) -> None:
    file, declared, reason = REFUSED[name]

    with pytest.raises(UnsupportedSound) as probed:
        probe(file, LIMITS, declared=declared)
    assert probed.value.reason == reason
    assert len(probed.value.detail) > 20

    with (
        pytest.raises(UnsupportedSound) as decoded,
        decode(file, rate_hz=8000, limits=LIMITS, declared=declared) as decoding,
    ):
        for _ in decoding:
            pass
    assert decoded.value.reason == reason


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_no_lie_is_read_to_its_end(name: str) -> None:
    file, seconds = ACCEPTED[name]

    info = probe(file, LIMITS)
    with decode(file, rate_hz=8000, limits=LIMITS) as decoding:
        for _ in decoding:
            pass

    assert info.duration_ms == pytest.approx(seconds * 1000, abs=400)
    assert decoding.frames / 8 == pytest.approx(info.duration_ms, abs=20)


@pytest.mark.parametrize("name", ["recording.mp3", "recording.m3u8", "recording.exe", "recording"])
def test_a_name_means_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS["ogg-opus"][0])

    assert probe(path, LIMITS).container == "ogg"


def _opus_silence(seconds: int) -> bytes:
    return by_av(0 * tones(1, seconds=seconds), 8000, "ogg", "libopus")


@pytest.mark.parametrize(
    ("file", "most_bytes"),
    [
        (flac_silence(7200), 20_000),
        (_opus_silence(700), 200_000),
        (amr(1) + b"\x7c" * 40_000, 45_000),
    ],
    ids=["flac", "opus", "amr"],
)
def test_hours_in_few_bytes_are_too_long_when_their_time_is_up(
    file: bytes, most_bytes: int
) -> None:
    assert len(file) < most_bytes
    limits = DecodeLimits(max_seconds=600, memory_bytes=512 << 20, cpu_s=10, stall_s=20)

    with pytest.raises(UnsupportedSound) as probed:
        probe(file, limits)
    with (
        pytest.raises(UnsupportedSound) as decoded,
        decode(file, rate_hz=8000, limits=limits) as decoding,
    ):
        for _ in decoding:
            pass

    assert (probed.value.reason, decoded.value.reason) == ("too-long", "too-long")
    assert decoding.frames <= 601 * 8000
