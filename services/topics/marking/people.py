"""Marks that people set and take back; no run and no rule ever touches them."""

from sqlalchemy import Connection, delete, insert, select, update

from services.topics.marking.reading import check_contact, check_topic
from services.topics.marking.store import lock_contact
from shared.contacts.changes import Changed, note_changes
from shared.db.session import now_ms
from shared.db.tables import marks
from shared.permissions import Caller


def set_mark(
    connection: Connection,
    caller: Caller,
    *,
    contact_id: int,
    topic_id: int,
    origin: str,
    verdict: bool,
) -> bool:
    """Set a person's yes or no and return whether there was none of that origin before.

    The same word again changes nothing, not even whose it is. NotFound when the caller sees no such
    contact or the account has no such topic.
    """
    account_id = caller.account_id
    check_topic(connection, account_id, topic_id)
    check_contact(connection, caller, contact_id)
    lock_contact(connection, account_id=account_id, contact_id=contact_id)
    stored = connection.execute(
        select(marks.c.id, marks.c.verdict).where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            marks.c.topic_id == topic_id,
            marks.c.origin == origin,
        )
    ).first()
    values = {"verdict": verdict, "author_id": caller.user_id, "created_at_ms": now_ms()}
    if stored is None:
        connection.execute(
            insert(marks).values(
                account_id=account_id,
                contact_id=contact_id,
                topic_id=topic_id,
                origin=origin,
                **values,
            )
        )
    elif stored.verdict != verdict:
        connection.execute(
            update(marks)
            .where(marks.c.account_id == account_id, marks.c.id == stored.id)
            .values(values)
        )
    else:
        return False
    note_changes(connection, account_id, [contact_id], Changed.TOPICS)
    return stored is None


def take_back_mark(
    connection: Connection, caller: Caller, *, contact_id: int, topic_id: int, origin: str
) -> None:
    """Take a person's mark back, so that the next origin's counts; none there changes nothing."""
    account_id = caller.account_id
    check_topic(connection, account_id, topic_id)
    check_contact(connection, caller, contact_id)
    lock_contact(connection, account_id=account_id, contact_id=contact_id)
    gone = connection.execute(
        delete(marks).where(
            marks.c.account_id == account_id,
            marks.c.contact_id == contact_id,
            marks.c.topic_id == topic_id,
            marks.c.origin == origin,
        )
    ).rowcount
    if gone:
        note_changes(connection, account_id, [contact_id], Changed.TOPICS)
