"""Sound without a header, of which the sender says what it is: "pcm_alaw/8000/2"."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from shared.decoding.signatures import MAX_CHANNELS, RATES_HZ, signed_name

_GSM_MAGIC = 0xD


@dataclass(frozen=True, slots=True)
class RawCodec:
    """A codec that may come without a container.

    `frame_bytes` are of one channel; `only` is the one (rate in Hz, channels) there is of it.
    """

    name: str
    frame_bytes: int
    only: tuple[int, int] | None = None


RAW_CODECS = MappingProxyType(
    {
        "alaw": RawCodec("pcm_alaw", 1),
        "mulaw": RawCodec("pcm_mulaw", 1),
        "s16le": RawCodec("pcm_s16le", 2),
        "gsm": RawCodec("gsm", 33, only=(8000, 1)),
        "g722": RawCodec("adpcm_g722", 1, only=(16_000, 1)),
    }
)
"""By the name of FFmpeg's demuxer, which is also what senders call them."""

_DEMUXERS = MappingProxyType({codec.name: demuxer for demuxer, codec in RAW_CODECS.items()})


@dataclass(frozen=True, slots=True)
class DeclaredFormat:
    """What a sender says of a file without a header; as text it is `recordings.declared_format`.

    ValueError for what is not accepted, with a sentence for a person.
    """

    codec: str
    """FFmpeg's name, a value of RAW_CODECS."""
    rate_hz: int
    channels: int

    def __post_init__(self) -> None:
        if self.codec not in _DEMUXERS:
            raise ValueError(f"{self.codec!r} is no codec that is accepted without a header")
        if not RATES_HZ[0] <= self.rate_hz <= RATES_HZ[1]:
            raise ValueError(
                f"{self.rate_hz} samples per second are not {RATES_HZ[0]} to {RATES_HZ[1]}"
            )
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise ValueError(f"{self.channels} channels are not 1 to {MAX_CHANNELS}")
        only = RAW_CODECS[self.demuxer].only
        if only is not None and (self.rate_hz, self.channels) != only:
            raise ValueError(f"{self.demuxer} is always {only[0]} Hz with {only[1]} channel")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The format that a stored text names; None for the empty text of a file with a header."""
        if not text:
            return None
        codec, rate_hz, channels = text.split("/")
        return cls(codec, int(rate_hz), int(channels))

    def __str__(self) -> str:
        return f"{self.codec}/{self.rate_hz}/{self.channels}"

    @property
    def demuxer(self) -> str:
        """FFmpeg's demuxer, a key of RAW_CODECS."""
        return _DEMUXERS[self.codec]

    @property
    def frame_bytes(self) -> int:
        """A file's length is a multiple of this."""
        return RAW_CODECS[self.demuxer].frame_bytes * self.channels

    def head_contradiction(self, head: bytes) -> str | None:
        """What the first bytes of a file show that it cannot be if this is true, or None."""
        name = signed_name(head)
        if name is not None:
            return f"the file begins like {name}, which says itself what it holds"
        if self.codec == "gsm" and head and head[0] >> 4 != _GSM_MAGIC:
            return "the file does not begin like a GSM 06.10 frame (0xD…)"
        return None

    def length_contradiction(self, size_bytes: int) -> str | None:
        """Why a whole file cannot have this many bytes, or None."""
        over = size_bytes % self.frame_bytes
        if over:
            return f"{size_bytes} bytes are not whole frames of {self.frame_bytes}: {over} are over"
        return None
