"""Files that say of themselves what is not so, byte by byte, and files that only look like it."""

import struct
import zlib

from shared.decode import DeclaredFormat
from tests.integration.decode.sounds import amr, by_av, by_soundfile, tones, wav_header
from tests.integration.decode.test_formats import FORMATS, RAW

RATE_HZ = 8000
MONO, STEREO = tones(1), tones(2)
PCM = FORMATS["wav-pcm16"][0][44:]
MP3, OPUS, VORBIS = (FORMATS[name][0] for name in ("mp3", "ogg-opus", "ogg-vorbis"))
FLAC, M4A, AAC, WEBM = (FORMATS[name][0] for name in ("flac", "m4a", "aac", "webm"))
STEREO_HEADER = wav_header(channels=2, data_bytes=len(PCM))


def _edited(file: bytes, place: int, layout: str, *values: int) -> bytes:
    edited = bytearray(file)
    struct.pack_into(layout, edited, place, *values)
    return bytes(edited)


def _in_box(name: bytes, offset: int, value: int) -> bytes:
    """The m4a file with a 32-bit number changed, `offset` bytes behind a box's name."""
    return _edited(M4A, M4A.index(name) + 4 + offset, ">I", value)


def _xing(*, frames: int) -> bytes:
    return _edited(MP3, MP3.index(b"Info") + 8, ">I", frames)


def _tag(content: bytes, *, claimed: int | None = None) -> bytes:
    size = len(content) if claimed is None else claimed
    return b"ID3\x04\x00\x00" + _syncsafe(size) + content


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _compressed_tag(size_bytes: int) -> bytes:
    """A text frame that unpacks to many zeros (ID3v2.4, section 4.1.2: compressed, with a length)."""
    packed = zlib.compress(bytes(size_bytes), 9)
    length = _syncsafe(size_bytes)
    return _tag(b"TXXX" + _syncsafe(len(packed) + 4) + b"\x00\x09" + length + packed)


def _pages(file: bytes) -> list[bytes]:
    pages, place = [], 0
    while place < len(file):
        segments = file[place + 26]
        end = place + 27 + segments + sum(file[place + 27 : place + 27 + segments])
        pages.append(file[place:end])
        place = end
    return pages


def _multiplexed() -> bytes:
    """Opus and Vorbis page by page in one file; both streams begin before either goes on."""
    one, other = _pages(OPUS), _pages(VORBIS)
    return b"".join((one[0], other[0], *one[1:], *other[1:]))


def _cues(content: bytes) -> bytes:
    """The webm file with other bytes in place of what its index says."""
    place = WEBM.rindex(b"\x1c\x53\xbb\x6b") + 5
    return WEBM[:place] + (content * len(WEBM))[: len(WEBM) - place]


def _late_cluster() -> bytes:
    """The webm file with its last cluster an hour later than its length allows."""
    # Cluster and its Timestamp of two or one bytes (Matroska: 1F43B675, E7).
    place = WEBM.index(b"\xe7", WEBM.rindex(b"\x1f\x43\xb6\x75"))
    size = WEBM[place + 1] & 0x7F
    late = b"\xe7\x84" + (3_600_000).to_bytes(4, "big")
    return WEBM[:place] + late + WEBM[place + 2 + size :]


Row = tuple[bytes, DeclaredFormat | None, str]

REFUSED: dict[str, Row] = {
    "wav-claims-more": (STEREO_HEADER + PCM[:-4000], None, "truncated"),
    "wav-claims-less": (wav_header(channels=2, data_bytes=3200) + PCM, None, "inconsistent"),
    "wav-two-formats": (
        STEREO_HEADER[:36] + wav_header(rate_hz=16_000, data_bytes=0)[12:36] + STEREO_HEADER[36:],
        None,
        "inconsistent",
    ),
    "wav-behind-a-wav": (FORMATS["wav-pcm16"][0] * 2, None, "inconsistent"),
    "wav-with-two-data-chunks": (
        STEREO_HEADER + PCM + STEREO_HEADER[36:] + PCM,
        None,
        "inconsistent",
    ),
    "wav-of-no-channels": (wav_header(channels=0, data_bytes=9000) + PCM[:9000], None, "not-sound"),
    "wav-of-rate-0": (wav_header(rate_hz=0, data_bytes=9000) + PCM[:9000], None, "not-sound"),
    "wav-of-no-bits": (wav_header(bits=0, data_bytes=9000) + PCM[:9000], None, "codec-not-allowed"),
    "wav-with-an-endless-chunk": (
        _edited(FORMATS["wav-pcm16"][0], 16, "<I", 0xFFFFFFFF),
        None,
        "not-sound",
    ),
    "gsm-in-frames-of-33-bytes-called-65": (
        _edited(FORMATS["wav-gsm"][0], 32, "<H", 33),
        None,
        "not-sound",
    ),
    "rf64-claims-nothing": (
        _edited(FORMATS["rf64"][0], FORMATS["rf64"][0].index(b"ds64") + 16, "<Q", 0),
        None,
        "inconsistent",
    ),
    "rf64-claims-more": (FORMATS["rf64"][0][:-4000], None, "truncated"),
    "mp3-claims-a-million-frames": (_xing(frames=10**6), None, "truncated"),
    "mp3-behind-a-tag-longer-than-the-file": (_tag(MP3, claimed=2**28 - 1), None, "not-sound"),
    "mp3-changes-its-rate": (
        MP3 + by_av(tones(2, rate_hz=16_000), 16_000, "mp3", "libmp3lame"),
        None,
        "inconsistent",
    ),
    "aac-changes-its-rate": (
        AAC + by_av(tones(2, rate_hz=16_000), 16_000, "adts", "aac"),
        None,
        "inconsistent",
    ),
    "aac-changes-its-channels": (AAC + by_av(MONO, RATE_HZ, "adts", "aac"), None, "inconsistent"),
    "flac-changes-its-channels": (
        FLAC + by_av(MONO, RATE_HZ, "flac", "flac"),
        None,
        "inconsistent",
    ),
    "opus-changes-its-channels": (
        OPUS + by_av(MONO, RATE_HZ, "ogg", "libopus"),
        None,
        "inconsistent",
    ),
    "vorbis-changes-its-rate": (
        VORBIS + by_soundfile(tones(2, rate_hz=16_000), 16_000, "VORBIS", "OGG"),
        None,
        "inconsistent",
    ),
    "vorbis-behind-opus": (OPUS + VORBIS, None, "inconsistent"),
    "vorbis-between-opus": (_multiplexed(), None, "inconsistent"),
    "ogg-without-its-first-page": (b"".join(_pages(OPUS)[1:]), None, "not-sound"),
    "m4a-without-its-table": (M4A[: M4A.index(b"moov") - 4], None, "truncated"),
    "m4a-claims-four-billion-samples": (_in_box(b"stsz", 8, 0xFFFFFFFF), None, "truncated"),
    "m4a-with-its-sound-elsewhere": (_in_box(b"stco", 8, 0x7FFFFFFF), None, "truncated"),
    "amr-of-a-reserved-type": (amr(50) + bytes([9 << 3]) * 50, None, "inconsistent"),
    "amr-of-random-types": (b"#!AMR\n" + bytes([12 << 3 | 4]) * 900, None, "inconsistent"),
    "amr-cut-in-a-frame": (amr(100)[:-10], None, "truncated"),
    "amr-of-many-channels": (b"#!AMR_MC1.0\n" + bytes(4) + amr(100)[6:], None, "not-sound"),
    "wav-declared-raw": (FORMATS["wav-alaw"][0], RAW["alaw"][1], "inconsistent"),
    "m4a-declared-raw": (M4A + bytes(len(M4A) % 2), RAW["alaw"][1], "inconsistent"),
    "alaw-declared-gsm": (b"\x55" * 3300, RAW["gsm"][1], "inconsistent"),
    "raw-with-half-a-frame": (RAW["s16le"][0][:-3], RAW["s16le"][1], "truncated"),
    "gsm-with-half-a-frame": (RAW["gsm"][0][:-3], RAW["gsm"][1], "truncated"),
    "nothing-declared-raw": (b"", RAW["alaw"][1], "empty"),
}

# What looks suspicious and is read all the same, with its length in seconds.
ACCEPTED: dict[str, tuple[bytes, float]] = {
    "wav-with-zeros-behind": (STEREO_HEADER + PCM + bytes(20_000), 2.0),
    "wav-with-a-list-behind": (STEREO_HEADER + PCM + b"LIST\x04\x00\x00\x00INFO", 2.0),
    "wav-with-its-format-behind": (
        STEREO_HEADER[:12] + STEREO_HEADER[36:] + PCM + STEREO_HEADER[12:36],
        2.0,
    ),
    "wav-with-a-wrong-byte-rate": (_edited(FORMATS["wav-pcm16"][0], 28, "<I", 1), 2.0),
    "wav-with-frames-of-no-bytes": (_edited(FORMATS["wav-pcm16"][0], 32, "<H", 0), 2.0),
    "riff-of-no-length": (_edited(FORMATS["wav-pcm16"][0], 4, "<I", 0), 2.0),
    "riff-of-any-length": (_edited(FORMATS["wav-pcm16"][0], 4, "<I", 0xFFFFFFFF), 2.0),
    "mp3-claims-5-frames": (_xing(frames=5), 2.0),
    "mp3-claims-no-frames": (_xing(frames=0), 2.0),
    "mp3-behind-an-mp3": (MP3 * 2, 4.0),
    "mp3-behind-many-tags": (_tag(bytes(10)) * 8 + MP3, 2.0),
    "mp3-behind-a-tag-that-unpacks-to-200-mb": (_compressed_tag(200 << 20) + MP3, 2.0),
    "opus-behind-opus": (OPUS * 2, 4.0),
    "vorbis-behind-vorbis": (VORBIS * 2, 4.0),
    "flac-behind-flac": (FLAC * 2, 4.0),
    "webm-without-an-index": (WEBM[: WEBM.rindex(b"\x1c\x53\xbb\x6b")], 2.0),
    "webm-with-a-lying-index": (_cues(b"\xff"), 2.0),
    "webm-with-a-cluster-an-hour-late": (_late_cluster(), 2.0),
    "m4a-claims-an-hour": (_in_box(b"mdhd", 16, 3600 * RATE_HZ), 2.0),
    "m4a-with-a-long-edit": (_in_box(b"elst", 8, 0x7FFFFFFF), 2.0),
    "amr-with-frames-of-nothing": (amr(50) + b"\x7c" * 50, 2.0),
}
