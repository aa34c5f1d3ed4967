"""The sound that every browser plays: constant-rate MP3; docs/adr names the reasons.

Worker only: imports PyAV when it encodes. Its input is PCM from the decode child, so trusted.
"""

from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

CONTENT_TYPE = "audio/mpeg"
FILE_SUFFIX = "mp3"
MOST_CHANNELS = 2

# MPEG-1 and MPEG-2 rates only: 8, 11.025 and 12 kHz are the unofficial MPEG-2.5, which not every
# player knows.
_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
# Bits per second of one channel: 24 dB SNR on telephone speech at 16 kHz (measured, see the ADR).
_BIT_RATES = {16_000: 32_000, 22_050: 40_000, 24_000: 40_000}
_WIDE_BIT_RATE = 64_000
_OPUS_RATE_HZ = 24_000
_PIECE_FRAMES = 16_384

Sound = npt.NDArray[np.float32]


def rendition_rate_hz(source_rate_hz: int, codec: str) -> int:
    """The rate to decode at: the least rate of MP3 that keeps all of a recording's band.

    Opus calls everything 48 kHz, telephone speech too; what calls hold of it fits in 24 kHz.
    """
    rate_hz = min(source_rate_hz, _OPUS_RATE_HZ) if codec == "opus" else source_rate_hz
    return next((rate for rate in _RATES_HZ if rate >= rate_hz), _RATES_HZ[-1])


def bit_rate(rate_hz: int, channels: int) -> int:
    """Bits per second of a rendition; constant, so that a time is a byte position."""
    return _BIT_RATES.get(rate_hz, _WIDE_BIT_RATE) * min(channels, MOST_CHANNELS)


def fold_to_stereo(block: Sound) -> Sound:
    """At most two channels of (channels, frames): one and two stay as they are, left and right.

    Channels beyond the second are heard on both sides at half strength; the sum is scaled so that
    it cannot clip.
    """
    if len(block) <= MOST_CHANNELS:
        return block
    others = block[MOST_CHANNELS:]
    shared = 0.5 * others.sum(axis=0)
    folded: Sound = ((block[:MOST_CHANNELS] + shared) / (1 + 0.5 * len(others))).astype(np.float32)
    return folded


class PlaybackEncoder:
    """Encodes blocks of sound to MP3 into a seekable file; memory does not grow with the sound.

    The file must be seekable because the first MP3 frame tells the number of frames, the encoder's
    delay and its padding, so that players know the exact length and cut the silence it adds.
    """

    def __init__(self, into: BinaryIO, *, channels: int, rate_hz: int) -> None:
        import av

        if rate_hz not in _RATES_HZ:
            raise ValueError(f"{rate_hz} Hz is not a rate of MP3: use rendition_rate_hz()")
        self._layout = "mono" if channels == 1 else "stereo"
        self._rate_hz = rate_hz
        self._frames = 0
        self._frame_type = av.AudioFrame
        self._container: OutputContainer = av.open(into, "w", format="mp3")
        # Joint stereo would let one party's sound leak into the other's channel.
        options = {"joint_stereo": "0", "compression_level": "5"}
        self._stream: AudioStream = self._container.add_stream(
            "libmp3lame", rate=rate_hz, options=options
        )
        self._stream.layout = self._layout
        self._stream.format = "fltp"
        self._stream.bit_rate = bit_rate(rate_hz, channels)

    def __enter__(self) -> Self:
        """Start; the container was opened with the object."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what the encoder still holds, then the header, unless an error ended the block."""
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def add(self, block: Sound) -> None:
        """Encode the next samples, (channels, frames); more than two channels are folded."""
        stereo = np.clip(fold_to_stereo(block), -1, 1)
        for start in range(0, stereo.shape[1], _PIECE_FRAMES):
            piece = np.ascontiguousarray(stereo[:, start : start + _PIECE_FRAMES])
            frame = self._frame_type.from_ndarray(piece, format="fltp", layout=self._layout)
            frame.sample_rate = self._rate_hz
            frame.pts = self._frames
            self._frames += piece.shape[1]
            self._container.mux(self._stream.encode(frame))
