"""Taking in an existing archive: a table of calls and the sound it names, as often as needed."""

import hashlib
import mimetypes
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from services.gateway.intake.batch import LINES_PER_TRANSACTION, Change, put_changes
from services.gateway.intake.contacts import read_change
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.raw import refuse_head, refuse_length
from services.gateway.intake.receive import (
    correct_known,
    receive_recording,
    record_object,
    refuse_switched_off,
)
from services.gateway.intake.recordings import StoredRecording, find_recording
from services.gateway.intake.sniff import HEAD_BYTES, foreign_kind
from services.gateway.intake.sources import Source
from services.gateway.intake.table import ArchiveRecording, ArchiveRow, read_rows
from shared.decoding.declared import DeclaredFormat
from shared.errors import InvalidInput, TooLarge, UnsupportedSound
from shared.queue.runner import Parts
from shared.storage import StoredObject


@dataclass
class ImportReport:
    """What an import did; `failures` are (line of the table, what is wrong with it)."""

    contacts: Counter[Outcome] = field(default_factory=Counter)
    recordings: Counter[Outcome] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)


def import_archive(
    parts: Parts,
    source: Source,
    table: Path,
    *,
    folder: Path | None = None,
    adopt: str | None = None,
    progress: Callable[[int], object],
) -> ImportReport:
    """Take in every row of `table`, with sound from `folder` or already in the object store.

    With `adopt` a row's recording is the object of that prefix followed by the cell; it is read for
    its hash, never copied, and never ours to delete. Rows go by their natural keys, so an import
    that was stopped is simply started again. A wrong row harms no other; `progress` is told how
    many rows are done. Raises Unavailable when database or storage are down.
    """
    report = ImportReport()
    rows = read_rows(table)
    done = 0
    while group := list(islice(rows, LINES_PER_TRANSACTION)):
        for row in _put_contacts(parts, source, group, report):
            if row.recording is not None:
                try:
                    recording = _put_recording(parts, source, row.recording, folder, adopt)
                    report.recordings[recording.outcome] += 1
                except InvalidInput as error:
                    report.failures.append((row.line, f"{row.recording.file}: {error.detail}"))
            done += 1
            progress(done)
    return report


def _put_contacts(
    parts: Parts, source: Source, group: list[ArchiveRow], report: ImportReport
) -> Iterator[ArchiveRow]:
    clock_ms = parts.database.clock_ms()
    changes = [_change(row, source, clock_ms) for row in group]
    outcomes = put_changes(parts.database, source, changes, most_topics=parts.settings.max_topics)
    for row, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, tuple):
            report.contacts[outcome[1]] += 1
            yield row
        else:
            report.failures.append((row.line, outcome.detail))
            # Its recording would wait for ever for a call that is refused.
            yield ArchiveRow(row.line, row.contact_id)


def _change(row: ArchiveRow, source: Source, clock_ms: int) -> Change:
    if row.contact is None:
        return row.contact_id, row.problem or InvalidInput("the row says nothing")
    try:
        change = read_change(
            row.contact, zone=source.zone, country=source.country, clock_ms=clock_ms
        )
    except InvalidInput as error:
        return row.contact_id, error
    return row.contact_id, change


def _put_recording(
    parts: Parts,
    source: Source,
    recording: ArchiveRecording,
    folder: Path | None,
    adopt: str | None,
) -> StoredRecording:
    refuse_switched_off(source)
    content_type = mimetypes.guess_type(recording.file)[0] or ""
    if adopt is not None:
        return _adopt(parts, source, recording, adopt + recording.file, content_type)
    if folder is None:
        raise InvalidInput("no folder was named that it could lie in")
    path = (folder / recording.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InvalidInput("lies outside the folder")
    try:
        with path.open("rb") as body:
            return receive_recording(
                parts,
                source,
                recording.external_id,
                recording.part,
                body,
                declared_bytes=path.stat().st_size,
                content_type=content_type,
            )
    except OSError as error:
        raise InvalidInput(error.strerror or str(error)) from error


def _adopt(
    parts: Parts, source: Source, recording: ArchiveRecording, name: str, content_type: str
) -> StoredRecording:
    with parts.database.read() as connection:
        known = find_recording(connection, source, recording.external_id)
    size_bytes = parts.store.stat(name)
    if known is not None and (known.object_name, known.size_bytes) == (name, size_bytes):
        # Read and hashed by an import before this one.
        return correct_known(parts, source, known, recording.part, known.sha256)
    stored = _measure(parts, name, recording.part.declared)
    return record_object(
        parts, source, recording.external_id, recording.part, stored, content_type, owned=False
    )


def _measure(parts: Parts, name: str, declared: DeclaredFormat | None) -> StoredObject:
    limit_bytes = parts.settings.max_upload_bytes
    digest = hashlib.sha256()
    size_bytes, head = 0, b""
    with parts.store.open(name) as pieces:
        for piece in pieces:
            head = head or piece[:HEAD_BYTES]
            size_bytes += len(piece)
            if size_bytes > limit_bytes:
                raise TooLarge(f"is longer than the limit of {limit_bytes} bytes")
            digest.update(piece)
    if not size_bytes:
        raise InvalidInput("is empty")
    if declared is not None:
        refuse_head(declared, head)
        refuse_length(declared, size_bytes)
    if kind := foreign_kind(head, raw=declared is not None):
        raise UnsupportedSound("not-sound", f"is {kind}, not sound")
    return StoredObject(name, size_bytes, digest.hexdigest())
