"""Turning one file of sound into PCM, or only counting it."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av.error
from av.audio.frame import AudioFrame
from av.filter import Graph

from shared.decoding.sound import Sound

_BLOCK_BYTES = 128 * 1024
_SAMPLE_BYTES = 4
_SIGN_S = 600


class Probe:
    """The whole file decoded and only counted; iterating gives a sign of life every ten minutes.

    Packets are not counted instead: their lengths are what the file says of itself.
    """

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self.header: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}

    def __iter__(self) -> Iterator[None]:
        """Decode and count; `header` and `summary` are set at the end."""
        first: AudioFrame | None = None
        signed_s = Fraction(0)
        for piece in self._sound.timeline():
            if first is None and isinstance(piece, AudioFrame):
                first = piece
            if self._sound.decoded_s - signed_s >= _SIGN_S:
                signed_s = self._sound.decoded_s
                yield
        if first is None:
            raise self._sound.silent_refusal()
        self.header = self._sound.header(first)
        self.summary = self._sound.checked_summary()


def decode(sound: Sound, rate_hz: int) -> tuple[dict[str, Any], "PcmBlocks"]:
    """(header, blocks) of a file; the header comes from the first decoded frame."""
    pieces = sound.timeline()
    silence_s = Fraction(0)
    for piece in pieces:
        if isinstance(piece, AudioFrame):
            return sound.header(piece), PcmBlocks(sound, silence_s, piece, pieces, rate_hz)
        silence_s += piece
    raise sound.silent_refusal()


class PcmBlocks:
    """Interleaved 32-bit float PCM in blocks of some 128 KiB; `summary` is set after the last."""

    def __init__(
        self,
        sound: Sound,
        silence_s: Fraction,
        first: AudioFrame,
        pieces: Iterator["AudioFrame | Fraction"],
        rate_hz: int,
    ) -> None:
        self.summary: dict[str, Any] = {}
        self._sound = sound
        self._silence_s = silence_s
        self._first = first
        self._pieces = pieces
        self._rate_hz = rate_hz
        self._frame_bytes = _SAMPLE_BYTES * first.layout.nb_channels
        self._resampler = _Resampler(first, rate_hz)

    def __iter__(self) -> Iterator[bytes]:
        """Decode, resample and cut into blocks."""
        block = bytearray()
        for pcm in self._pcm():
            block += pcm
            while len(block) >= _BLOCK_BYTES:
                size = _BLOCK_BYTES - _BLOCK_BYTES % self._frame_bytes
                yield bytes(block[:size])
                del block[:size]
        if block:
            yield bytes(block)
        self.summary = self._sound.checked_summary()

    def _pcm(self) -> Iterator[bytes]:
        # A damaged beginning, too, keeps its length.
        yield from self._silence(self._silence_s)
        yield from self._resampler.push(self._first)
        for piece in self._pieces:
            if isinstance(piece, AudioFrame):
                yield from self._resampler.push(piece)
            else:
                yield from self._silence(piece)
        yield from self._resampler.push(None)

    def _silence(self, seconds: Fraction) -> Iterator[bytes]:
        left = round(seconds * self._rate_hz) * self._frame_bytes
        while left > 0:
            size = min(left, _BLOCK_BYTES - _BLOCK_BYTES % self._frame_bytes)
            left -= size
            yield bytes(size)


class _Resampler:
    """FFmpeg's resampler to interleaved 32-bit float on this thread, the channels untouched."""

    def __init__(self, first: AudioFrame, rate_hz: int) -> None:
        self._graph = Graph()
        # More threads would be refused by the process limit, and the cores belong to others.
        self._graph.threads = 1
        self._time_base = Fraction(1, first.sample_rate)
        self._position = 0
        source = self._graph.add(
            "abuffer",
            sample_rate=str(first.sample_rate),
            sample_fmt=first.format.name,
            channel_layout=first.layout.name,
            time_base=f"1/{first.sample_rate}",
        )
        shape = self._graph.add("aformat", sample_rates=str(rate_hz), sample_fmts="flt")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, shape, sink).configure()
        self._frame_bytes = _SAMPLE_BYTES * first.layout.nb_channels

    def push(self, frame: AudioFrame | None) -> Iterator[bytes]:
        """PCM that is ready after one more frame; None gives the rest."""
        if frame is not None:
            # The file's own times may jump; the samples are counted instead.
            frame.time_base = self._time_base
            frame.pts = self._position
            self._position += frame.samples
        self._graph.push(frame)
        while True:
            try:
                ready = cast("AudioFrame", self._graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            # A plane is padded to the alignment of the processor.
            yield bytes(ready.planes[0])[: ready.samples * self._frame_bytes]
