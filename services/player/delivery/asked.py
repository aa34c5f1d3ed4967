"""What a request for sound is about: recordings with their stored sounds, and what governs them."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.recording import Speaker


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in the store: an original or a rendition."""

    object_name: str
    size_bytes: int
    sha256: str
    content_type: str
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that a caller asks to hear; `channels`, `duration_ms` are None until measured."""

    id: int
    external_id: str
    offset_ms: int
    one_sided: Speaker | None
    operator_channel: int
    container: str
    declared_format: str
    channels: int | None
    duration_ms: int | None
    destroyed: bool
    original: Stored
    renditions: Mapping[str, Stored]
    """Those of the kinds that were asked for and exist."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Recordings that a request is about, in order of their start, and what governs them."""

    contact_id: int | None
    direction: str
    started_at_ms: int | None
    client_number: str
    time_zone: str
    recording_enabled: bool
    denoise_enabled: bool
    denoise_strength: str
    may_listen: bool
    recordings: tuple[Recording, ...]


@dataclass(frozen=True, slots=True)
class JobNow:
    """A recording's job of one kind at this moment."""

    state: str
    priority: int
    progress: float
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a contact's clock; no end: as long as there is sound."""

    start_ms: int = 0
    end_ms: int | None = None
    is_clip: bool = False
    """Cut out of a recording on purpose, so that no whole recording stands for it."""
