"""One opened file of sound, with nothing in it believed."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

from shared.decoding.claims import mp3_claimed_frames
from shared.decoding.declared import DeclaredFormat
from shared.decoding.opening import open_file
from shared.decoding.refusal import Refusal, check_shape

# Encoder delay and padding make a header's length and the decoded one differ a little.
_LENGTH_TOLERANCE_S = 0.5
_LENGTH_TOLERANCE = 0.01

# Recorders of WebRTC leave out packets that were lost; smaller steps are rounding.
_GAP_S = 0.2

_DAMAGED_SHARE = 0.5


class Sound:
    """One opened file: its only sound stream, and the checks of what comes out of it."""

    def __init__(
        self, source: io.FileIO, max_seconds: float, declared: DeclaredFormat | None
    ) -> None:
        self._file = open_file(source, max_seconds, declared)
        self._container, self._stream = self._file.container, self._file.stream
        self._max_seconds = max_seconds
        self.decoded_s = Fraction(0)
        self.damaged_s = Fraction(0)
        self._shape: tuple[int, int] | None = None
        self._has_packets = False

    def header(self, first: AudioFrame) -> dict[str, Any]:
        """What is told of the file before its PCM."""
        return {
            "container": self._container.name,
            "codec": self._stream.codec_context.codec.canonical_name,
            "channels": first.layout.nb_channels,
            "rate_hz": first.sample_rate,
            "size_bytes": self._file.size_bytes,
        }

    def timeline(self) -> Iterator["AudioFrame | Fraction"]:
        """Frames in order, and seconds of silence where packets are damaged or missing."""
        end_s: Fraction | None = None
        for packet in self._packets():
            damaged_before_s = self.damaged_s
            frames = self._frames(packet)
            silence_s = self.damaged_s - damaged_before_s
            for frame in frames:
                start_s = _start_s(frame) if self._container.name == "webm" else None
                if start_s is not None:
                    if end_s is not None and self._is_gap(end_s, start_s):
                        silence_s = start_s - end_s
                    end_s = start_s + Fraction(frame.samples, frame.sample_rate)
                self.decoded_s += silence_s + Fraction(frame.samples, frame.sample_rate)
                self._check_length(self.decoded_s)
                if silence_s:
                    yield silence_s
                    silence_s = Fraction(0)
                yield frame
            if silence_s:
                self.decoded_s += silence_s
                self._check_length(self.decoded_s)
                yield silence_s

    def _packets(self) -> Iterator["Packet[AudioStream]"]:
        try:
            yield from self._file.input.demux(self._stream)
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            if self._container.name != "ogg":
                raise
            # FFmpeg follows one stream behind another only where they are alike.
            detail = f"the ogg file changes in the middle: {error.strerror}"
            raise Refusal("inconsistent", detail) from error

    def _is_gap(self, end_s: Fraction, start_s: Fraction) -> bool:
        """Whether the time between two frames is silence, and not one that the file has no room for."""
        if start_s - end_s <= _GAP_S:
            return False
        claimed_s = self._claimed_s()
        return claimed_s is None or start_s <= claimed_s

    def _frames(self, packet: "Packet[AudioStream]") -> list[AudioFrame]:
        """The frames of one packet, checked; none, and counted as damage, where it is broken."""
        self._has_packets |= packet.size > 0
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            self.damaged_s += self._packet_s(packet)
            return []
        for frame in frames:
            self._check_shape(frame.layout.nb_channels, frame.sample_rate)
        return [frame for frame in frames if frame.samples]

    def _packet_s(self, packet: "Packet[AudioStream]") -> Fraction:
        """Length of a packet by its codec's own framing."""
        if not packet.duration or packet.time_base is None:
            return Fraction(0)
        return max(Fraction(0), packet.duration * packet.time_base)

    def _check_length(self, seconds: Fraction) -> None:
        """Refuse as soon as the sound is longer than allowed, whatever the header said."""
        if seconds > self._max_seconds:
            raise Refusal("too-long", f"the sound is longer than {self._max_seconds:g} s")

    def silent_refusal(self) -> Refusal:
        """Why not one frame came out."""
        if not self._has_packets:
            if claimed_s := self._claimed_s():
                return Refusal("truncated", f"the header claims {float(claimed_s):.1f} s of sound")
            # What recorders leave behind for calls that nobody answered.
            return Refusal("empty", f"the {self._container.name} file has a header, but no sound")
        return Refusal("not-sound", "no sound could be decoded from the file")

    def checked_summary(self) -> dict[str, Any]:
        """What is told after the PCM; refuses more gaps than sound, and less than was claimed."""
        if self.damaged_s > self.decoded_s * Fraction(_DAMAGED_SHARE):
            raise Refusal("not-sound", "more than half of the packets cannot be decoded")
        claimed_s = self._claimed_s()
        if claimed_s is not None:
            missing_s = float(claimed_s - self.decoded_s)
            if missing_s > max(_LENGTH_TOLERANCE_S, _LENGTH_TOLERANCE * float(claimed_s)):
                raise Refusal(
                    "truncated",
                    f"the header claims {float(claimed_s):.1f} s, "
                    f"there are {float(self.decoded_s):.1f} s",
                )
        return {
            "seconds": float(self.decoded_s),
            "damaged_seconds": float(self.damaged_s),
        }

    def _check_shape(self, channels: int, rate_hz: int) -> None:
        if self._shape is None:
            check_shape(channels, rate_hz)
            self._shape = (channels, rate_hz)
        elif self._shape != (channels, rate_hz):
            raise Refusal(
                "inconsistent",
                f"the sound changes from {self._shape[0]} channels at {self._shape[1]} Hz "
                f"to {channels} channels at {rate_hz} Hz",
            )

    def _claimed_s(self) -> Fraction | None:
        """The length in seconds that the header claims, where the container has such a field."""
        stream = self._stream
        codec = stream.codec_context.codec.canonical_name
        if self._container.name == "mp3":
            frames = mp3_claimed_frames(self._file.read_at)
            rate_hz = stream.codec_context.sample_rate
            return (
                Fraction(frames * (1152 if rate_hz >= 32_000 else 576), rate_hz) if frames else None
            )
        if self._container.name in {"flac", "m4a"} and stream.duration and stream.time_base:
            return stream.duration * stream.time_base
        if self._container.name == "webm" and codec == "opus" and self._file.input.duration:
            # For Vorbis FFmpeg would make up a length out of the nominal bit rate.
            return Fraction(self._file.input.duration, 1_000_000)
        return None


def _start_s(frame: AudioFrame) -> Fraction | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base
