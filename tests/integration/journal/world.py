"""Calls of an account, made through the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert

from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import (
    employees,
    groups,
    hits,
    jobs,
    legs,
    marks,
    recording_legs,
    topic_versions,
    topics,
    transcripts,
)
from tests.rows import add, add_contact, add_recording

NOON_MS = 1_790_000_000_000
"""2026-09-21T14:13:20Z."""
MINUTE_MS = 60_000
WHOLE_TIME = "from=2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class World:
    """Rows of one account; every method returns the id of what it adds."""

    connection: Connection
    account: NewAccount

    def employee(self, name: str) -> int:
        return self._add(employees, external_id=name, name=name)

    def group(self, name: str) -> int:
        return self._add(groups, external_id=name, name=name)

    def call(self, external_id: str, *, minute: int = 0, **values: Any) -> int:
        values.setdefault("started_at_ms", NOON_MS + minute * MINUTE_MS)
        values.setdefault("source_id", self.account.source_id)
        source_id = values.pop("source_id")
        return add_contact(
            self.connection, self.account.account_id, source_id, external_id, **values
        )

    def leg(self, contact: int, position: int = 0, **values: Any) -> int:
        values.setdefault("started_at_ms", NOON_MS + position * MINUTE_MS)
        return self._add(
            legs, contact_id=contact, external_id=f"leg-{position}", position=position, **values
        )

    def topic(self, key: str, name: str = "", **values: Any) -> int:
        return self._add(
            topics,
            key=key,
            name=name or key,
            created_at_ms=now_ms(),
            changed_at_ms=now_ms(),
            **values,
        )

    def version(self, topic: int, number: int) -> int:
        return self._add(
            topic_versions,
            topic_id=topic,
            number=number,
            state="active",
            rule={},
            should_match=[],
            should_not_match=[],
            created_at_ms=now_ms(),
        )

    def mark(
        self, contact: int, topic: int, origin: str = "rule", *, verdict: bool = True, **values: Any
    ) -> int:
        return self._add(
            marks,
            contact_id=contact,
            topic_id=topic,
            origin=origin,
            verdict=verdict,
            created_at_ms=now_ms(),
            **values,
        )

    def hit(self, mark: int, recording: int, start_ms: int, text: str, **values: Any) -> int:
        return self._add(
            hits,
            mark_id=mark,
            recording_id=recording,
            speaker="client",
            start_ms=start_ms,
            end_ms=start_ms + 500,
            first_word=0,
            last_word=1,
            text=text,
            phrase="вернуть деньги",
            score=97.5,
            **values,
        )

    def recording(
        self, contact: int, external_id: str, covered: Sequence[int] = (), **values: Any
    ) -> int:
        account_id = self.account.account_id
        recording = add_recording(
            self.connection, account_id, self.account.source_id, contact, external_id, **values
        )
        for leg in covered:
            self.connection.execute(
                insert(recording_legs).values(
                    account_id=account_id, recording_id=recording, leg_id=leg
                )
            )
        return recording

    def transcript(self, recording: int, **values: Any) -> None:
        defaults = {
            "language": "ru",
            "model": "demo",
            "model_version": "1",
            "demo": True,
            "channel_speakers": ["operator", "client"],
            "word_count": 12,
            "speech_ms": 5000,
            "mean_probability": 0.9,
            "measures": {"silence_ms": 700},
            "document": b"",
            "created_at_ms": now_ms(),
        }
        self.connection.execute(
            insert(transcripts).values(
                account_id=self.account.account_id, recording_id=recording, **(defaults | values)
            )
        )

    def job(self, kind: str, subject: int, state: str, **values: Any) -> int:
        return self._add(
            jobs,
            kind=kind,
            subject_id=subject,
            priority=1,
            state=state,
            due_at_ms=0,
            created_at_ms=0,
            **values,
        )

    def _add(self, table: Any, **values: Any) -> int:
        return add(self.connection, table, account_id=self.account.account_id, **values)
