"""SQL of the feed of changes: a part of it, and the contacts in it that a caller sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from shared.contacts.changes import UnknownPosition, last_number
from shared.contacts.visibility import visible
from shared.db.among import among
from shared.db.tables import contact_changes, contacts, sources
from shared.permissions import Caller

_DIGITS = 18
"""Of the longest text that is taken for a number: any such number fits a column."""


@dataclass(frozen=True, slots=True)
class FeedPart:
    """Changes in the order of their numbers, where the next part begins, and whether it is there.

    Changes of contacts that the caller does not see are passed over.
    """

    changes: Sequence[tuple[Row[Any], Row[Any]]]
    next_after: int
    more: bool


def check_position(connection: Connection, account_id: int, after: str) -> int:
    """The number behind which to read on; UnknownPosition if no feed of the account had it."""
    known = after.isascii() and after.isdigit() and len(after) <= _DIGITS
    if not known or int(after) > last_number(connection, account_id):
        raise UnknownPosition(
            "`after` is no place in this feed: read it from the beginning, without `after`",
            [("query.after", "was not given out as `next_after`")],
        )
    return int(after)


def read_part(connection: Connection, caller: Caller, *, after: int, limit: int) -> FeedPart:
    """The changes behind a number, each with its contact, at most `limit`."""
    statement: Select[Any] = (
        select(
            contact_changes.c.number,
            contact_changes.c.contact_id,
            contact_changes.c.what,
            contact_changes.c.changed_at_ms,
        )
        .where(
            contact_changes.c.account_id == caller.account_id,
            contact_changes.c.number > after,
        )
        .order_by(contact_changes.c.number)
        .limit(limit + 1)
    )
    rows = connection.execute(statement).all()
    part = rows[:limit]
    seen = _visible(connection, caller, {row.contact_id for row in part})
    return FeedPart(
        changes=[(row, seen[row.contact_id]) for row in part if row.contact_id in seen],
        next_after=part[-1].number if part else after,
        more=len(rows) > limit,
    )


def _visible(connection: Connection, caller: Caller, contact_ids: set[int]) -> dict[int, Row[Any]]:
    statement: Select[Any] = (
        select(contacts.c.id, contacts.c.external_id, sources.c.external_id.label("source"))
        .join(
            sources,
            and_(
                sources.c.account_id == contacts.c.account_id,
                sources.c.id == contacts.c.source_id,
            ),
        )
        .where(
            contacts.c.account_id == caller.account_id,
            visible(caller),
            among(connection, contacts.c.id, contact_ids),
        )
    )
    return {row.id: row for row in connection.execute(statement)}
