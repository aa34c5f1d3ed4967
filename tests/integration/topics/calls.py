"""Stores calls as intake and recognition would, for tests of what topics make of them."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select, update

from services.topics.catalogue.packs import load_packs
from services.topics.language.pack import PACKS_FOLDER
from services.topics.marking.store import rules_revision
from shared.contacts.hearing import audible_bits
from shared.db.session import Database
from shared.db.tables import (
    accounts,
    contacts,
    hits,
    jobs,
    legs,
    lexicon_counters,
    marks,
    packed_transcripts,
    recording_legs,
    recordings,
    sources,
    topics,
    transcripts,
)
from shared.domain.recording import Speaker
from shared.domain.transcript import Measures, Transcript, Utterance, Word
from shared.queue import jobs as queue
from shared.text.lexicon import pack_utterances
from shared.text.packed import to_columns
from shared.transcripts.document import compress

STARTED_AT_MS = 1_700_000_000_000
CHANNELS = {"operator": 0, "client": 1, "unknown": 0}


@dataclass
class Account:
    """An account with packs, into which calls are put."""

    database: Database
    id: int
    source_id: int

    def call(self, *lines: str, transcribed: bool = True) -> int:
        """Store a call of one leg on which the lines were said; the id of its contact."""
        utterances = said(*lines)
        length_ms = max((one.end_ms for one in utterances), default=0) + 1000
        with self.database.write() as connection:
            number = len(connection.execute(select(contacts.c.id)).all())
            contact_id = connection.execute(
                insert(contacts)
                .values(
                    account_id=self.id,
                    source_id=self.source_id,
                    external_id=f"call{number}",
                    direction="inbound",
                    started_at_ms=STARTED_AT_MS,
                    ended_at_ms=STARTED_AT_MS + length_ms,
                    raw={},
                    created_at_ms=0,
                    changed_at_ms=0,
                )
                .returning(contacts.c.id)
            ).scalar_one()
            leg_id = connection.execute(
                insert(legs)
                .values(
                    account_id=self.id,
                    contact_id=contact_id,
                    external_id="leg",
                    position=0,
                    started_at_ms=STARTED_AT_MS,
                    ended_at_ms=STARTED_AT_MS + length_ms,
                )
                .returning(legs.c.id)
            ).scalar_one()
            recording_id = connection.execute(
                insert(recordings)
                .values(
                    account_id=self.id,
                    source_id=self.source_id,
                    external_id=f"recording{number}",
                    contact_id=contact_id,
                    leg_external_ids=[],
                    object_name=f"recording{number}",
                    size_bytes=1,
                    sha256="0" * 64,
                    duration_ms=length_ms,
                    received_at_ms=0,
                )
                .returning(recordings.c.id)
            ).scalar_one()
            connection.execute(
                insert(recording_legs).values(
                    account_id=self.id, recording_id=recording_id, leg_id=leg_id
                )
            )
        if transcribed:
            self.transcribe(recording_id, *lines)
        return int(contact_id)

    def recording_of(self, contact_id: int) -> int:
        """The recording of a stored call."""
        with self.database.read() as connection:
            return int(
                connection.execute(
                    select(recordings.c.id).where(recordings.c.contact_id == contact_id)
                ).scalar_one()
            )

    def transcribe(
        self,
        recording_id: int,
        *lines: str,
        speakers: tuple[Speaker, ...] = (Speaker.OPERATOR, Speaker.CLIENT),
    ) -> None:
        """Store what was said, instead of what was stored before; `speakers` have a channel."""
        utterances = said(*lines)
        packed = pack_utterances(self.database, self.id, utterances)
        transcript = Transcript(
            language="ru",
            model="m",
            model_version="1",
            demo=False,
            duration_ms=60_000,
            channel_speakers=speakers,
            utterances=tuple(utterances),
            speech=((),) * len(speakers),
            measures=Measures(60_000, 0, 0, 0, {}),
        )
        with self.database.write() as connection:
            for table in (packed_transcripts, transcripts):
                connection.execute(table.delete().where(table.c.recording_id == recording_id))
            connection.execute(
                insert(transcripts).values(
                    account_id=self.id,
                    recording_id=recording_id,
                    language="ru",
                    model="m",
                    model_version="1",
                    demo=False,
                    channel_speakers=[one.value for one in speakers],
                    word_count=1,
                    speech_ms=1,
                    mean_probability=1.0,
                    measures={},
                    document=compress(transcript),
                    created_at_ms=0,
                )
            )
            connection.execute(
                update(recordings)
                .where(recordings.c.id == recording_id)
                .values(audible=audible_bits(speakers))
            )
            connection.execute(
                insert(packed_transcripts).values(
                    account_id=self.id, recording_id=recording_id, **to_columns(packed)
                )
            )

    def ask(self, contact_id: int) -> int:
        """Ask for a contact's tagging; the job's id."""
        with self.database.write() as connection:
            return queue.ask(connection, account_id=self.id, kind="tag", subject_id=contact_id)

    def topics_of(self, contact_id: int) -> list[str]:
        """Keys of the topics that rules set on a contact."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(topics.c.key)
                .join(marks, marks.c.topic_id == topics.c.id)
                .where(marks.c.contact_id == contact_id, marks.c.origin == "rule")
                .order_by(topics.c.key)
            )
            return [row.key for row in rows]

    def hits_of(self, contact_id: int, key: str) -> dict[str, int]:
        """Ids of a topic's hits on a contact by their text."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(hits.c.text, hits.c.id)
                .join(marks, marks.c.id == hits.c.mark_id)
                .join(topics, topics.c.id == marks.c.topic_id)
                .where(marks.c.contact_id == contact_id, topics.c.key == key)
            )
            return {row.text: row.id for row in rows}

    def revision(self) -> int:
        """The account's rules revision."""
        with self.database.read() as connection:
            return rules_revision(connection, self.id)

    def job_state(self, job_id: int) -> str:
        """State of a job."""
        with self.database.read() as connection:
            return str(
                connection.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar_one()
            )


def new_account(database: Database, name: str = "Ромашка", packs: Path = PACKS_FOLDER) -> Account:
    """Make an account with the Russian packs of a folder."""
    with database.write() as connection:
        account_id = int(
            connection.execute(
                insert(accounts).values(name=name, created_at_ms=0).returning(accounts.c.id)
            ).scalar_one()
        )
        connection.execute(insert(lexicon_counters).values(account_id=account_id, size=0))
        source_id = int(
            connection.execute(
                insert(sources)
                .values(account_id=account_id, external_id="pbx", name="АТС", created_at_ms=0)
                .returning(sources.c.id)
            ).scalar_one()
        )
        load_packs(connection, account_id, ["ru"], packs)
    return Account(database, account_id, source_id)


def said(*lines: str) -> list[Utterance]:
    """Utterances from lines `speaker: text`, one after the other at an even pace."""
    utterances: list[Utterance] = []
    at_ms = 0
    for line in lines:
        name, _, text = line.partition(": ")
        words = tuple(
            Word(word, at_ms + n * 400, at_ms + (n + 1) * 400, 0.9)
            for n, word in enumerate(text.split())
        )
        utterances.append(Utterance(Speaker(name), CHANNELS[name], words))
        at_ms = utterances[-1].end_ms + 500
    return utterances
