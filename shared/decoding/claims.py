"""What a file's header claims about its length, to be compared with what is there."""

import struct
from dataclasses import dataclass

from shared.decoding.signatures import HEAD_BYTES, ReadAt, after_id3, mp3_start

# Recorders that write to a pipe do not know the length yet and put 0, 2³¹ or 2³² less a little.
_LEAST_UNKNOWN_WAV_SIZE = 0x7FFFF000

_WAV_CHUNKS = 64

# What recorders add behind the sound, or leave there of a file that they overwrite, is shorter.
_LEAST_HIDDEN_BYTES = 4096
_LEAST_HIDDEN_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class WavClaims:
    """What a WAV file says (0: there is no `fmt` chunk), and what of it is not so.

    `missing_bytes` of its sound are not there; `contradiction` is another lie, or empty.
    """

    channels: int = 0
    rate_hz: int = 0
    missing_bytes: int = 0
    contradiction: str = ""


def wav_claims(read_at: ReadAt, size_bytes: int) -> WavClaims:
    """Read the chunk headers up to the `data` chunk, and look whether sound follows behind it."""
    position = 12
    formats: list[tuple[int, int]] = []
    long_bytes: int | None = None
    for _ in range(_WAV_CHUNKS):
        header = read_at(position, 8)
        if len(header) < 8:
            break
        name, length = struct.unpack("<4sI", header)
        position += 8
        if name == b"data":
            known = 0 < length < _LEAST_UNKNOWN_WAV_SIZE
            if length == 0xFFFFFFFF and long_bytes is not None:
                length, known = long_bytes, True
            missing, hidden = 0, ""
            if known:
                missing = max(0, position + length - size_bytes)
                if not missing:
                    hidden = _hidden_sound(read_at, position + length, size_bytes, length)
            return WavClaims(*_first(formats), missing, _other_format(formats) or hidden)
        if name == b"fmt ":
            content = read_at(position, 8)
            if len(content) == 8:
                _, channels, rate_hz = struct.unpack("<HHI", content)
                formats.append((channels, rate_hz))
        elif name == b"ds64":
            # EBU Tech 3306: the sizes of a file that is, or might become, longer than 4 GB.
            long_bytes = int.from_bytes(read_at(position + 8, 8), "little")
        position += length + length % 2
    return WavClaims(*_first(formats), contradiction=_other_format(formats))


def _first(formats: list[tuple[int, int]]) -> tuple[int, int]:
    return formats[0] if formats else (0, 0)


def _other_format(formats: list[tuple[int, int]]) -> str:
    return "it has two fmt chunks that differ" if len(set(formats)) > 1 else ""


def _hidden_sound(read_at: ReadAt, end: int, size_bytes: int, sound_bytes: int) -> str:
    """What stands behind the sound that is neither a chunk of something else nor padding."""
    position = end
    for _ in range(_WAV_CHUNKS):
        # Not every writer pads a chunk of odd length.
        for start in (position + position % 2, position):
            header = read_at(start, 8)
            if header[:4].isascii() and header[:4].decode().isprintable():
                break
        if len(header) < 8:
            return ""
        name, length = struct.unpack("<4sI", header)
        if name in {b"data", b"RIFF"}:
            return f"a second {name.decode()} chunk follows behind its sound"
        if not (name.isascii() and name.decode().isprintable()):
            hidden = size_bytes - position
            least = max(_LEAST_HIDDEN_BYTES, _LEAST_HIDDEN_SHARE * sound_bytes)
            if hidden < least or not _holds_anything(read_at, position, size_bytes):
                return ""
            return f"it claims {sound_bytes} bytes of sound, behind which {hidden} more follow"
        position = start + 8 + length
    return ""


def _holds_anything(read_at: ReadAt, start: int, end: int) -> bool:
    """Whether a stretch is anything but zeros, by its first and last 64 kB."""
    return any(read_at(start, HEAD_BYTES)) or any(read_at(max(start, end - HEAD_BYTES), HEAD_BYTES))


# Bytes of an AMR frame by its type, its first byte included (RFC 4867, storage format); 0: there is
# no such type. Beside speech and comfort noise there are frames without content: lost, and none.
_AMR_NARROW = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_AMR_WIDE = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class AmrFrames:
    """Where in an AMR file stands what is no frame, or None; else bytes that the last one lacks."""

    bad_at: int | None
    missing_bytes: int


def amr_frames(read_at: ReadAt, size_bytes: int, *, limit: int) -> AmrFrames:
    """Walk over at most `limit` frames of an AMR file, which has no checksum and no length."""
    wide = read_at(0, 9) == b"#!AMR-WB\n"
    sizes, position = (_AMR_WIDE, 9) if wide else (_AMR_NARROW, 6)
    while position < size_bytes and limit > 0:
        piece = read_at(position, _PIECE_BYTES)
        inside = 0
        while inside < len(piece) and limit > 0:
            length = sizes[piece[inside] >> 3 & 15]
            if not length:
                return AmrFrames(position + inside, 0)
            inside += length
            limit -= 1
        position += inside
    return AmrFrames(None, max(0, position - size_bytes))


def missing_ogg_bytes(read_at: ReadAt, size_bytes: int) -> int:
    """Bytes that the last Ogg page lacks (RFC 3533: 27 bytes, a segment table, the segments)."""
    # A page is at most 65,307 bytes long.
    start = max(0, size_bytes - 65_307)
    tail = read_at(start, 65_307)
    page = tail.rfind(b"OggS")
    if page < 0 or page + 27 > len(tail):
        return 27 if page >= 0 else 0
    segments = tail[page + 26]
    table = tail[page + 27 : page + 27 + segments]
    end = page + 27 + segments + sum(table)
    return max(0, end - len(tail))


def mp3_claimed_frames(read_at: ReadAt) -> int | None:
    """Number of frames in the Xing or Info header of a variable or constant bit rate file."""
    head = read_at(after_id3(read_at), HEAD_BYTES)
    first = mp3_start(head) or 0
    for magic in (b"Xing", b"Info"):
        # Behind the side information of the first frame, which is at most 36 bytes in.
        position = head.find(magic, first, first + 48)
        if position >= 0 and position + 12 <= len(head) and head[position + 7] & 1:
            return int.from_bytes(head[position + 8 : position + 12], "big")
    return None
