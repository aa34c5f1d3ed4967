"""Opening a file of sound: what it is by its bytes, whether all of it is there, its only stream."""

import io
import os
from dataclasses import dataclass

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from shared.decoding.claims import amr_frames, missing_ogg_bytes, wav_claims
from shared.decoding.declared import RAW_CODECS, DeclaredFormat
from shared.decoding.refusal import Refusal, check_shape
from shared.decoding.signatures import (
    HEAD_BYTES,
    RATES_HZ,
    Container,
    ReadAt,
    container_of,
    refused_name,
)

# Decoder names differ from codec names where FFmpeg has several decoders.
_DECODERS = {"mp3": "mp3float,mp3", "opus": "opus", "amr_nb": "amrnb", "amr_wb": "amrwb"}

_DEMUXERS = ",".join(
    ("wav,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,aac,amr,matroska,webm", *RAW_CODECS)
)

_AMR_FRAME_S = 0.02


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file whose header was found to be one of ours, and not yet to be true."""

    container: Container
    input: InputContainer
    stream: AudioStream
    size_bytes: int
    read_at: ReadAt


def open_file(source: io.FileIO, max_seconds: float, declared: DeclaredFormat | None) -> OpenedFile:
    """Open an accepted file, or raise Refusal; `declared` says what one without a header holds."""
    size_bytes = os.fstat(source.fileno()).st_size

    def read_at(offset: int, size: int) -> bytes:
        return os.pread(source.fileno(), size, offset)

    if not size_bytes:
        raise Refusal("empty", "the file has no bytes")
    if declared is None:
        container = _identified(read_at)
        _check_whole(container.name, read_at, size_bytes, max_seconds)
    else:
        container = Container("raw", declared.demuxer, frozenset({declared.codec}))
        _check_declared(declared, read_at(0, HEAD_BYTES), size_bytes)
    opened = _opened(source, container, declared)
    return OpenedFile(container, opened, _only_stream(container, opened), size_bytes, read_at)


def _identified(read_at: ReadAt) -> Container:
    container = container_of(read_at)
    if container is None:
        what = refused_name(read_at(0, HEAD_BYTES))
        if what is not None:
            raise Refusal("container-not-allowed", f"the file is {what}")
        raise Refusal("not-sound", "the file does not begin like any accepted kind of sound")
    return container


def _check_whole(name: str, read_at: ReadAt, size_bytes: int, max_seconds: float) -> None:
    missing = 0
    if name == "wav":
        claims = wav_claims(read_at, size_bytes)
        # FFmpeg does not tell a number that it finds absurd.
        check_shape(claims.channels or 1, claims.rate_hz or RATES_HZ[0])
        if claims.contradiction:
            raise Refusal("inconsistent", f"the file contradicts itself: {claims.contradiction}")
        missing = claims.missing_bytes
    elif name == "ogg":
        missing = missing_ogg_bytes(read_at, size_bytes)
    elif name == "amr":
        frames = amr_frames(read_at, size_bytes, limit=round(max_seconds / _AMR_FRAME_S) + 1)
        if frames.bad_at is not None:
            raise Refusal("inconsistent", f"byte {frames.bad_at} begins no AMR frame")
        missing = frames.missing_bytes
    if missing:
        raise Refusal("truncated", f"the file lacks {missing} bytes that it claims to have")


def _check_declared(declared: DeclaredFormat, head: bytes, size_bytes: int) -> None:
    contradiction = declared.head_contradiction(head)
    if contradiction:
        raise Refusal("inconsistent", f"declared as {declared}, but {contradiction}")
    contradiction = declared.length_contradiction(size_bytes)
    if contradiction:
        raise Refusal("truncated", f"declared as {declared}, but {contradiction}")


def _opened(
    source: io.FileIO, container: Container, declared: DeclaredFormat | None
) -> InputContainer:
    options = {
        "format_whitelist": _DEMUXERS,
        "codec_whitelist": ",".join(
            _DECODERS.get(codec, codec) for codec in sorted(container.codecs)
        ),
        "protocol_whitelist": "none",
    }
    if declared is not None:
        options["sample_rate"] = str(declared.rate_hz)
        options["ch_layout"] = f"{declared.channels}c"
    try:
        return av.open(
            source,
            mode="r",
            format=container.demuxer,
            container_options=options,
            metadata_errors="ignore",
            buffer_size=65536,
            io_open=_refuse_other_file,
        )
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        if container.name == "m4a":
            # The table of contents often stands at the end and is the first thing lost.
            raise Refusal("truncated", f"the m4a file is not whole: {error.strerror}") from error
        detail = f"the {container.name} file cannot be read: {error.strerror}"
        raise Refusal("not-sound", detail) from error


def _only_stream(container: Container, opened: InputContainer) -> AudioStream:
    streams = opened.streams.audio
    if not streams:
        raise Refusal("not-sound", f"the {container.name} file holds no sound")
    if len(streams) > 1:
        raise Refusal("inconsistent", f"the file holds {len(streams)} sound tracks")
    for other in opened.streams:
        if other.type != "audio":
            other.discard = Discard.all
    stream = streams[0]
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else "unknown"
    if codec not in container.codecs:
        raise Refusal("codec-not-allowed", f"codec {codec} in {container.name} is not accepted")
    # Zero: the decoder will tell.
    check_shape(context.channels or 1, context.sample_rate or RATES_HZ[0])
    context.thread_count = 1
    return stream


def _refuse_other_file(*_request: object) -> None:
    raise Refusal("container-not-allowed", "the file asks for another file or address")
