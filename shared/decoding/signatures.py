"""Which containers, codecs, rates and channels are accepted, and how a container is told by its first bytes.

FFmpeg's own guessing is not used: it would try some 300 demuxers, among them playlists that open
other files and addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass

MAX_CHANNELS = 8
RATES_HZ = (8_000, 48_000)

HEAD_BYTES = 64 * 1024

ReadAt = Callable[[int, int], bytes]
"""(offset, size) → that part of the file, shorter at its end."""


@dataclass(frozen=True, slots=True)
class Container:
    """An accepted container, FFmpeg's demuxer for it, and the codecs (FFmpeg names) it may hold."""

    name: str
    demuxer: str
    codecs: frozenset[str]


_WAV_CODECS = (
    "pcm_u8 pcm_s16le pcm_s24le pcm_s32le pcm_f32le pcm_alaw pcm_mulaw gsm_ms mp3 "
    "adpcm_ms adpcm_ima_wav"
)

CONTAINERS = {
    name: Container(name, demuxer, frozenset(codecs.split()))
    for name, demuxer, codecs in (
        ("wav", "wav", _WAV_CODECS),
        ("mp3", "mp3", "mp3"),
        ("ogg", "ogg", "opus vorbis flac"),
        ("flac", "flac", "flac"),
        ("m4a", "mov", "aac"),
        ("aac", "aac", "aac"),
        ("amr", "amr", "amr_nb amr_wb"),
        ("webm", "matroska", "opus vorbis"),
    )
}

# Named only so that a person reads what the file is; none of them is opened.
_REFUSED = (
    (b"#EXTM3U", "an M3U playlist"),
    (b"[playlist]", "a PLS playlist"),
    (b"ffconcat", "an FFmpeg concat list"),
    (b"<?xml", "an XML document"),
    (b"FORM", "AIFF"),
    (b".snd", "Sun AU"),
    (b"caff", "CAF"),
    (b"\x30\x26\xb2\x75", "ASF or WMA"),
    (b"FLV", "FLV"),
    (b"\x00\x00\x01\xba", "MPEG video"),
    (b"RIFF", "RIFF, but not WAVE"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
)


def container_of(read_at: ReadAt) -> Container | None:
    """The accepted container that the bytes show, or None."""
    start = after_id3(read_at)
    head = read_at(start, HEAD_BYTES)
    name = _fixed_signature(head)
    if name is None and _is_adts(head):
        name = "aac"
    if name is None and mp3_start(head) is not None:
        name = "mp3"
    return CONTAINERS[name] if name is not None else None


def refused_name(head: bytes) -> str | None:
    """What a file is that is known but not accepted, in words for a person."""
    beginning = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((what for magic, what in _REFUSED if beginning.startswith(magic)), None)


def mp3_start(head: bytes) -> int | None:
    """Offset of the first frame of a chain of MPEG audio layer 3 frames, or None.

    A chain of four is asked for, or, at the very beginning, of two or of one that fills the file:
    four bytes that look like a header occur by chance about once in 4 kB.
    """
    position = 0
    while (position := head.find(b"\xff", position)) >= 0:
        count, end = _mp3_chain(head, position)
        if count == 4 or (position == 0 and (count >= 2 or (count == 1 and end >= len(head)))):
            return position
        position += 1
    return None


def signed_name(head: bytes) -> str | None:
    """The accepted container whose fixed signature a file begins with, or None.

    Of four bytes or more, so that samples of sound do not look like one by chance.
    """
    return "mp3" if head.startswith(b"ID3") else _fixed_signature(head)


def _fixed_signature(head: bytes) -> str | None:
    if head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in {b"ftyp", b"moov", b"mdat"}:
        return "m4a"
    signatures = {
        b"OggS": "ogg",
        b"fLaC": "flac",
        b"#!AMR\n": "amr",
        b"#!AMR-WB\n": "amr",
        b"\x1a\x45\xdf\xa3": "webm",
    }
    return next((name for magic, name in signatures.items() if head.startswith(magic)), None)


def after_id3(read_at: ReadAt) -> int:
    """Offset behind the ID3v2 tags at the beginning (10 bytes of header, 28 bits of size)."""
    start = 0
    for _ in range(8):
        header = read_at(start, 10)
        if len(header) < 10 or header[:3] != b"ID3":
            break
        size = 0
        for byte in header[6:10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size
    return start


def _is_adts(head: bytes) -> bool:
    """Whether two AAC frames with ADTS headers follow each other, or one that fills the file."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return False
    length = (head[3] & 0x03) << 11 | head[4] << 3 | head[5] >> 5
    following = head[length : length + 2]
    if len(following) < 2:
        return length >= 7
    return following[0] == 0xFF and following[1] & 0xF6 == 0xF0


# Layer 3 bit rates in kbit/s by index (ISO/IEC 11172-3, 13818-3) and rates of MPEG 1 in Hz.
_KBITS_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_V1 = (44100, 48000, 32000)


def _mp3_chain(head: bytes, position: int) -> tuple[int, int]:
    """How many headers of one version and rate follow each other, at most four, and the end."""
    kind = None
    for count in range(4):
        frame = _mp3_frame(head[position : position + 4])
        if frame is None or kind not in {None, frame[0]}:
            return count, position
        kind, length = frame
        position += length
    return 4, position


def _mp3_frame(header: bytes) -> tuple[tuple[int, int], int] | None:
    """((version, rate index), frame length in bytes) of a layer 3 header, or None."""
    if len(header) < 4:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bit_rate_index, rate_index = header[2] >> 4, header[2] >> 2 & 3
    if header[0] != 0xFF or header[1] & 0xE0 != 0xE0 or version == 1 or layer != 1:
        return None
    if bit_rate_index in {0, 15} or rate_index == 3:
        return None
    is_v1 = version == 3
    bits_per_s = (_KBITS_V1 if is_v1 else _KBITS_V2)[bit_rate_index] * 1000
    rate_hz = _RATES_V1[rate_index] >> (0 if is_v1 else 1 if version == 2 else 2)
    padding = header[2] >> 1 & 1
    return (version, rate_index), (144 if is_v1 else 72) * bits_per_s // rate_hz + padding
