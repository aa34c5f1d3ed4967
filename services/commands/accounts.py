"""Which account a command is about: by id, by name, or the only one there is."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from shared.db.tables import accounts
from shared.errors import InvalidInput

# A longer number is greater than any id.
_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account as commands need it."""

    id: int
    name: str
    zone: ZoneInfo


def find_account(connection: Connection, named: str | None) -> NamedAccount:
    """The account of an id or a name, or the only one; InvalidInput unless that is exactly one."""
    wanted = select(accounts.c.id, accounts.c.name, accounts.c.time_zone).order_by(accounts.c.id)
    if named is not None:
        is_id = named.isascii() and named.isdigit() and len(named) <= _ID_DIGITS
        wanted = wanted.where(accounts.c.id == int(named) if is_id else accounts.c.name == named)
    found = connection.execute(wanted.limit(2)).all()
    if len(found) == 1:
        row = found[0]
        return NamedAccount(row.id, row.name, ZoneInfo(row.time_zone))
    if named is None:
        raise InvalidInput("there is not exactly one account: name it with --account")
    raise InvalidInput(f"«{named}» names {'several accounts' if found else 'no account'}")
