"""One listening in the audit log: its rows before the first byte, then how much sound has left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from services.player.delivery.served import SERVED
from shared import audit
from shared.audit import Heard
from shared.db.session import Database
from shared.permissions import Caller


@dataclass(frozen=True, slots=True)
class Listening:
    """Who hears what; a row for each of the recordings in it."""

    caller: Caller
    action: str
    variant: str
    contact_id: int | None
    unnoted: Sequence[int]
    """Recordings whose row is not in the log of the present window."""

    @classmethod
    def of(
        cls,
        connection: Connection,
        caller: Caller,
        *,
        download: bool,
        variant: str,
        contact_id: int | None,
        recording_ids: Collection[int],
    ) -> "Listening":
        """The listening that is about to begin, by what the log has of it."""
        action = "download" if download else "listen"
        unnoted = audit.unnoted(
            connection, caller, action=action, recording_ids=recording_ids, variant=variant
        )
        return cls(caller, action, variant, contact_id, unnoted)

    def begin(self, database: Database) -> None:
        """Commit the rows that are missing; a person who listens on takes no write lock."""
        if not self.unnoted:
            return
        with database.write() as connection:
            for recording_id in self.unnoted:
                audit.note(
                    connection,
                    self.caller,
                    action=self.action,
                    recording_id=recording_id,
                    contact_id=self.contact_id,
                    variant=self.variant,
                )

    def served(self, database: Database, heard_ms: Mapping[int, int]) -> None:
        """Count how much of each recording has left."""
        for recording_id, served_ms in heard_ms.items():
            if served_ms > 0:
                heard = Heard(
                    self.caller.account_id,
                    self.caller.actor,
                    self.action,
                    recording_id,
                    self.variant,
                )
                SERVED.add(database, heard, served_ms)
