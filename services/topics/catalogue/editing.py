"""One change of one topic: rules locked, nobody else's change lost, nothing half done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from services.topics.catalogue import store
from services.topics.catalogue.revisions import lock_rules
from shared.errors import Conflict
from shared.http.revisions import refuse_stale
from shared.http.routes import Call


@dataclass(frozen=True, slots=True)
class Edit:
    """A write transaction over a topic that nobody else changes meanwhile."""

    connection: Connection
    topic: Row[Any]
    rules_revision: int


@contextmanager
def editing(call: Call, topic_id: int) -> Iterator[Edit]:
    """Change the topic that the request names in If-Match; NotFound, or a refusal of a stale one."""
    with call.parts.database.write() as connection:
        rules_revision = lock_rules(connection, call.account_id)
        topic = store.find_topic(connection, call.account_id, topic_id)
        refuse_stale(call.request, topic.revision)
        yield Edit(connection, topic, rules_revision)


def refuse_archived(topic: Row[Any]) -> None:
    """Conflict for a topic of the archive, which nobody changes."""
    if topic.archived_at_ms is not None:
        raise Conflict("the topic is in the archive: restore it first")
