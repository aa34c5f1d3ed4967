"""A call as the player finds it: recordings on its clock, their renditions, legs and evidence."""

import io
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select, update

from services.player.mpeg.layer3 import RATE_HZ
from services.player.rendering.playback import PlaybackEncoder
from shared.db.session import now_ms
from shared.db.tables import (
    audit_log,
    contacts,
    hits,
    jobs,
    legs,
    marks,
    recording_legs,
    recordings,
    renditions,
    sources,
    topics,
)
from shared.queue.runner import Parts
from tests.integration.decode.sounds import by_soundfile
from tests.rows import add, add_contact, add_recording, add_source

STARTED_AT_MS = 1_790_000_000_000
Sound = NDArray[np.float32]
"""(channels, samples) at 16 kHz."""


def tone(hertz: float, seconds: float) -> Sound:
    """One channel of a sine."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.3 * np.sin(2 * np.pi * hertz * times_s)).astype(np.float32)[None]


def encoded(sound: Sound) -> bytes:
    """The sound in the one form of renditions."""
    file = io.BytesIO()
    with PlaybackEncoder(file, channels=len(sound)) as encoder:
        encoder.add(sound)
    return file.getvalue()


def wav(sound: Sound) -> bytes:
    """The sound as a telephone system might send it."""
    return by_soundfile(sound.T, RATE_HZ, "PCM_16")


@dataclass
class Conversation:
    """A call of one account; `made` are the stored bytes by (recording id, kind)."""

    parts: Parts
    account_id: int
    source_id: int
    contact_id: int
    made: dict[tuple[int, str], bytes] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, parts: Parts, account_id: int, external_id: str = "call-1", **values: Any
    ) -> "Conversation":
        with parts.database.write() as connection:
            source_id = add_source(connection, account_id, f"pbx-{external_id}")
            contact_id = add_contact(
                connection,
                account_id,
                source_id,
                external_id,
                **({"client_number": "+79990001122"} | values),
            )
        return cls(parts, account_id, source_id, contact_id)

    def record(
        self,
        sound: Sound | None,
        *,
        offset_ms: int = 0,
        one_sided: str = "",
        external_id: str | None = None,
        original: bytes | None = None,
        playback: bool = True,
    ) -> int:
        """A recording of this sound; without `playback` it has not been measured yet either."""
        body = original if original is not None else wav(sound) if sound is not None else b""
        external_id = external_id or f"rec-{len(self.made)}-{offset_ms}"
        name = f"{self.account_id}/originals/{self.contact_id}/{external_id}"
        self.parts.store.put(name, io.BytesIO(body), limit_bytes=len(body), content_type="")
        measured: dict[str, Any] = {}
        if playback and sound is not None:
            measured = {
                "channels": len(sound),
                "duration_ms": sound.shape[1] * 1000 // RATE_HZ,
                "container": "wav",
            }
        with self.parts.database.write() as connection:
            recording_id = add_recording(
                connection,
                self.account_id,
                self.source_id,
                self.contact_id,
                external_id,
                object_name=name,
                size_bytes=len(body),
                sha256=sha256(body).hexdigest(),
                offset_ms=offset_ms,
                one_sided=one_sided,
                **measured,
            )
        self.made[recording_id, "original"] = body
        if playback and sound is not None:
            self.render(recording_id, "playback", sound)
        return recording_id

    def render(self, recording_id: int, kind: str, sound: Sound) -> None:
        """A stored rendition of this sound."""
        body = encoded(sound)
        name = f"renditions/{self.account_id}/{recording_id}/{kind}.mp3"
        stored = self.parts.store.put(
            name, io.BytesIO(body), limit_bytes=len(body), content_type="audio/mpeg"
        )
        self.made[recording_id, kind] = body
        with self.parts.database.write() as connection:
            connection.execute(
                insert(renditions).values(
                    account_id=self.account_id,
                    recording_id=recording_id,
                    kind=kind,
                    object_name=name,
                    size_bytes=stored.size_bytes,
                    sha256=stored.sha256,
                    content_type="audio/mpeg",
                    notes={},
                    created_at_ms=now_ms(),
                )
            )

    def leg(self, start_ms: int, end_ms: int | None, *recording_ids: int, **values: Any) -> int:
        """A leg of the call's clock and the recordings that hold it."""
        with self.parts.database.write() as connection:
            leg_id = add(
                connection,
                legs,
                account_id=self.account_id,
                contact_id=self.contact_id,
                external_id=f"leg-{start_ms}",
                position=values.pop("position", start_ms // 1000),
                started_at_ms=STARTED_AT_MS + start_ms,
                ended_at_ms=None if end_ms is None else STARTED_AT_MS + end_ms,
                **values,
            )
            for recording_id in recording_ids:
                connection.execute(
                    insert(recording_legs).values(
                        account_id=self.account_id, recording_id=recording_id, leg_id=leg_id
                    )
                )
        return leg_id

    def hit(self, recording_id: int, start_ms: int, end_ms: int) -> int:
        """Evidence of a mark on the recording's clock."""
        with self.parts.database.write() as connection:
            topic_id = add(
                connection,
                topics,
                account_id=self.account_id,
                key="own-refund",
                name="Возврат",
                created_at_ms=now_ms(),
                changed_at_ms=now_ms(),
            )
            mark_id = add(
                connection,
                marks,
                account_id=self.account_id,
                contact_id=self.contact_id,
                topic_id=topic_id,
                origin="rule",
                verdict=True,
                created_at_ms=now_ms(),
            )
            return add(
                connection,
                hits,
                account_id=self.account_id,
                mark_id=mark_id,
                recording_id=recording_id,
                speaker="operator",
                start_ms=start_ms,
                end_ms=end_ms,
                first_word=0,
                last_word=1,
                text="вернуть деньги",
                phrase="вернуть деньги",
                score=100.0,
            )

    def job(self, recording_id: int, kind: str, state: str, **values: Any) -> None:
        """A job of a recording in some state."""
        with self.parts.database.write() as connection:
            add(
                connection,
                jobs,
                account_id=self.account_id,
                kind=kind,
                subject_id=recording_id,
                state=state,
                **({"priority": 1, "due_at_ms": 0, "created_at_ms": 0} | values),
            )

    def change(self, recording_id: int, **values: Any) -> None:
        """Change a recording's row."""
        with self.parts.database.write() as connection:
            connection.execute(
                update(recordings)
                .where(recordings.c.account_id == self.account_id, recordings.c.id == recording_id)
                .values(**values)
            )

    def change_contact(self, **values: Any) -> None:
        """Change the contact's row."""
        with self.parts.database.write() as connection:
            connection.execute(
                update(contacts)
                .where(contacts.c.account_id == self.account_id, contacts.c.id == self.contact_id)
                .values(**values)
            )

    def source_channel(self, operator_channel: int) -> None:
        """Which channel of the source's stereo files is the operator's."""
        with self.parts.database.write() as connection:
            connection.execute(
                update(sources)
                .where(sources.c.account_id == self.account_id, sources.c.id == self.source_id)
                .values(operator_channel=operator_channel)
            )

    def log(self) -> list[Any]:
        """The audit log's rows."""
        with self.parts.database.read() as connection:
            return list(
                connection.execute(
                    select(audit_log)
                    .where(audit_log.c.account_id == self.account_id)
                    .order_by(audit_log.c.id)
                )
            )
