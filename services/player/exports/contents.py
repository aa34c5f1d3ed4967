"""What of each contact goes into an archive, under which name, and what cannot and why; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.player.delivery.filename import call_name
from services.player.delivery.schemas import Variant
from services.player.exports.spec import Spec
from shared.transcripts.formats import Format

_SOUND_LABELS = {Variant.ORIGINAL: " (оригинал)", Variant.DENOISED: " (без шума)"}


class Lack(StrEnum):
    """Why a file is not in the archive, or not as it should be."""

    NO_RECORDING = "no-recording"
    """People talked, and nothing was recorded, or not yet."""
    DESTROYED = "recording-destroyed"
    LISTENING_NOT_ALLOWED = "listening-not-allowed"
    """The maker sees the call only through groups that nobody may listen to."""
    NO_PLAYBACK = "playback-not-made"
    NOT_DENOISED = "not-denoised"
    NO_TRANSCRIPT = "no-transcript"
    NOT_STORED = "not-in-store"
    DAMAGED = "damaged"
    """It is in, and its bytes are not those that were stored once."""


@dataclass(frozen=True, slots=True)
class StoredSound:
    """A sound in the store; `suffix` is its file's."""

    object_name: str
    size_bytes: int
    sha256: str
    suffix: str


@dataclass(frozen=True, slots=True)
class ExportRecording:
    """What is known of a recording; `sounds` by kind, those that exist."""

    id: int
    external_id: str
    duration_ms: int | None
    destroyed: bool
    sounds: Mapping[str, StoredSound]
    has_transcript: bool


@dataclass(frozen=True, slots=True)
class ExportContact:
    """What is known of a contact; `started_at` is in the zone of its telephone system."""

    id: int
    external_id: str
    source: str
    direction: str
    started_at: datetime
    client_number: str
    hearable: bool
    recordings: tuple[ExportRecording, ...]

    @property
    def folder(self) -> str:
        """A name that no other contact has."""
        return f"{call_name(self.direction, self.started_at, self.client_number)} №{self.id}"


@dataclass(frozen=True, slots=True)
class Item:
    """A file that was asked for; with a `lack` there is nothing to put under `path`.

    Of `kind` and `form` one is set, none where the contact has no recording at all; `sound` is
    set for a kind of sound without a lack.
    """

    contact: ExportContact
    recording: ExportRecording | None = None
    path: str = ""
    kind: str = ""
    form: Format | None = None
    sound: StoredSound | None = None
    lack: Lack | None = None


def items_of(contact: ExportContact, spec: Spec) -> Iterator[Item]:
    """Every file that was asked for of a contact, recording after recording."""
    if not contact.recordings:
        yield Item(contact, lack=Lack.NO_RECORDING)
    for number, recording in enumerate(contact.recordings, start=1):
        for wanted in spec.sound:
            yield _sound(contact, recording, number, wanted, spec)
        for form in spec.transcripts:
            lack = None
            if recording.destroyed or not recording.has_transcript:
                lack = Lack.DESTROYED if recording.destroyed else Lack.NO_TRANSCRIPT
            path = f"{contact.folder}/Расшифровка {number}.{form}"
            yield Item(contact, recording, path, form=form, lack=lack)


def _sound(
    contact: ExportContact, recording: ExportRecording, number: int, wanted: Variant, spec: Spec
) -> Item:
    kind = spec.kind(wanted)
    sound = recording.sounds.get(kind)
    lack = None
    if recording.destroyed:
        lack = Lack.DESTROYED
    elif not contact.hearable:
        lack = Lack.LISTENING_NOT_ALLOWED
    elif sound is None:
        lack = Lack.NOT_DENOISED if wanted is Variant.DENOISED else Lack.NO_PLAYBACK
    suffix = sound.suffix if sound else "mp3"
    path = f"{contact.folder}/Запись {number}{_SOUND_LABELS.get(wanted, '')}.{suffix}"
    return Item(contact, recording, path, kind, sound=None if lack else sound, lack=lack)
