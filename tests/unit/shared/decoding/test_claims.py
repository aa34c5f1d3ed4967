"""What headers claim about the length of a file."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decoding.claims import (
    AmrFrames,
    WavClaims,
    amr_frames,
    missing_ogg_bytes,
    mp3_claimed_frames,
    wav_claims,
)
from shared.decoding.signatures import ReadAt
from tests.integration.decode.sounds import amr

FMT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, 8000, 32_000, 4, 16)


def _in(content: bytes) -> ReadAt:
    return lambda offset, size: content[offset : offset + size]


def _wav(*chunks: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WAVE" + b"".join(chunks)


def _long(claimed: int) -> bytes:
    return struct.pack("<4sIQQQI", b"ds64", 28, 0, claimed, 0, 0)


def _data(claimed: int, held: int) -> bytes:
    return struct.pack("<4sI", b"data", claimed) + bytes(held)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (_wav(FMT, _data(100, 100)), WavClaims(2, 8000, 0)),
        (_wav(FMT, _data(100, 60)), WavClaims(2, 8000, 40)),
        (_wav(FMT, _data(100, 140)), WavClaims(2, 8000, 0)),
        (_wav(FMT, b"LIST\x03\x00\x00\x00abc\x00", _data(100, 90)), WavClaims(2, 8000, 10)),
        (_wav(FMT, _data(0, 60)), WavClaims(2, 8000, 0)),
        (_wav(FMT, _data(0xFFFFFFFF, 60)), WavClaims(2, 8000, 0)),
        (_wav(FMT, _data(0x7FFFFFFF - 44, 60)), WavClaims(2, 8000, 0)),
        (_wav(_data(100, 60)), WavClaims(0, 0, 40)),
        (_wav(FMT), WavClaims(2, 8000, 0)),
        (_wav(FMT[:10]), WavClaims(0, 0, 0)),
        (_wav(), WavClaims(0, 0, 0)),
        (_wav(b"junk\xff\xff\xff\xff"), WavClaims(0, 0, 0)),
        (_wav(_long(100), FMT, _data(0xFFFFFFFF, 60)), WavClaims(2, 8000, 40)),
        (_wav(_long(60), FMT, _data(0xFFFFFFFF, 60)), WavClaims(2, 8000, 0)),
        (_wav(_long(2**64 - 1), FMT, _data(0xFFFFFFFF, 0)), WavClaims(2, 8000, 2**64 - 1)),
    ],
    ids=[
        "whole",
        "cut",
        "more-behind",
        "odd-chunk-between",
        "length-0",
        "length-unknown",
        "length-almost-unknown",
        "no-fmt",
        "no-data",
        "cut-fmt",
        "nothing",
        "endless-chunk",
        "rf64-cut",
        "rf64-whole",
        "rf64-endless",
    ],
)
def test_wav(content: bytes, expected: WavClaims) -> None:
    assert wav_claims(_in(content), len(content)) == expected


@pytest.mark.parametrize(
    ("content", "lies"),
    [
        (_wav(FMT, _data(100, 100), _data(100, 100)), True),
        (_wav(FMT, _data(100, 100), _wav(FMT, _data(100, 100))), True),
        (_wav(FMT, _data(100, 100), b"LIST\x04\x00\x00\x00INFO", _data(100, 100)), True),
        (_wav(FMT, FMT.replace(b"\x40\x1f", b"\x80\x3e"), _data(100, 100)), True),
        (_wav(FMT, _data(100, 100), b"\x81\x02" * 5000), True),
        (_wav(FMT, _data(100, 100), bytes(9000), b"\x81\x02" * 500), True),
        (_wav(FMT, _data(100, 100), bytes(10_000)), False),
        (_wav(FMT, _data(100, 100), b"\x81\x02" * 500), False),
        (_wav(FMT, _data(100, 100), b"LIST\x04\x00\x00\x00INFO"), False),
        (_wav(FMT, _data(101, 101), b"LIST\x04\x00\x00\x00INFO"), False),
        (_wav(FMT, _data(101, 101), b"\x00LIST\x04\x00\x00\x00INFO"), False),
        (_wav(FMT, FMT, _data(100, 100)), False),
        (_wav(FMT, _data(0, 100), _data(100, 100)), False),
    ],
    ids=[
        "second-data",
        "second-file",
        "second-data-behind-a-list",
        "two-formats",
        "sound-behind",
        "sound-behind-silence",
        "padding",
        "a-vendor's-trailer",
        "list",
        "list-not-padded",
        "list-padded",
        "the-same-format-twice",
        "unknown-length",
    ],
)
def test_wav_that_hides_sound_contradicts_itself(content: bytes, *, lies: bool) -> None:
    claims = wav_claims(_in(content), len(content))

    assert bool(claims.contradiction) is lies
    assert claims.missing_bytes == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (amr(3), AmrFrames(None, 0)),
        (amr(3, wide=True), AmrFrames(None, 0)),
        (amr(3)[:-5], AmrFrames(None, 5)),
        (amr(3) + b"\x7c\x7c", AmrFrames(None, 0)),
        (amr(2) + b"\x4c" + bytes(50), AmrFrames(70, 0)),
        (amr(2, wide=True) + b"\x74" + b"\x54", AmrFrames(132, 0)),
        (amr(200), AmrFrames(None, 0)),
    ],
    ids=["narrow", "wide", "cut", "no-data", "reserved", "reserved-behind-lost", "over-the-limit"],
)
def test_amr(content: bytes, expected: AmrFrames) -> None:
    assert amr_frames(_in(content), len(content), limit=100) == expected


def _page(segments: list[int]) -> bytes:
    return b"OggS" + bytes(22) + bytes([len(segments), *segments]) + bytes(sum(segments))


@pytest.mark.parametrize("cut", [0, 1, 100, 255, 256, 260, 281])
def test_a_cut_ogg_page_lacks_bytes(cut: int) -> None:
    content = _page([10]) * 3 + _page([255, 1])
    content = content[: len(content) - cut]

    missing = missing_ogg_bytes(_in(content), len(content))

    assert (missing > 0) == (cut > 0)
    if cut <= 256:
        assert missing == cut


def test_mp3_frames_come_from_the_first_frame_only() -> None:
    frame = b"\xff\xfb\x90\x00" + bytes(32) + b"Xing\x00\x00\x00\x01\x00\x00\x04\xd2"
    frame += bytes(417 - len(frame))
    plain = b"\xff\xfb\x90\x00" + bytes(413)
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x10Info\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"

    assert mp3_claimed_frames(_in(frame + plain * 4)) == 1234
    assert mp3_claimed_frames(_in(tag + frame + plain * 4)) == 1234
    assert mp3_claimed_frames(_in(tag + plain * 5)) is None
    assert mp3_claimed_frames(_in(plain + frame + plain * 4)) is None


@given(st.binary(max_size=200))
def test_no_bytes_confuse_them(content: bytes) -> None:
    for start in (b"RIFF\x00\x00\x00\x00WAVE", b"OggS", b"\xff\xfb\x90\x00"):
        file = start + content
        assert wav_claims(_in(file), len(file)).missing_bytes >= 0
        assert missing_ogg_bytes(_in(file), len(file)) >= 0
        mp3_claimed_frames(_in(file))
    for magic in (b"#!AMR\n", b"#!AMR-WB\n"):
        file = magic + content
        assert amr_frames(_in(file), len(file), limit=1000).missing_bytes < 61
