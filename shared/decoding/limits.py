"""What one decoding may cost."""

from dataclasses import dataclass
from typing import Self

from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one decoding may cost before the file is refused."""

    max_seconds: float = 6 * 3600
    """Longest sound, in seconds, counted while decoding."""
    memory_bytes: int = 1 << 30
    """Address space of the child: 130 MiB of it are used with any codec, rate and channels that are
    accepted; the rest is room for a container's tables (32 bytes a packet in m4a)."""
    cpu_s: int = 900
    """CPU time of the child. What is accepted and costs most, six hours of eight channels of Opus at
    48 kHz, takes 210 s of a Xeon core (docs/formats.md); the rest is for slower cores."""
    stall_s: float = 120.0
    """How long the child may send nothing while it is waited for."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings give."""
        return cls(max_seconds=settings.max_recording_s, memory_bytes=settings.decode_memory_bytes)
