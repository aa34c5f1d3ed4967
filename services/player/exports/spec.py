"""What is asked of a bulk download, and when it is prepared instead of streamed; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.player.delivery.schemas import Variant
from services.player.rendering import kinds
from services.player.rendering.strength import Strength
from shared.errors import InvalidInput
from shared.transcripts.formats import Format

ORIGINAL = "original"
TRANSCRIPT = "transcript"

# A stream holds one thread of the gateway (8 by default) until its reader has all, and cannot be
# resumed: 256 MiB are three and a half minutes at 10 Mbit/s. 100 recordings of average calls
# (3 minutes, 1.4 MB as G.711) are as much.
STREAMED_RECORDINGS = 100
STREAMED_BYTES = 256 << 20

# The largest archive that peers sell is 50 GB (features.md, M-25); S3 takes 10,000 parts, which are
# 78 GiB. The list of an archive's members is held in memory, about 1 kB for each file.
MOST_RECORDINGS = 20_000
MOST_BYTES = 64 << 30

LIFE_MS = 24 * 3600 * 1000
"""How long a prepared archive is kept (features.md, M-25)."""


class NothingToExport(InvalidInput):
    """No contact that matches has a recording that the caller may take out."""

    code = "nothing-to-export"


class ExportTooLarge(InvalidInput):
    """More than one archive may hold; the detail says how much it would be and what the limit is."""

    code = "export-too-large"


@dataclass(frozen=True, slots=True)
class Spec:
    """Which files of each recording go in; `strength` is that of the denoised sound."""

    name: str
    sound: tuple[Variant, ...]
    transcripts: tuple[Format, ...]
    strength: Strength

    def kind(self, variant: Variant) -> str:
        """ORIGINAL, or the kind of rendition; also what the audit log calls it."""
        if variant is Variant.DENOISED:
            return kinds.denoised(self.strength)
        return kinds.PLAYBACK if variant is Variant.PLAYBACK else ORIGINAL

    @property
    def kinds(self) -> list[str]:
        """Kinds of all the sound that is wanted."""
        return [self.kind(variant) for variant in self.sound]

    def stored(self) -> dict[str, Any]:
        """The spec as `exports.spec` keeps it."""
        return {
            "name": self.name,
            "sound": list(self.sound),
            "transcripts": list(self.transcripts),
            "strength": str(self.strength),
        }


def read_spec(stored: Mapping[str, Any]) -> Spec:
    """The spec that `Spec.stored` gave."""
    return Spec(
        name=stored["name"],
        sound=tuple(Variant(one) for one in stored["sound"]),
        transcripts=tuple(Format(one) for one in stored["transcripts"]),
        strength=Strength(stored["strength"]),
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """How much matches; `size_bytes` is what the files are expected to take."""

    contacts: int
    recordings: int
    size_bytes: int

    def require_some(self) -> None:
        """NothingToExport without a recording, ExportTooLarge beyond what an archive may hold."""
        if not self.recordings:
            raise NothingToExport("no contact that matches has a recording")
        if self.contacts > MOST_RECORDINGS or self.recordings > MOST_RECORDINGS:
            raise ExportTooLarge(
                f"more than {MOST_RECORDINGS} contacts or recordings match: narrow the filter"
            )
        if self.size_bytes > MOST_BYTES:
            raise ExportTooLarge(
                f"the archive would have {self.size_bytes} bytes; at most {MOST_BYTES} are made"
            )

    @property
    def is_small(self) -> bool:
        """Whether it may be streamed at once."""
        return (
            self.contacts <= STREAMED_RECORDINGS
            and self.recordings <= STREAMED_RECORDINGS
            and self.size_bytes <= STREAMED_BYTES
        )
