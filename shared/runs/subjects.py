"""Which ids a run is about: contacts of a stored filter, or their recordings, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from shared.contacts.filters import ContactFilter, TopicMatch, TopicSays, matching
from shared.contacts.verdicts import TopicVerdict
from shared.db.session import Database
from shared.db.tables import contacts, recordings
from shared.runs.ids import Ids
from shared.runs.kinds import RunKind

_PAGE = 1 << 16


def stored_filter(wanted: ContactFilter) -> dict[str, Any]:
    """A filter as `runs.filter` keeps it; what is not asked is left out."""
    return {name: value for name, value in asdict(wanted).items() if value not in (None, (), [])}


def read_filter(stored: Mapping[str, Any]) -> ContactFilter:
    """The filter that `stored_filter` stored."""
    values = dict(stored)
    asked = [
        TopicSays(one["topic_id"], TopicVerdict(one["verdict"])) for one in values.pop("topics", ())
    ]
    match = TopicMatch(values.pop("topic_match", TopicMatch.ANY))
    return ContactFilter(topics=asked, topic_match=match, **values)


def chunks_of(
    database: Database, account_id: int, kind: RunKind, wanted: ContactFilter, *, size: int
) -> Iterator[Ids]:
    """The ids that a run of the kind is about, in rising order, cut into chunks of a size.

    Of all contacts of the account, whoever may see them: only who sees them all may start a run.
    Each page is a short transaction of its own; what comes in meanwhile is judged when it comes.
    """
    statement, column = _subjects(account_id, kind, wanted)
    after_id, held = 0, np.array([], np.int64)
    while True:
        with database.read() as connection:
            page = connection.execute(
                statement.where(column > after_id).order_by(column).limit(_PAGE)
            ).scalars()
            found = np.fromiter(page, np.int64)
        held = np.concatenate([held, found])
        whole = len(held) - len(held) % size
        yield from (held[at : at + size] for at in range(0, whole, size))
        held = held[whole:]
        if len(found) < _PAGE:
            break
        after_id = int(found[-1])
    if len(held):
        yield held


def _subjects(account_id: int, kind: RunKind, wanted: ContactFilter) -> tuple[Select[Any], Any]:
    conditions = [contacts.c.account_id == account_id, *matching(account_id, wanted)]
    if kind.subject == "contact":
        return select(contacts.c.id).where(*conditions), contacts.c.id
    of_contacts = (
        select(recordings.c.id)
        .join(contacts, contacts.c.id == recordings.c.contact_id)
        .where(recordings.c.account_id == account_id, *conditions)
    )
    return of_contacts, recordings.c.id
