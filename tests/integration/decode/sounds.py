"""Files of sound made on the spot: real ones by encoders, and ones that lie, byte by byte."""

import io
import struct

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def tones(channels: int, *, rate_hz: int = 8000, seconds: float = 2.0) -> Samples:
    """Channel i holds a sine of 300 + 200·i Hz: (frames, channels)."""
    times_s = np.arange(int(seconds * rate_hz)) / rate_hz
    hertz = 300 + 200 * np.arange(channels)
    return (0.3 * np.sin(2 * np.pi * times_s[:, None] * hertz)).astype(np.float32)


def loudest_hz(channel: Samples, rate_hz: int) -> int:
    """The frequency of the strongest tone, to 10 Hz."""
    spectrum = np.abs(np.fft.rfft(channel))
    return round(int(np.argmax(spectrum)) * rate_hz / len(channel) / 10) * 10


def by_soundfile(samples: Samples, rate_hz: int, subtype: str, kind: str = "WAV") -> bytes:
    """A file written by libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, subtype=subtype, format=kind)
    return file.getvalue()


def by_av(samples: Samples, rate_hz: int, container: str, codec: str) -> bytes:
    """A file written by FFmpeg's muxer and encoder of these names; 1 or 2 channels."""
    file = io.BytesIO()
    layout = "stereo" if samples.shape[1] == 2 else "mono"
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, av.AudioStream)
        pcm = (np.ascontiguousarray(samples).reshape(1, -1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=layout)
        frame.sample_rate = rate_hz
        for packet in stream.encode(frame):
            output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return file.getvalue()


def wav_header(
    *, tag: int = 1, channels: int = 1, rate_hz: int = 8000, bits: int = 16, data_bytes: int
) -> bytes:
    """A RIFF WAVE header that says what it is told to say."""
    block = max(1, channels * bits // 8) & 0xFFFF
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * block & 0xFFFFFFFF, block, bits)
    riff = 36 + data_bytes & 0xFFFFFFFF
    return (
        struct.pack("<4sI4s", b"RIFF", riff, b"WAVE")
        + struct.pack("<4sI", b"fmt ", len(fmt))
        + fmt
        + struct.pack("<4sI", b"data", data_bytes)
    )


def amr(frames: int, *, wide: bool = False) -> bytes:
    """AMR of 20 ms frames of the highest mode, all bits zero (RFC 4867 storage format)."""
    if wide:
        return b"#!AMR-WB\n" + (bytes([8 << 3 | 4]) + bytes(60)) * frames
    return b"#!AMR\n" + (bytes([7 << 3 | 4]) + bytes(31)) * frames


def flac_silence(seconds: int, *, rate_hz: int = 8000) -> bytes:
    """Mono FLAC of digital silence in the largest blocks: three hours are some 20 kB."""
    block = 65_535
    total = seconds * rate_hz
    information = (
        struct.pack(">HH", block, block)
        + bytes(6)
        + (rate_hz << 44 | 0 << 41 | 15 << 36 | total).to_bytes(8, "big")
        + bytes(16)
    )
    stream = bytearray(b"fLaC\x80" + len(information).to_bytes(3, "big") + information)
    for number in range(-(-total // block)):
        size = min(block, total - number * block)
        # Sync, 16-bit block size at the end, 8 kHz, mono, 16 bits.
        header = b"\xff\xf8\x74\x08" + _utf8(number) + (size - 1).to_bytes(2, "big")
        header += bytes([_crc(header, 8, 0x07)])
        frame = header + b"\x00" + b"\x00\x00"
        stream += frame + _crc(frame, 16, 0x8005).to_bytes(2, "big")
    return bytes(stream)


def _utf8(number: int) -> bytes:
    return chr(number).encode()


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    value = 0
    for byte in data:
        value ^= byte << bits - 8
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> bits - 1 else 0)
            value &= (1 << bits) - 1
    return value
