"""Which ids a run is about: contacts of a stored filter, or their recordings, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from shared.contacts.filters import ContactFilter, TopicMatch, TopicSays, matching
from shared.contacts.verdicts import TopicVerdict
from shared.db.driver_rows import int_columns
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


def wanted_subjects(account_id: int, kind: RunKind, wanted: ContactFilter) -> Select[Any]:
    """A query of the ids that a run of the kind is about: contacts of a filter, or recordings.

    Of all contacts of the account, whoever may see them: only who sees them all may start a run.
    """
    conditions = [contacts.c.account_id == account_id, *matching(account_id, wanted)]
    if kind.subject == "contact":
        return select(contacts.c.id).where(*conditions)
    return (
        select(recordings.c.id)
        .join(contacts, contacts.c.id == recordings.c.contact_id)
        .where(
            recordings.c.account_id == account_id,
            recordings.c.destroyed_at_ms.is_(None),
            *conditions,
        )
    )


def chunks_of(database: Database, subjects: Select[Any], *, size: int) -> Iterator[Ids]:
    """The ids that a query selects, in rising order, cut into chunks of a size.

    Each page is a short transaction of its own; what comes in meanwhile is worked on when it comes.
    """
    (column,) = subjects.selected_columns
    after_id, held = 0, np.array([], np.int64)
    while True:
        with database.read() as connection:
            (found,) = int_columns(
                connection, subjects.where(column > after_id).order_by(column).limit(_PAGE)
            )
        held = np.concatenate([held, found])
        whole = len(held) - len(held) % size
        yield from (held[at : at + size] for at in range(0, whole, size))
        held = held[whole:]
        if len(found) < _PAGE:
            break
        after_id = int(found[-1])
    if len(held):
        yield held
