"""A container is told by its first bytes, and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decoding.signatures import ReadAt, container_of, mp3_start, refused_name

# MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, no padding: 417 bytes.
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
# MPEG 2.5, layer 3, 8 kbit/s, 8 kHz: 72 bytes.
MP3_SLOW_FRAME = b"\xff\xe3\x18\x00" + bytes(68)
# AAC-LC, 8 kHz, mono, 20 bytes with the header.
ADTS_FRAME = b"\xff\xf1\x6c\x40\x02\x80\x00" + bytes(13)


def _in(content: bytes) -> ReadAt:
    return lambda offset, size: content[offset : offset + size]


def _id3(size: int) -> bytes:
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + digits + bytes(size)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        (b"#!AMR\n<", "amr"),
        (b"#!AMR-WB\nD", "amr"),
        (b"#!AMR_MC1.0\n", None),
        (b"#!/bin/sh\n", None),
        (b"\x1a\x45\xdf\xa3\x9f", "webm"),
        (MP3_FRAME * 4, "mp3"),
        (MP3_FRAME * 2, "mp3"),
        (MP3_FRAME, "mp3"),
        (MP3_FRAME[:4], "mp3"),
        (MP3_FRAME + b"xxxx", None),
        (MP3_SLOW_FRAME * 4, "mp3"),
        (bytes(1000) + MP3_FRAME * 4, "mp3"),
        (bytes(1000) + MP3_FRAME * 2 + b"xxxx", None),
        (MP3_FRAME + MP3_SLOW_FRAME, None),
        (_id3(300_000) + MP3_FRAME * 4, "mp3"),
        (_id3(100) + _id3(5) + MP3_FRAME * 4, "mp3"),
        (_id3(100) + b"fLaC", "flac"),
        (_id3(100), None),
        (ADTS_FRAME * 3, "aac"),
        (ADTS_FRAME, "aac"),
        (ADTS_FRAME + b"text", None),
        (b"", None),
        (b"\xff", None),
        (b"text", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_container_by_its_first_bytes(content: bytes, expected: str | None) -> None:
    found = container_of(_in(content))

    assert (found.name if found else None) == expected


def test_the_first_frame_is_found_behind_rubbish() -> None:
    assert mp3_start(b"\xff\xfb\x00" + bytes(40) + MP3_FRAME * 5) == 43
    assert mp3_start(MP3_FRAME * 5) == 0
    assert mp3_start(bytes(5000)) is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"#EXTM3U\n", "an M3U playlist"),
        (b"\xef\xbb\xbf\r\n#EXTM3U\n", "an M3U playlist"),
        (b"RIFF\x00\x00\x00\x00AVI ", "RIFF, but not WAVE"),
        (b"anything", None),
    ],
    ids=ascii,
)
def test_a_known_stranger_is_named(head: bytes, expected: str | None) -> None:
    assert refused_name(head) == expected


@given(st.binary(max_size=300))
def test_no_bytes_confuse_it(content: bytes) -> None:
    for start in (b"", b"ID3", b"\xff\xfb\x90\x00", b"\xff\xf1", b"RIFF"):
        container_of(_in(start + content))
