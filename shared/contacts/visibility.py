"""Which contacts a caller sees: the one condition that every query on contacts goes through."""

from sqlalchemy import ColumnElement, and_, exists, false, or_

from shared.db.tables import contacts, legs
from shared.permissions import Caller, Sees


def visible(caller: Caller) -> ColumnElement[bool]:
    """Condition on `contacts`: the caller's account, and what the role sees of it.

    A contact is of a group or an employee if any of its legs is, so that a transferred call is seen
    whole by each side. Own calls need the switch of the account or of one of the user's groups
    (002-03); without a group or an employee nothing is seen.
    """
    of_account = contacts.c.account_id == caller.account_id
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


def _has_leg(caller: Caller, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(legs.c.account_id == caller.account_id, legs.c.contact_id == contacts.c.id)
        .where(condition)
        .correlate(contacts)
    )
