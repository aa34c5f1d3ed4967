"""SQL of what tells whether a service is connected."""

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from shared.contacts.verdicts import in_force
from shared.db.tables import accounts, recordings


@dataclass(frozen=True, slots=True)
class Connected:
    """What the account has of all that its services need."""

    recordings: bool
    """A recording has come in."""
    speech_model: str
    """The account's own; empty: the installation's."""
    topics: bool
    """A topic is in force."""


def read_connected(connection: Connection, account_id: int) -> Connected:
    """What the account has of all that its services need."""
    row = connection.execute(
        select(
            exists().where(recordings.c.account_id == account_id),
            accounts.c.speech_model,
            exists().where(*in_force(account_id)),
        ).where(accounts.c.id == account_id)
    ).one()
    return Connected(bool(row[0]), row[1], bool(row[2]))
