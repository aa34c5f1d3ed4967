"""Fills an archive: sound out of the store, transcripts out of the database, the manifest last."""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from services.player.exports import contents_store, manifest
from services.player.exports.archive import Archive
from services.player.exports.contents import ExportContact, Item, Lack, items_of
from services.player.exports.spec import Spec
from shared.errors import NotFound
from shared.queue.runner import Parts
from shared.storage import PIECE_BYTES
from shared.transcripts.formats import to_file
from shared.transcripts.store import load_transcript

# A manifest of some thousand files; a longer one waits in a file without a name.
_MANIFEST_IN_MEMORY_BYTES = 1 << 20


@dataclass(slots=True)
class Filled:
    """What an archive got so far; `missing` counts what it lacks, by reason."""

    files: int = 0
    missing: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Written:
    """What became of an item; without a size it is not in the archive."""

    lack: Lack | None
    size_bytes: int | None = None
    sha256: str = ""


def fill(
    parts: Parts,
    account_id: int,
    contacts: Iterable[ExportContact],
    spec: Spec,
    filled: Filled,
    *,
    on_bytes: Callable[[int], None],
) -> Generator[bytes]:
    """The pieces of an archive of these contacts; `on_bytes` is told of each length that was read.

    What was destroyed or is not in the store is left out, and the manifest says so. Any part that
    is down raises its Unavailable, which leaves an archive that is visibly not whole.
    """
    archive = Archive()
    with SpooledTemporaryFile(_MANIFEST_IN_MEMORY_BYTES) as lines:
        lines.write(manifest.heading())
        for contact in contacts:
            for item in items_of(contact, spec):
                written = yield from _add(parts, account_id, archive, item, on_bytes)
                filled.files += written.size_bytes is not None
                filled.missing.update([written.lack] if written.lack else [])
                lines.write(
                    manifest.line(
                        item,
                        lack=written.lack,
                        size_bytes=written.size_bytes,
                        sha256=written.sha256,
                    )
                )
        size_bytes = lines.tell()
        yield from archive.add(
            manifest.FILE_NAME,
            datetime.now(UTC),
            _pieces(lines),
            size_bytes=size_bytes,
            deflated=True,
        )
    yield from archive.end()


def _add(
    parts: Parts,
    account_id: int,
    archive: Archive,
    item: Item,
    on_bytes: Callable[[int], None],
) -> Generator[bytes, None, _Written]:
    if item.lack or item.recording is None:
        return _Written(item.lack)
    with ExitStack() as opened:
        found = _open(parts, account_id, item, item.recording.id, opened)
        if found is None:
            return _Written(_why_not(parts, account_id, item, item.recording.id))
        content, size_bytes = found
        measured = _Measured(content, on_bytes)
        yield from archive.add(
            item.path,
            item.contact.started_at,
            measured,
            size_bytes=size_bytes,
            deflated=item.sound is None,
        )
    damaged = item.sound is not None and measured.sha256 != item.sound.sha256
    return _Written(Lack.DAMAGED if damaged else None, measured.size_bytes, measured.sha256)


def _open(
    parts: Parts, account_id: int, item: Item, recording_id: int, opened: ExitStack
) -> tuple[Iterator[bytes], int] | None:
    """A file's content and how long it is at most, or None when it has gone meanwhile."""
    if item.sound is not None:
        sound = item.sound
        try:
            # No longer than its row says: the ZIP is laid out by that.
            content = parts.store.open(sound.object_name, length=sound.size_bytes)
            return opened.enter_context(content), sound.size_bytes
        except NotFound:
            return None
    if item.form is None:
        return None
    with parts.database.read() as connection:
        transcript = load_transcript(connection, account_id=account_id, recording_id=recording_id)
    if transcript is None:
        return None
    text = to_file(transcript, item.form).encode()
    return iter((text,)), len(text)


def _why_not(parts: Parts, account_id: int, item: Item, recording_id: int) -> Lack:
    with parts.database.read() as connection:
        if contents_store.is_destroyed(connection, account_id, recording_id):
            return Lack.DESTROYED
    return Lack.NO_TRANSCRIPT if item.sound is None else Lack.NOT_STORED


class _Measured:
    """Content that is counted and hashed while it passes."""

    def __init__(self, content: Iterable[bytes], on_bytes: Callable[[int], None]) -> None:
        self._content = content
        self._on_bytes = on_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._content:
            self._digest.update(piece)
            self.size_bytes += len(piece)
            self._on_bytes(len(piece))
            yield piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece
