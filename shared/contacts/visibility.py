"""Which contacts a caller sees: the one condition that every query on contacts goes through."""

from sqlalchemy import ColumnElement, Connection, and_, exists, false, or_, select

from shared.db.tables import contacts, legs, recordings
from shared.errors import NotFound
from shared.permissions import Caller, Sees


def visible(caller: Caller) -> ColumnElement[bool]:
    """Condition on `contacts`: the caller's account, and what the role sees of it.

    A contact is of a group or an employee if any of its legs is, so that a transferred call is seen
    whole by each side. Own calls need the switch of the account or of one of the user's groups
    (002-03); without a group or an employee nothing is seen. A link's caller sees its one contact.
    """
    of_account = contacts.c.account_id == caller.account_id
    if caller.contact_id is not None:
        return and_(of_account, contacts.c.id == caller.contact_id)
    if caller.sees is Sees.ALL:
        return of_account
    seen: list[ColumnElement[bool]] = []
    if caller.sees is Sees.GROUPS and caller.group_ids:
        groups = sorted(caller.group_ids)
        seen.append(contacts.c.group_id.in_(groups))
        seen.append(_has_leg(caller, legs.c.group_id.in_(groups)))
    if caller.own_calls_visible and caller.employee_id is not None:
        seen.append(contacts.c.employee_id == caller.employee_id)
        seen.append(_has_leg(caller, legs.c.employee_id == caller.employee_id))
    return and_(of_account, or_(false(), *seen))


def recording_visible(caller: Caller) -> ColumnElement[bool]:
    """Condition on `recordings` outer-joined with `contacts`: as `visible` says of the contact.

    A recording that waits for its call belongs to nobody's group yet: only who sees all calls sees
    it.
    """
    seen = and_(recordings.c.account_id == caller.account_id, visible(caller))
    if caller.sees is Sees.ALL and caller.contact_id is None:
        waiting = recordings.c.contact_id.is_(None)
        return or_(and_(recordings.c.account_id == caller.account_id, waiting), seen)
    return seen


def require_contact(connection: Connection, caller: Caller, contact_id: int) -> None:
    """NotFound unless the caller sees the contact."""
    seen = connection.execute(
        select(contacts.c.id).where(contacts.c.id == contact_id, visible(caller))
    ).first()
    if seen is None:
        raise NotFound(f"there is no contact {contact_id}")


def _has_leg(caller: Caller, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(legs.c.account_id == caller.account_id, legs.c.contact_id == contacts.c.id)
        .where(condition)
        .correlate(contacts)
    )
