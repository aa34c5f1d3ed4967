"""What a file's header claims about its length, to be compared with what is there."""

import struct
from dataclasses import dataclass

from shared.decoding.signatures import HEAD_BYTES, ReadAt, after_id3, mp3_start

# Recorders that write to a pipe do not know the length yet and put 0, 2³¹ or 2³² less a little.
_LEAST_UNKNOWN_WAV_SIZE = 0x7FFFF000

_WAV_CHUNKS = 64


@dataclass(frozen=True, slots=True)
class WavClaims:
    """What a WAV file says (0: there is no `fmt` chunk), and how many bytes it lacks."""

    channels: int = 0
    rate_hz: int = 0
    missing_bytes: int = 0


def wav_claims(read_at: ReadAt, size_bytes: int) -> WavClaims:
    """Read the chunk headers up to the `data` chunk."""
    position = 12
    channels = rate_hz = 0
    for _ in range(_WAV_CHUNKS):
        header = read_at(position, 8)
        if len(header) < 8:
            break
        name, length = struct.unpack("<4sI", header)
        position += 8
        if name == b"data":
            known = 0 < length < _LEAST_UNKNOWN_WAV_SIZE
            missing = max(0, position + length - size_bytes) if known else 0
            return WavClaims(channels, rate_hz, missing)
        if name == b"fmt ":
            content = read_at(position, 8)
            if len(content) == 8:
                _, channels, rate_hz = struct.unpack("<HHI", content)
        position += length + length % 2
    return WavClaims(channels, rate_hz)


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
