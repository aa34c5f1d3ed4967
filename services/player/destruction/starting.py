"""Starts runs that destroy: what falls due, or what a person names."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, and_, or_, select

from services.player.destruction.choice import Choice
from services.player.refusals import RecordingDestroyed
from shared.contacts.visibility import visible
from shared.db.session import now_ms
from shared.db.tables import contacts, recordings
from shared.errors import Conflict, NotFound
from shared.permissions import Caller
from shared.runs.control import start
from shared.runs.kinds import DESTROY


class LegalHold(Conflict):
    """The call is on legal hold: nobody destroys it before the hold is lifted."""

    code = "legal-hold"


def start_retention(connection: Connection, *, account_id: int, actor: str, apply: bool) -> int:
    """Start a run over everything that has fallen due by now; its id."""
    return _start(connection, account_id, actor, Choice(_clock_ms(connection)), apply=apply)


def start_request(
    connection: Connection,
    caller: Caller,
    *,
    contact_ids: Sequence[int] = (),
    recording_ids: Sequence[int] = (),
    apply: bool,
) -> int:
    """Start a run over all recordings of the contacts and the named ones; its id.

    Favourites among them go too: somebody means these. Raises NotFound for what the caller does not
    see, LegalHold, and RecordingDestroyed for a named recording that is destroyed already.
    """
    _check_contacts(connection, caller, contact_ids)
    _check_recordings(connection, caller, recording_ids)
    choice = Choice(_clock_ms(connection), tuple(contact_ids), tuple(recording_ids))
    return _start(connection, caller.account_id, caller.actor, choice, apply=apply)


def _start(
    connection: Connection, account_id: int, actor: str, choice: Choice, *, apply: bool
) -> int:
    return start(
        connection,
        account_id=account_id,
        kind=DESTROY,
        apply=apply,
        spec=choice.to_document(),
        filter_={},
        actor=actor,
    )


def _check_contacts(connection: Connection, caller: Caller, contact_ids: Collection[int]) -> None:
    rows = connection.execute(
        select(contacts.c.id, contacts.c.legal_hold).where(
            contacts.c.account_id == caller.account_id,
            contacts.c.id.in_(contact_ids),
            visible(caller),
        )
    ).all()
    missing = set(contact_ids) - {row.id for row in rows}
    if missing:
        raise NotFound(f"there is no contact {min(missing)}")
    _refuse_held([row.id for row in rows if row.legal_hold])


def _check_recordings(
    connection: Connection, caller: Caller, recording_ids: Collection[int]
) -> None:
    rows = connection.execute(
        select(
            recordings.c.id,
            recordings.c.contact_id,
            recordings.c.destroyed_at_ms,
            contacts.c.legal_hold,
        )
        .outerjoin(
            contacts,
            and_(
                contacts.c.account_id == recordings.c.account_id,
                contacts.c.id == recordings.c.contact_id,
            ),
        )
        .where(
            recordings.c.account_id == caller.account_id,
            recordings.c.id.in_(recording_ids),
            or_(recordings.c.contact_id.is_(None), visible(caller)),
        )
    ).all()
    missing = set(recording_ids) - {row.id for row in rows}
    if missing:
        raise NotFound(f"there is no recording {min(missing)}")
    gone = [row.id for row in rows if row.destroyed_at_ms is not None]
    if gone:
        raise RecordingDestroyed(f"recording {min(gone)} was destroyed already")
    _refuse_held([row.contact_id for row in rows if row.legal_hold])


def _refuse_held(contact_ids: Collection[int]) -> None:
    if contact_ids:
        raise LegalHold(f"contact {min(contact_ids)} is on legal hold: nothing of it is destroyed")


def _clock_ms(connection: Connection) -> int:
    return int(connection.execute(select(now_ms())).scalar_one())
