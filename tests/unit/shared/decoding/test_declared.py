"""What a sender may declare of a file without a header, and what contradicts it."""

import pytest

from shared.decoding.declared import RAW_CODECS, DeclaredFormat


@pytest.mark.parametrize(
    "text", ["pcm_alaw/8000/2", "pcm_mulaw/11025/1", "pcm_s16le/48000/8", "gsm/8000/1"]
)
def test_a_stored_text_is_the_format_it_was_made_of(text: str) -> None:
    declared = DeclaredFormat.parse(text)
    assert declared is not None
    assert str(declared) == text
    assert RAW_CODECS[declared.demuxer].name == declared.codec


def test_a_file_with_a_header_declares_nothing() -> None:
    assert DeclaredFormat.parse("") is None


@pytest.mark.parametrize(
    ("codec", "rate_hz", "channels"),
    [
        ("opus", 48_000, 2),
        ("pcm_alaw", 7999, 1),
        ("pcm_alaw", 48_001, 1),
        ("pcm_alaw", 8000, 0),
        ("pcm_alaw", 8000, 9),
        ("gsm", 16_000, 1),
        ("gsm", 8000, 2),
        ("adpcm_g722", 8000, 1),
    ],
)
def test_what_does_not_exist_is_not_accepted(codec: str, rate_hz: int, channels: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        DeclaredFormat(codec, rate_hz, channels)


@pytest.mark.parametrize(
    ("declared", "size_bytes", "whole"),
    [
        (DeclaredFormat("pcm_alaw", 8000, 2), 1000, True),
        (DeclaredFormat("pcm_alaw", 8000, 2), 1001, False),
        (DeclaredFormat("pcm_alaw", 8000, 3), 1000, False),
        (DeclaredFormat("pcm_s16le", 8000, 8), 1600, True),
        (DeclaredFormat("pcm_s16le", 8000, 8), 1608, False),
        (DeclaredFormat("gsm", 8000, 1), 3300, True),
        (DeclaredFormat("gsm", 8000, 1), 3301, False),
        (DeclaredFormat("adpcm_g722", 16_000, 1), 1001, True),
    ],
    ids=str,
)
def test_a_file_is_whole_frames(declared: DeclaredFormat, size_bytes: int, *, whole: bool) -> None:
    assert (declared.length_contradiction(size_bytes) is None) is whole


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"OggS\x00\x02",
        b"fLaC\x00\x00",
        b"ID3\x04\x00",
        b"#!AMR\n\x3c",
        b"\x00\x00\x00\x20ftypM4A ",
        b"\x1a\x45\xdf\xa3\x01",
    ],
)
def test_a_header_contradicts_that_there_is_none(head: bytes) -> None:
    assert DeclaredFormat("pcm_alaw", 8000, 1).head_contradiction(head)


@pytest.mark.parametrize(
    "head", [b"U" * 512, b"\xff" * 512, b"\x00" * 512, b"\xff\xfb\x90\x64", b"R"]
)
def test_silence_and_any_other_samples_contradict_nothing(head: bytes) -> None:
    assert DeclaredFormat("pcm_mulaw", 8000, 1).head_contradiction(head) is None


def test_gsm_frames_have_their_mark() -> None:
    declared = DeclaredFormat("gsm", 8000, 1)
    assert declared.head_contradiction(b"\xd8\x20\xa2") is None
    assert declared.head_contradiction(b"\x48\x20\xa2")
