"""Calls with sound and words as the other parts leave them, and archives taken apart."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from services.player.tasks import HANDLERS
from services.transcribe.merge import build_transcript
from services.transcribe.store import store_transcript
from services.transcribe.tracks import Track
from shared.db.session import now_ms
from shared.db.tables import exports, jobs, recordings, renditions
from shared.domain.recording import Speaker
from shared.domain.transcript import SpeechRegion, Word
from shared.queue.runner import Parts, run_job
from shared.storage.disk import DiskStore
from shared.text.lexicon import pack_utterances
from tests.gateway_client import Api
from tests.rows import add, add_contact, add_recording, add_source

API = "/api/v1"
STARTED_AT_MS = 1_790_000_000_000
SINCE = {"from": "2026-09-01T00:00:00Z"}
FOLDER = "Входящий звонок 2026-09-21 17-13-20 +79990001122"


def sound_of(text: str, length: int = 3000) -> bytes:
    """Bytes that look like nothing else's, and do not compress."""
    pieces, size = [], 0
    while size < length:
        pieces.append(sha256(f"{text}{size}".encode()).digest())
        size += 32
    return b"".join(pieces)[:length]


@dataclass(frozen=True)
class Call:
    contact_id: int
    recording_id: int
    sounds: dict[str, bytes] = field(repr=False)

    def member(self, name: str) -> str:
        return f"{FOLDER} №{self.contact_id}/{name}"


class World:
    """One account's calls."""

    def __init__(self, parts: Parts, account_id: int) -> None:
        self.account_id = account_id
        self.parts = parts
        with parts.database.write() as connection:
            self.source_id = add_source(connection, account_id, "pbx-2")

    def call(
        self,
        name: str,
        *,
        kinds: Sequence[str] = ("original", "playback"),
        said: str | None = "добрый день",
        contact: dict[str, Any] | None = None,
        length: int = 3000,
        **values: Any,
    ) -> Call:
        """A recorded call with these sounds in the store, and a transcript if something was said."""
        sounds = {kind: sound_of(f"{name} {kind}", length) for kind in kinds}
        stored = {kind: self._put(f"{name}/{kind}", body) for kind, body in sounds.items()}
        with self.parts.database.write() as connection:
            contact_id = add_contact(
                connection,
                self.account_id,
                self.source_id,
                f"call-{name}",
                **({"client_number": "+79990001122", "talk_ms": 1000} | (contact or {})),
            )
            recording_id = add_recording(
                connection,
                self.account_id,
                self.source_id,
                contact_id,
                f"rec-{name}",
                **({"container": "wav", "duration_ms": 5000} | stored["original"] | values),
            )
            for kind in kinds[1:]:
                add(
                    connection,
                    renditions,
                    account_id=self.account_id,
                    recording_id=recording_id,
                    kind=kind,
                    content_type="audio/mpeg",
                    notes={},
                    created_at_ms=now_ms(),
                    **stored[kind],
                )
        if said is not None:
            self.say(recording_id, said)
        return Call(contact_id, recording_id, sounds)

    def long_call(self, name: str, size_bytes: int) -> Call:
        """A call whose original is a hole of this length, on a disk store; it takes no room."""
        call = self.call(name, kinds=("original",), said=None)
        with (self.parts.settings.objects_path / self.object_name(call)).open("r+b") as hole:
            hole.truncate(0)
            hole.truncate(size_bytes)
        self.change(call, size_bytes=size_bytes, sha256=sha256_of_zeros(size_bytes))
        return call

    def say(self, recording_id: int, text: str) -> None:
        """Store a transcript of a recording."""
        words = [
            Word(part, 500 * n, 500 * n + 400, 0.9) for n, part in enumerate(text.split(), start=1)
        ]
        transcript = build_transcript(
            [Track(Speaker.CLIENT, 0, tuple(words))],
            [(SpeechRegion(0, 5000),)],
            [],
            duration_ms=5000,
            language="ru",
            model="tematika-demo",
            model_version="1",
            demo=True,
        )
        packed = pack_utterances(self.parts.database, self.account_id, transcript.utterances)
        with self.parts.database.write() as connection:
            store_transcript(
                connection,
                account_id=self.account_id,
                recording_id=recording_id,
                transcript=transcript,
                packed=packed,
            )

    def change(self, call: Call, **values: Any) -> None:
        """Change a recording's row."""
        with self.parts.database.write() as connection:
            connection.execute(
                update(recordings).where(recordings.c.id == call.recording_id).values(**values)
            )

    def object_name(self, call: Call, kind: str = "original") -> str:
        statement = select(recordings.c.object_name).where(recordings.c.id == call.recording_id)
        if kind != "original":
            statement = select(renditions.c.object_name).where(
                renditions.c.recording_id == call.recording_id, renditions.c.kind == kind
            )
        with self.parts.database.read() as connection:
            return str(connection.execute(statement).scalar_one())

    def row(self, export_id: int) -> Row[Any]:
        with self.parts.database.read() as connection:
            return connection.execute(select(exports).where(exports.c.id == export_id)).one()

    def job(self, export_id: int) -> Row[Any]:
        with self.parts.database.read() as connection:
            return connection.execute(
                select(jobs).where(jobs.c.kind == "export", jobs.c.subject_id == export_id)
            ).one()

    def build(self, export_id: int) -> str:
        """Run an export's job once and tell the state it is in then."""
        assert run_job(self.parts, HANDLERS, self.job(export_id).id, worker="export-test")
        return str(self.job(export_id).state)

    def build_while(self, export_id: int, meanwhile: Callable[[], object]) -> None:
        """Run an export's job once; `meanwhile` happens when its first bytes are read."""
        parts = Parts(
            self.parts.settings,
            self.parts.database,
            _Watched(self.parts.settings.objects_path, meanwhile),
        )
        assert run_job(parts, HANDLERS, self.job(export_id).id, worker="export-test")

    def prepared(self, api: Api, **asked: Any) -> int:
        """Order an export to be prepared and build it; its id."""
        made = order(api, prepared=True, **asked)
        assert made.status_code == 202, made.text
        assert self.build(made.json["id"]) == "done"
        return int(made.json["id"])

    def _put(self, name: str, body: bytes) -> dict[str, Any]:
        folder = "originals" if name.endswith("/original") else "renditions"
        stored = self.parts.store.put(
            f"{folder}/{self.account_id}/of-{name}",
            io.BytesIO(body),
            limit_bytes=len(body),
            content_type="audio/wav",
        )
        return {
            "object_name": stored.name,
            "size_bytes": stored.size_bytes,
            "sha256": stored.sha256,
        }


def sha256_of_zeros(size_bytes: int) -> str:
    """Digest of so many zeros, without having them all at once."""
    digest, piece = sha256(), bytes(1 << 20)
    for _ in range(size_bytes >> 20):
        digest.update(piece)
    digest.update(bytes(size_bytes & (1 << 20) - 1))
    return digest.hexdigest()


class _Watched(DiskStore):
    """A store that lets something happen when it is first read from."""

    def __init__(self, root: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(root)
        self._waiting = [meanwhile]

    @contextmanager
    def open(
        self, name: str, *, start: int = 0, length: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        with super().open(name, start=start, length=length) as pieces:
            while self._waiting:
                self._waiting.pop()()
            yield pieces


def order(api: Api, **asked: Any) -> Any:
    """Order an export; of all calls and their playback sound unless asked otherwise."""
    body = {"filter": SINCE, "sound": ["playback"]} | asked
    return api.post(f"{API}/exports", json=body)


@dataclass(frozen=True)
class Opened:
    """An archive: its members by name, and its manifest's lines."""

    members: dict[str, bytes] = field(repr=False)
    manifest: list[dict[str, str]]

    @property
    def lacks(self) -> list[tuple[str, str]]:
        """(recording, code) of what is not in it or damaged, in the manifest's order."""
        return [(line["Код записи"], line["Код"]) for line in self.manifest if line["Код"]]


def opened(body: bytes) -> Opened:
    """Take an archive apart; every member's checksum must be right, the manifest the last."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        members = {name: archive.read(name) for name in names}
    assert len(members) == len(names)
    assert names[-1] == "manifest.csv"
    text = members.pop("manifest.csv").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    told = {line["Файл"]: line["SHA-256"] for line in lines if line["Файл"]}
    assert told == {name: sha256(member).hexdigest() for name, member in members.items()}
    return Opened(members, lines)
