"""One opened file of sound, with nothing in it believed."""

import io
import os
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from shared.decoding.claims import missing_ogg_bytes, mp3_claimed_frames, wav_claims
from shared.decoding.signatures import HEAD_BYTES, Container, container_of, refused_name

MAX_CHANNELS = 8
RATES_HZ = (8_000, 48_000)

# Decoder names differ from codec names where FFmpeg has several decoders.
_DECODERS = {"mp3": "mp3float,mp3", "opus": "opus", "amr_nb": "amrnb", "amr_wb": "amrwb"}


# Encoder delay and padding make a header's length and the decoded one differ a little.
_LENGTH_TOLERANCE_S = 0.5
_LENGTH_TOLERANCE = 0.01

# Recorders of WebRTC leave out packets that were lost; smaller steps are rounding.
_GAP_S = 0.2

_DAMAGED_SHARE = 0.5


class Refusal(Exception):
    """The file is not accepted; `reason` is one of UnsupportedSound's."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Sound:
    """One opened file: its only sound stream, and the checks of what comes out of it."""

    def __init__(self, source: io.FileIO, max_seconds: float) -> None:
        self._source = source
        self._size_bytes = os.fstat(source.fileno()).st_size
        self._max_seconds = max_seconds
        self.decoded_s = Fraction(0)
        self.damaged_s = Fraction(0)
        self._shape: tuple[int, int] | None = None
        self._has_packets = False
        self._container = self._identified()
        self._check_whole()
        self._input = self._opened()
        self._stream = self._only_stream()

    def header(self, first: AudioFrame) -> dict[str, Any]:
        """What is told of the file before its PCM."""
        return {
            "container": self._container.name,
            "codec": self._stream.codec_context.codec.canonical_name,
            "channels": first.layout.nb_channels,
            "rate_hz": first.sample_rate,
            "size_bytes": self._size_bytes,
        }

    def timeline(self) -> Iterator["AudioFrame | Fraction"]:
        """Frames in order, and seconds of silence where packets are damaged or missing."""
        end_s: Fraction | None = None
        for packet in self._input.demux(self._stream):
            damaged_before_s = self.damaged_s
            frames = self._frames(packet)
            silence_s = self.damaged_s - damaged_before_s
            for frame in frames:
                start_s = _start_s(frame) if self._container.name == "webm" else None
                if start_s is not None:
                    if end_s is not None and start_s - end_s > _GAP_S:
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

    def _read_at(self, offset: int, size: int) -> bytes:
        return os.pread(self._source.fileno(), size, offset)

    def _identified(self) -> Container:
        if not self._size_bytes:
            raise Refusal("empty", "the file has no bytes")
        container = container_of(self._read_at)
        if container is None:
            what = refused_name(self._read_at(0, HEAD_BYTES))
            if what is not None:
                raise Refusal("container-not-allowed", f"the file is {what}")
            raise Refusal("not-sound", "the file does not begin like any accepted kind of sound")
        return container

    def _check_whole(self) -> None:
        missing = 0
        if self._container.name == "wav":
            claims = wav_claims(self._read_at, self._size_bytes)
            # FFmpeg does not tell a number that it finds absurd.
            _check_limits(claims.channels or 1, claims.rate_hz or RATES_HZ[0])
            missing = claims.missing_bytes
        elif self._container.name == "ogg":
            missing = missing_ogg_bytes(self._read_at, self._size_bytes)
        if missing:
            raise Refusal("truncated", f"the file lacks {missing} bytes that it claims to have")

    def _opened(self) -> InputContainer:
        codecs = sorted(self._container.codecs)
        options = {
            "format_whitelist": "wav,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,aac,amr,matroska,webm",
            "codec_whitelist": ",".join(_DECODERS.get(codec, codec) for codec in codecs),
            "protocol_whitelist": "none",
        }
        try:
            return av.open(
                self._source,
                mode="r",
                format=self._container.demuxer,
                container_options=options,
                metadata_errors="ignore",
                buffer_size=65536,
                io_open=_refuse_other_file,
            )
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            if self._container.name == "m4a":
                # The table of contents often stands at the end and is the first thing lost.
                raise Refusal(
                    "truncated", f"the m4a file is not whole: {error.strerror}"
                ) from error
            detail = f"the {self._container.name} file cannot be read: {error.strerror}"
            raise Refusal("not-sound", detail) from error

    def _only_stream(self) -> AudioStream:
        streams = self._input.streams.audio
        if not streams:
            raise Refusal("not-sound", f"the {self._container.name} file holds no sound")
        if len(streams) > 1:
            raise Refusal("inconsistent", f"the file holds {len(streams)} sound tracks")
        for other in self._input.streams:
            if other.type != "audio":
                other.discard = Discard.all
        stream = streams[0]
        context = stream.codec_context
        codec = context.codec.canonical_name if context is not None else "unknown"
        if codec not in self._container.codecs:
            raise Refusal(
                "codec-not-allowed", f"codec {codec} in {self._container.name} is not accepted"
            )
        # Zero: the decoder will tell.
        _check_limits(context.channels or 1, context.sample_rate or RATES_HZ[0])
        context.thread_count = 1
        return stream

    def _check_shape(self, channels: int, rate_hz: int) -> None:
        if self._shape is None:
            _check_limits(channels, rate_hz)
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
            frames = mp3_claimed_frames(self._read_at)
            rate_hz = stream.codec_context.sample_rate
            return (
                Fraction(frames * (1152 if rate_hz >= 32_000 else 576), rate_hz) if frames else None
            )
        if self._container.name in {"flac", "m4a"} and stream.duration and stream.time_base:
            return stream.duration * stream.time_base
        if self._container.name == "webm" and codec == "opus" and self._input.duration:
            # For Vorbis FFmpeg would make up a length out of the nominal bit rate.
            return Fraction(self._input.duration, 1_000_000)
        return None


def _check_limits(channels: int, rate_hz: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        raise Refusal("too-many-channels", f"{channels} channels; 1 to {MAX_CHANNELS} are accepted")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise Refusal(
            "rate-out-of-range",
            f"{rate_hz} samples per second; {RATES_HZ[0]} to {RATES_HZ[1]} are accepted",
        )


def _start_s(frame: AudioFrame) -> Fraction | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


def _refuse_other_file(*_request: object) -> None:
    raise Refusal("container-not-allowed", "the file asks for another file or address")
