"""Encodes sound to the one form of MP3 that is kept; docs/adr names the reasons.

Worker only: imports PyAV when it encodes. Its input is PCM from the decode child, so trusted.
"""

from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np
import numpy.typing as npt

from services.player.mpeg import layer3
from shared.errors import TematikaError

if TYPE_CHECKING:
    from av import AudioFrame

CONTENT_TYPE = "audio/mpeg"
FILE_SUFFIX = "mp3"
MOST_CHANNELS = 2

Sound = npt.NDArray[np.float32]


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
    """Encodes one or two channels at `layer3.RATE_HZ` to a file; memory does not grow with the sound.

    The file must be seekable: its first frame tells how long the sound is, which is known last.
    """

    def __init__(self, into: BinaryIO, *, channels: int) -> None:
        self._into = into
        self._channels = channels
        self._sides = [_MonoEncoder() for _ in range(channels)]
        self._waiting = [bytearray() for _ in range(channels)]
        self._frames = 0
        self._samples = 0

    def __enter__(self) -> Self:
        """Leave room for the first frame."""
        self._into.write(bytes(layer3.info_bytes(self._channels)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what the encoders still hold, then the first frame, unless an error ended the block."""
        if kind is None:
            self._write([side.rest() for side in self._sides])
            self._into.seek(0)
            self._into.write(
                layer3.info_frame(
                    channels=self._channels, frames=self._frames, samples=self._samples
                )
            )

    def add(self, block: Sound) -> None:
        """Encode the next samples: (channels, frames), float32; what is beyond -1..1 is clipped."""
        self._samples += block.shape[1]
        clipped = np.clip(block, -1, 1)
        self._write([side.add(pcm) for side, pcm in zip(self._sides, clipped, strict=True)])

    def _write(self, encoded: list[bytes]) -> None:
        for waiting, frames in zip(self._waiting, encoded, strict=True):
            waiting.extend(frames)
        length = min(map(len, self._waiting))
        sides = [bytes(waiting[:length]) for waiting in self._waiting]
        self._into.write(sides[0] if self._channels == 1 else layer3.interleave(*sides))
        self._frames += length // layer3.MONO_BYTES
        for waiting in self._waiting:
            del waiting[:length]


class _MonoEncoder:
    """LAME on one channel, each frame of which stands by itself."""

    def __init__(self) -> None:
        import av

        self._new_frame = av.AudioFrame.from_ndarray
        self._position = 0
        self._codec = av.CodecContext.create("libmp3lame", "w")
        self._codec.sample_rate = layer3.RATE_HZ
        self._codec.layout = "mono"
        self._codec.format = "fltp"
        self._codec.bit_rate = layer3.BIT_RATE
        self._codec.time_base = Fraction(1, layer3.RATE_HZ)
        # A reservoir would let a frame need bytes of those before it.
        self._codec.options = {"reservoir": "0", "compression_level": "5"}

    def add(self, pcm: Sound) -> bytes:
        """The frames that are ready after further samples."""
        if not pcm.size:
            return b""
        frame = self._new_frame(pcm[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = layer3.RATE_HZ
        frame.pts = self._position
        self._position += pcm.size
        return b"".join(self._encoded(frame))

    def rest(self) -> bytes:
        """The frames that hold the last samples."""
        return b"".join(self._encoded(None))

    def _encoded(self, frame: "AudioFrame | None") -> Iterator[bytes]:
        for packet in self._codec.encode(frame):
            encoded = bytes(packet)
            if not layer3.is_mono_frame(encoded):
                raise TematikaError("the MP3 encoder does not keep to the form of our frames")
            yield encoded
