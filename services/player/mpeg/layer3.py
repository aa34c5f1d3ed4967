"""Frames of the one form of MP3 that sound is kept in, taken apart and put together; pure.

Every rendition is MPEG-2 Layer III at 16 kHz with 40 kbit/s a channel, constant, joint stereo and bit
reservoir off: all frames have one length, none needs another one's bytes, and each channel's bits
stand by themselves. So a time is a byte position, a channel can be cut out of a frame, two recordings
can be joined, and silence is a frame of zeros, all without decoding. Layout of frames: ISO/IEC
13818-3 §2.4 and 11172-3 §2.4.1; of the first one: the Xing header with LAME's extension, as
https://wiki.hydrogenaud.io/index.php?title=LAME describes it.
"""

RATE_HZ = 16_000
FRAME_SAMPLES = 576
FRAME_MS = 36
BIT_RATE = 40_000
"""Bits per second of one channel."""
MONO_BYTES = 180
STEREO_BYTES = 360

DELAY_SAMPLES = 576 + 529
"""Samples that come out of a decoder before the first one that went into the encoder."""

_HEADER_BYTES = 4
# Side information: 8 bits of reservoir pointer (always 0), private bits, 63 bits per channel.
_MONO_SIDE_BYTES, _STEREO_SIDE_BYTES = 9, 17
_CHANNEL_BITS = 63
_CHANNEL_MASK = (1 << _CHANNEL_BITS) - 1
# The first 12 of them: how many bits of the frame's main data the channel takes.
_LENGTH_SHIFT = _CHANNEL_BITS - 12
_MONO_MAIN_BYTES = MONO_BYTES - _HEADER_BYTES - _MONO_SIDE_BYTES
_STEREO_MAIN_BYTES = STEREO_BYTES - _HEADER_BYTES - _STEREO_SIDE_BYTES
_MONO_MAIN_BITS = 8 * _MONO_MAIN_BYTES
_STEREO_MAIN_BITS = 8 * _STEREO_MAIN_BYTES

# Sync, MPEG-2, layer III, no CRC; 40 or 80 kbit/s at 16 kHz; one or two channels, original.
_MONO_HEADER = bytes.fromhex("fff358c4")
_STEREO_HEADER = bytes.fromhex("fff39804")
# The first frame has room for 190 bytes of its own; at 40 kbit/s it would not.
_MONO_INFO_HEADER = bytes.fromhex("fff388c4")
_INFO_BYTES = {1: 288, 2: STEREO_BYTES}

SILENCE = _MONO_HEADER + bytes(MONO_BYTES - _HEADER_BYTES)
"""A mono frame of digital silence."""

_FRAMES_BYTES_TOC_QUALITY = 15


def frame_bytes(channels: int) -> int:
    """Length of a frame of one or two channels."""
    return MONO_BYTES * channels


def info_bytes(channels: int) -> int:
    """Length of the first frame, which only tells a player how long the sound is."""
    return _INFO_BYTES[channels]


def is_mono_frame(frame: bytes) -> bool:
    """Whether the bytes are one frame as the encoder must make it."""
    return len(frame) == MONO_BYTES and frame[:5] == _MONO_HEADER + b"\0"


def interleave(left: bytes, right: bytes) -> bytes:
    """The stereo frames of as many mono frames of each side."""
    return b"".join(
        _pair(left[at : at + MONO_BYTES], right[at : at + MONO_BYTES])
        for at in range(0, len(left), MONO_BYTES)
    )


def side_of(stereo: bytes, channel: int) -> bytes:
    """The mono frames of one channel (0 left, 1 right) of stereo frames."""
    return b"".join(
        _side(stereo[at : at + STEREO_BYTES], channel) for at in range(0, len(stereo), STEREO_BYTES)
    )


def info_frame(*, channels: int, frames: int, samples: int) -> bytes:
    """The first frame of a sound of `frames` further ones that hold `samples` after the delay."""
    length = info_bytes(channels)
    size_bytes = length + frames * frame_bytes(channels)
    padding = min(0xFFF, max(0, frames * FRAME_SAMPLES - DELAY_SAMPLES - samples + 529))
    side_bytes = _MONO_SIDE_BYTES if channels == 1 else _STEREO_SIDE_BYTES
    content = b"".join(
        (
            _MONO_INFO_HEADER if channels == 1 else _STEREO_HEADER,
            bytes(side_bytes),
            b"Info",
            _FRAMES_BYTES_TOC_QUALITY.to_bytes(4, "big"),
            frames.to_bytes(4, "big"),
            size_bytes.to_bytes(4, "big"),
            bytes(part * 256 // 100 for part in range(100)),
            bytes(4),
            # The encoder's name; constant bit rate; low pass; peak and gains unknown; flags.
            b"LAME3.100" + bytes([1, 0]) + bytes(8) + bytes([0, BIT_RATE * channels // 1000]),
            (DELAY_SAMPLES - 529 << 12 | padding).to_bytes(3, "big"),
            bytes(4),
            size_bytes.to_bytes(4, "big"),
            # A checksum of the music, which no player asks for.
            bytes(2),
        )
    )
    return (content + _crc16(content).to_bytes(2, "big")).ljust(length, b"\0")


def _pair(left: bytes, right: bytes) -> bytes:
    left_side = int.from_bytes(left[5:13], "big") & _CHANNEL_MASK
    right_side = int.from_bytes(right[5:13], "big") & _CHANNEL_MASK
    left_bits, right_bits = left_side >> _LENGTH_SHIFT, right_side >> _LENGTH_SHIFT
    left_main = int.from_bytes(left[13:], "big") >> (_MONO_MAIN_BITS - left_bits)
    right_main = int.from_bytes(right[13:], "big") >> (_MONO_MAIN_BITS - right_bits)
    main = (left_main << right_bits | right_main) << (_STEREO_MAIN_BITS - left_bits - right_bits)
    sides = left_side << _CHANNEL_BITS | right_side
    return b"".join(
        (
            _STEREO_HEADER,
            sides.to_bytes(_STEREO_SIDE_BYTES, "big"),
            main.to_bytes(_STEREO_MAIN_BYTES, "big"),
        )
    )


def _side(frame: bytes, channel: int) -> bytes:
    sides = int.from_bytes(frame[4:21], "big")
    left_side, right_side = sides >> _CHANNEL_BITS & _CHANNEL_MASK, sides & _CHANNEL_MASK
    left_bits = left_side >> _LENGTH_SHIFT
    side = right_side if channel else left_side
    bits = side >> _LENGTH_SHIFT
    before = left_bits if channel else 0
    main = int.from_bytes(frame[21:], "big") >> (_STEREO_MAIN_BITS - before - bits)
    kept = (main & ((1 << bits) - 1)) << (_MONO_MAIN_BITS - bits)
    return b"".join(
        (
            _MONO_HEADER,
            side.to_bytes(_MONO_SIDE_BYTES, "big"),
            kept.to_bytes(_MONO_MAIN_BYTES, "big"),
        )
    )


def _crc16(content: bytes) -> int:
    """CRC-16/ARC (polynomial 0x8005, reflected), which the first frame ends with."""
    value = 0
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value
