"""Contacts that are kept: favourites, and those on legal hold."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select, update

from shared.contacts.visibility import visible
from shared.db.tables import accounts, contacts
from shared.errors import NotFound
from shared.permissions import Caller, Permission

NEEDS: Mapping[str, Permission] = MappingProxyType(
    {"favourite": Permission.MARKS_EDIT, "legal_hold": Permission.RETENTION}
)
"""What a caller needs to change each."""


def change_keeping(
    connection: Connection, caller: Caller, contact_id: int, changes: Mapping[str, bool]
) -> Any:
    """Change what keeps a contact, and return both.

    Raises Forbidden without the permission for one of the changes, NotFound for a contact that the
    caller does not see.
    """
    for name in changes:
        caller.require(NEEDS[name])
    # Whoever destroys holds the account's row: the contact is destroyed before this, or never.
    connection.execute(
        select(accounts.c.id)
        .where(accounts.c.id == caller.account_id)
        .with_for_update(key_share=True)
    )
    ours = (contacts.c.account_id == caller.account_id, contacts.c.id == contact_id)
    if changes:
        connection.execute(update(contacts).where(*ours, visible(caller)).values(**changes))
    row = connection.execute(
        select(contacts.c.favourite, contacts.c.legal_hold).where(*ours, visible(caller))
    ).first()
    if row is None:
        raise NotFound(f"there is no contact {contact_id}")
    return row
