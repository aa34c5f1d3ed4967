"""Files that are not what they say, and files that would cost too much, each with its reason."""

import random
import struct

import pytest

from shared.decode import DecodeLimits, decode, decode_channels, probe
from shared.errors import UnsupportedSound
from tests.integration.decode.sounds import (
    amr,
    by_av,
    by_soundfile,
    flac_silence,
    tones,
    wav_header,
)
from tests.integration.decode.test_formats import FORMATS

RATE_HZ = 8000
STEREO = tones(2)
RANDOM = random.Random(20).randbytes(100_000)


def _flac_claiming(total: int) -> bytes:
    """FLAC whose STREAMINFO (36 bits from byte 21 on) claims `total` samples."""
    file = FORMATS["flac"][0]
    packed = int.from_bytes(file[18:26], "big")
    packed = packed & ~((1 << 36) - 1) | total
    return file[:18] + packed.to_bytes(8, "big") + file[26:]


def _half(name: str) -> bytes:
    file = FORMATS[name][0]
    return file[: len(file) // 2]


def _m4a_without_its_end() -> bytes:
    """A file with its table of contents first, of which the sound was cut."""
    file = FORMATS["m4a"][0]
    table = file.index(b"moov") - 4
    data = file.index(b"mdat") - 4
    shift = len(file) - table
    moved = bytearray(file[:data] + file[table:] + file[data:table])
    at = moved.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", moved, at)
    for index in range(count):
        place = at + 4 + 4 * index
        (offset,) = struct.unpack_from(">I", moved, place)
        struct.pack_into(">I", moved, place, offset + shift)
    assert probe(bytes(moved)).duration_ms == pytest.approx(2000, abs=300)
    return bytes(moved[: data + shift + (table - data) // 3])


def _two_sound_tracks() -> bytes:
    import io

    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        streams = [output.add_stream("aac", rate=RATE_HZ, layout="mono") for _ in range(2)]
        for stream in streams:
            pcm = np.zeros((1, RATE_HZ), np.int16)
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate = RATE_HZ
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return file.getvalue()


REFUSED = {
    "zero-bytes": (b"", "empty"),
    "wav-without-sound": (wav_header(data_bytes=0), "empty"),
    "amr-without-sound": (amr(0), "empty"),
    "text": ("Это не звук.\n".encode() * 1000, "not-sound"),
    "random-bytes": (RANDOM, "not-sound"),
    "zeros": (bytes(100_000), "not-sound"),
    "random-wav-chunks": (b"RIFF\xff\xff\xff\xffWAVE" + RANDOM, "not-sound"),
    "random-flac": (b"fLaC" + RANDOM, "not-sound"),
    "random-webm": (b"\x1a\x45\xdf\xa3" + RANDOM, "not-sound"),
    "m3u8": (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\n/etc/passwd\n", "container-not-allowed"),
    "pls": (b"[playlist]\nFile1=http://127.0.0.1/\n", "container-not-allowed"),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "container-not-allowed"),
    "dash": (b"<?xml version='1.0'?><MPD></MPD>", "container-not-allowed"),
    "aiff": (by_soundfile(STEREO, RATE_HZ, "PCM_16", "AIFF"), "container-not-allowed"),
    "au": (by_soundfile(STEREO, RATE_HZ, "PCM_16", "AU"), "container-not-allowed"),
    "caf": (by_soundfile(STEREO, RATE_HZ, "PCM_16", "CAF"), "container-not-allowed"),
    "avi": (b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(4000), "container-not-allowed"),
    "alac-in-m4a": (by_av(STEREO, RATE_HZ, "ipod", "alac"), "codec-not-allowed"),
    "float64-in-wav": (by_soundfile(STEREO, RATE_HZ, "DOUBLE"), "codec-not-allowed"),
    "unknown-in-wav": (wav_header(tag=0x1234, data_bytes=9000) + bytes(9000), "codec-not-allowed"),
    "truncated-wav": (_half("wav-pcm16"), "truncated"),
    "truncated-alaw": (_half("wav-alaw"), "truncated"),
    "truncated-gsm": (_half("wav-gsm"), "truncated"),
    "truncated-flac": (_half("flac"), "truncated"),
    "truncated-mp3": (_half("mp3"), "truncated"),
    "truncated-opus": (_half("ogg-opus"), "truncated"),
    "truncated-vorbis": (_half("ogg-vorbis"), "truncated"),
    "truncated-m4a": (_half("m4a"), "truncated"),
    "truncated-m4a-table-first": (_m4a_without_its_end(), "truncated"),
    "truncated-webm": (_half("webm"), "truncated"),
    "flac-claims-ten-times-its-length": (_flac_claiming(160_000), "truncated"),
    "nine-channels": (by_soundfile(tones(9), RATE_HZ, "PCM_16"), "too-many-channels"),
    "header-says-65535-channels": (
        wav_header(channels=65_535, data_bytes=200_000) + bytes(200_000),
        "too-many-channels",
    ),
    "96-khz": (by_soundfile(tones(1, rate_hz=96_000), 96_000, "PCM_16"), "rate-out-of-range"),
    "4-khz": (by_soundfile(tones(1, rate_hz=4000), 4000, "PCM_16"), "rate-out-of-range"),
    "header-says-4-ghz": (
        wav_header(rate_hz=0xFFFFFFFF, data_bytes=9000) + bytes(9000),
        "rate-out-of-range",
    ),
    "two-sound-tracks": (_two_sound_tracks(), "inconsistent"),
    "longer-than-allowed": (flac_silence(6 * 3600 + 1), "too-long"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_with_its_reason(name: str) -> None:
    file, reason = REFUSED[name]

    with pytest.raises(UnsupportedSound) as probed:
        probe(file)
    assert probed.value.reason == reason
    assert probed.value.detail

    with pytest.raises(UnsupportedSound) as decoded, decode(file, rate_hz=RATE_HZ) as decoding:
        for _ in decoding:
            pass
    assert decoded.value.reason == reason


def test_channels_that_change_inside_a_file_are_refused() -> None:
    file = FORMATS["mp3"][0] + by_av(tones(1), RATE_HZ, "mp3", "libmp3lame")

    with pytest.raises(UnsupportedSound) as refused, decode(file, rate_hz=RATE_HZ) as decoding:
        for _ in decoding:
            pass

    assert refused.value.reason == "inconsistent"


def test_a_length_the_header_hides_is_counted() -> None:
    """STREAMINFO may say 0 for unknown, or less than there is."""
    for claimed in (0, 800):
        info = probe(_flac_claiming(claimed))
        with decode(_flac_claiming(claimed), rate_hz=RATE_HZ) as decoding:
            for _ in decoding:
                pass
        assert (info.duration_ms, decoding.frames) == (2000, 16_000)


def test_channels_are_those_of_the_frames_not_of_the_header() -> None:
    file = FORMATS["flac"][0]
    packed = int.from_bytes(file[18:26], "big") & ~(0b111 << 41)

    assert probe(file[:18] + packed.to_bytes(8, "big") + file[26:]).channels == 2


def test_the_longest_sound_is_a_limit_of_both_ways() -> None:
    limits = DecodeLimits(max_seconds=60)
    file = flac_silence(61)

    with pytest.raises(UnsupportedSound) as probed:
        probe(file, limits)
    with (
        pytest.raises(UnsupportedSound) as decoded,
        decode(file, rate_hz=RATE_HZ, limits=limits) as decoding,
    ):
        for _ in decoding:
            pass

    assert (probed.value.reason, decoded.value.reason) == ("too-long", "too-long")
    assert decoding.frames <= 60 * RATE_HZ
    assert probe(flac_silence(60), limits).duration_ms == 60_000


def test_many_channels_do_not_take_more_memory_than_the_longest_stereo_sound() -> None:
    """Eight silent ones of six hours are few bytes in a file and 11 GB as arrays."""
    limits = DecodeLimits(max_seconds=4)
    with pytest.raises(UnsupportedSound) as refused:
        decode_channels(by_soundfile(tones(8, seconds=2), RATE_HZ, "PCM_16"), limits=limits)
    assert refused.value.reason == "limits-exceeded"
    for channels, seconds in ((2, 4.0), (8, 1.0)):
        file = by_soundfile(tones(channels, seconds=seconds), RATE_HZ, "PCM_16")
        assert len(decode_channels(file, limits=limits)) == channels


def test_a_damaged_middle_becomes_silence_of_the_same_length() -> None:
    file = bytearray(FORMATS["mp3"][0])
    middle = len(file) // 2
    file[middle : middle + 300] = RANDOM[:300]

    with decode(bytes(file), rate_hz=RATE_HZ) as decoding:
        for _ in decoding:
            pass

    assert decoding.frames / RATE_HZ == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("name", ["wav-gsm", "mp3", "ogg-opus", "flac", "m4a", "webm"])
def test_mutated_files_are_decoded_or_refused(name: str) -> None:
    chance = random.Random(name)
    for _ in range(6):
        file = bytearray(FORMATS[name][0])
        for _ in range(chance.randint(1, 20)):
            file[chance.randrange(len(file))] = chance.randrange(256)
        del file[chance.randint(len(file) // 2, len(file)) :]
        try:
            with decode(bytes(file), rate_hz=RATE_HZ) as decoding:
                for _ in decoding:
                    pass
        except UnsupportedSound:
            continue
        assert 0 < decoding.frames < 60 * RATE_HZ
