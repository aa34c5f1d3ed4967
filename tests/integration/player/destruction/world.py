"""Calls with everything that is destroyed with them, and ways to look for what is left."""

import io
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select, update

from services.player.destruction.choice import Choice
from services.player.destruction.starting import start_retention
from services.player.destruction.tasks import HANDLERS as DESTRUCTION
from services.topics.tasks import HANDLERS as TOPICS
from shared.db.session import Database, now_ms
from shared.db.tables import (
    contacts,
    destructions,
    export_recordings,
    exports,
    jobs,
    metadata,
    recordings,
    renditions,
)
from shared.domain.pipeline import ON_ARRIVAL
from shared.queue import jobs as queue
from shared.queue.runner import Handler, Parts, run_job
from shared.runs import store as runs
from shared.runs.control import start
from shared.runs.kinds import DESTROY
from shared.runs.store import Run
from shared.storage.unreferenced import ORIGINALS, RENDITIONS
from tests.integration.runs.world import World as Topics
from tests.rows import add

HANDLERS: Mapping[str, Handler] = {**TOPICS, **DESTRUCTION}
DAY_MS = 24 * 3600 * 1000
KINDS = ("playback", "waveform", "waveform-fine", "denoised-medium")


@dataclass
class World:
    """One account whose calls have sound, renditions, transcripts, evidence and a download."""

    parts: Parts
    topics: Topics

    @property
    def database(self) -> Database:
        return self.parts.database

    @property
    def account_id(self) -> int:
        return self.topics.account.id

    def call(self, *lines: str, sound: bytes, owned: bool = True, **values: Any) -> int:
        """A call with its sound, four renditions and a prepared download; the contact's id."""
        contact_id = self.topics.account.call(*lines)
        recording_id = self.topics.account.recording_of(contact_id)
        name = f"{ORIGINALS}{self.account_id}/{recording_id}" if owned else f"theirs/{recording_id}"
        with self.database.write() as connection:
            if values:
                connection.execute(
                    update(contacts).where(contacts.c.id == contact_id).values(**values)
                )
            connection.execute(
                update(recordings)
                .where(recordings.c.id == recording_id)
                .values(object_name=self._put(name, sound), object_owned=owned)
                .values(size_bytes=len(sound), sha256=sha256(sound).hexdigest())
            )
            for kind in KINDS:
                name = f"{RENDITIONS}{self.account_id}/{recording_id}/{kind}-1-a1"
                connection.execute(
                    insert(renditions).values(
                        account_id=self.account_id,
                        recording_id=recording_id,
                        kind=kind,
                        object_name=self._put(name, kind.encode() + sound),
                        size_bytes=len(kind) + len(sound),
                        sha256=sha256(kind.encode() + sound).hexdigest(),
                        content_type="audio/mpeg",
                        notes={},
                        created_at_ms=now_ms(),
                    )
                )
            export_id = add(
                connection,
                exports,
                account_id=self.account_id,
                actor="user:1",
                filter={},
                spec={},
                visibility={},
                object_name=self._put(f"exports/{self.account_id}/{recording_id}", b"ZIP" + sound),
                size_bytes=len(sound) + 3,
                created_at_ms=now_ms(),
            )
            connection.execute(
                insert(export_recordings).values(
                    account_id=self.account_id,
                    export_id=export_id,
                    recording_id=recording_id,
                    variants=",playback,",
                )
            )
            for kind in ON_ARRIVAL:
                queue.ask(
                    connection, account_id=self.account_id, kind=kind, subject_id=recording_id
                )
            connection.execute(update(jobs).where(jobs.c.kind.in_(ON_ARRIVAL)).values(state="done"))
        return contact_id

    def recording_of(self, contact_id: int) -> int:
        return self.topics.account.recording_of(contact_id)

    def start(
        self,
        *,
        contact_ids: Collection[int] = (),
        recording_ids: Collection[int] = (),
        apply: bool = True,
        actor: str = "user:1",
    ) -> int:
        """Start a run that destroys what is named, or else what is due; its id."""
        with self.database.write() as connection:
            if not contact_ids and not recording_ids:
                return start_retention(
                    connection, account_id=self.account_id, actor=actor, apply=apply
                )
            choice = Choice(0, tuple(contact_ids), tuple(recording_ids))
            return start(
                connection,
                account_id=self.account_id,
                kind=DESTROY,
                apply=apply,
                spec=choice.to_document(),
                filter_={},
                actor=actor,
            )

    def work(self, parts: Parts | None = None) -> None:
        """Do waiting jobs until there is none that is due."""
        while True:
            with self.database.read() as connection:
                job_id = connection.execute(
                    select(jobs.c.id)
                    .where(jobs.c.state == "pending", jobs.c.due_at_ms <= now_ms())
                    .order_by(jobs.c.priority, jobs.c.id)
                    .limit(1)
                ).scalar_one_or_none()
            if job_id is None:
                return
            run_job(parts or self.parts, HANDLERS, job_id, worker="test")

    def destroy(self, *contact_ids: int, **options: Any) -> int:
        """Destroy calls, or what is due if none is named, and work until that is done."""
        run_id = self.start(contact_ids=contact_ids, **options)
        self.work()
        assert self.run(run_id).state == "done"
        return run_id

    def run(self, run_id: int) -> Run:
        with self.database.read() as connection:
            return runs.read_run(connection, self.account_id, run_id)

    def act(self, run_id: int) -> list[Row[Any]]:
        """The act's rows by recording."""
        with self.database.read() as connection:
            return list(
                connection.execute(
                    select(destructions)
                    .where(destructions.c.run_id == run_id)
                    .order_by(destructions.c.recording_id)
                )
            )

    def recording(self, recording_id: int) -> Row[Any]:
        with self.database.read() as connection:
            return connection.execute(
                select(recordings).where(recordings.c.id == recording_id)
            ).one()

    def object_names(self) -> set[str]:
        return {name for name, _ in self.parts.store.names("")}

    def _put(self, name: str, body: bytes) -> str:
        stored = self.parts.store.put(
            name, io.BytesIO(body), limit_bytes=len(body), content_type="audio/wav"
        )
        return stored.name


def places_in_database(database: Database, *wanted: bytes) -> set[str]:
    """`table.column` of every value that holds one of the byte strings, packed or not."""
    found = set()
    with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    if any(one in form for form in _forms(value) for one in wanted):
                        found.add(f"{table.name}.{column}")
    return found


def _forms(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).lower().encode()
    yield raw
    try:
        yield zlib.decompress(raw).lower()
        yield zlib.decompress(raw).decode().lower().encode()
    except (zlib.error, UnicodeDecodeError):
        return


def files_with(folder: Path, *wanted: bytes) -> set[str]:
    """Files below the folder that hold one of the byte strings."""
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and any(one in file.read_bytes() for one in wanted)
    }


def objects_with(parts: Parts, wanted: bytes) -> set[str]:
    """Names of the objects that hold the byte string."""
    found = set()
    for name, _ in parts.store.names(""):
        with parts.store.open(name) as pieces:
            if wanted in b"".join(pieces):
                found.add(name)
    return found
