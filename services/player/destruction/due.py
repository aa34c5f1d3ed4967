"""What falls due: recordings whose time is over, or that somebody named; as SQL conditions.

A call is kept for the days of its group, else for those of its account; a recording whose call never
came is counted from its receipt. Favourites are kept for ever, and a legal hold outweighs a request.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)

from services.player.destruction.choice import Choice, Reason
from shared.db.tables import accounts, contacts, destructions, groups, recordings, runs
from shared.runs.kinds import UNFINISHED
from shared.runs.store import Run

DAY_MS = 24 * 3600 * 1000

MARKED = "marked"


def due(account_id: int, choice: Choice) -> Select[Any]:
    """A query of what is to be destroyed: `id` and `reason`; nothing that is destroyed already."""
    reason: ColumnElement[str] = literal(str(Reason.REQUEST))
    if not choice.is_request:
        reason = case(
            (groups.c.retention_days.is_not(None), str(Reason.GROUP_RETENTION)),
            else_=str(Reason.RETENTION),
        )
    return _recordings(account_id, recordings.c.id, reason.label("reason")).where(_is_due(choice))


def subjects(run: Run) -> Select[Any]:
    """The ids that a run is about.

    One that destroys what falls due also ends what others began and were cancelled in.
    """
    choice = Choice.of(run.spec)
    condition = _is_due(choice)
    if run.apply and not choice.is_request:
        condition = or_(condition, recordings.c.id.in_(begun(run.account_id)))
    return _recordings(run.account_id, recordings.c.id).where(condition)


def begun(account_id: int) -> Select[Any]:
    """A query of recordings whose rows are gone and whose objects stay, their run having ended."""
    return (
        select(destructions.c.recording_id)
        .join(
            runs,
            and_(
                runs.c.account_id == destructions.c.account_id,
                runs.c.id == destructions.c.run_id,
            ),
        )
        .where(
            destructions.c.account_id == account_id,
            destructions.c.state == MARKED,
            runs.c.state.not_in(UNFINISHED),
        )
    )


def _recordings(account_id: int, *columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(recordings)
        .join(accounts, accounts.c.id == recordings.c.account_id)
        .outerjoin(
            contacts,
            and_(
                contacts.c.account_id == recordings.c.account_id,
                contacts.c.id == recordings.c.contact_id,
            ),
        )
        .outerjoin(
            groups,
            and_(
                groups.c.account_id == contacts.c.account_id,
                groups.c.id == contacts.c.group_id,
            ),
        )
        .where(recordings.c.account_id == account_id)
    )


def _is_due(choice: Choice) -> ColumnElement[bool]:
    held = func.coalesce(contacts.c.legal_hold, false())
    if choice.is_request:
        wanted = or_(
            recordings.c.id.in_(choice.recordings), recordings.c.contact_id.in_(choice.contacts)
        )
    else:
        days = func.coalesce(groups.c.retention_days, accounts.c.retention_days)
        began_ms = func.coalesce(contacts.c.started_at_ms, recordings.c.received_at_ms)
        wanted = and_(
            began_ms + cast(days, BigInteger) * DAY_MS <= choice.at_ms,
            ~func.coalesce(contacts.c.favourite, false()),
        )
    return and_(recordings.c.destroyed_at_ms.is_(None), ~held, wanted)
