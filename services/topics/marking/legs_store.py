"""Reads where speech lies: contacts, their legs and recordings, and which of these covers which."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, case, func, select

from services.topics.matching.speech import Flags, Ints
from shared.contacts.hearing import WITHOUT_TALK
from shared.db.among import among
from shared.db.driver_rows import int_columns
from shared.db.tables import contacts, legs, recording_legs, recordings
from shared.domain.recording import Direction

# Arithmetic on arrays knows no null, and what it stands for here is never negative.
NONE = -1


class Recorded(NamedTuple):
    """Recordings by contact and time.

    `contact` is a place, `duration_ms` NONE where it was not measured yet, `audible` 0 without a
    transcript.
    """

    contact: Ints
    recording_id: Ints
    offset_ms: Ints
    duration_ms: Ints
    audible: Ints


class Spans(NamedTuple):
    """Legs by contact and time, on the contact's clock; `contact` is a place.

    The end is told, else where the next leg begins, else the contact's end, else NONE.
    """

    contact: Ints
    leg_id: Ints
    employee_id: Ints
    start_ms: Ints
    end_ms: Ints
    talked: Flags


class Covers(NamedTuple):
    """Which recording covers which leg, as places, by recording and then by leg."""

    recording: Ints
    leg: Ints


def read_contacts(
    connection: Connection, account_id: int, contact_ids: Collection[int]
) -> tuple[Ints, Flags, Spans]:
    """Ids of the contacts, which of them are internal, and their legs."""
    (
        contact_id,
        contact_start_ms,
        contact_end_ms,
        internal,
        leg_id,
        start_ms,
        end_ms,
        who,
        talked,
    ) = int_columns(
        connection,
        select(
            contacts.c.id,
            contacts.c.started_at_ms,
            func.coalesce(contacts.c.ended_at_ms, NONE),
            case((contacts.c.direction == Direction.INTERNAL, 1), else_=0),
            func.coalesce(legs.c.id, NONE),
            func.coalesce(legs.c.started_at_ms, NONE),
            func.coalesce(legs.c.ended_at_ms, NONE),
            func.coalesce(legs.c.employee_id, NONE),
            case((legs.c.result.in_(WITHOUT_TALK), 0), else_=1),
        )
        .outerjoin(legs, (legs.c.contact_id == contacts.c.id) & (legs.c.account_id == account_id))
        .where(
            contacts.c.account_id == account_id,
            among(connection, contacts.c.id, contact_ids),
        )
        .order_by(contacts.c.id, legs.c.position),
    )
    ids, first = np.unique(contact_id, return_index=True)
    is_leg = leg_id != NONE
    is_last = np.append(contact_id[1:] != contact_id[:-1], True)[: len(contact_id)]
    following = np.where(is_last, contact_end_ms, np.append(start_ms[1:], NONE)[: len(start_ms)])
    ends_at_ms = np.where(end_ms == NONE, following, end_ms)
    return (
        ids,
        internal[first] == 1,
        Spans(
            contact=np.searchsorted(ids, contact_id[is_leg]),
            leg_id=leg_id[is_leg],
            employee_id=who[is_leg],
            start_ms=(start_ms - contact_start_ms)[is_leg],
            end_ms=np.where(ends_at_ms == NONE, NONE, ends_at_ms - contact_start_ms)[is_leg],
            talked=talked[is_leg] == 1,
        ),
    )


def read_recordings(
    connection: Connection, account_id: int, contact_ids: Collection[int], ids: Ints, spans: Spans
) -> tuple[Recorded, Covers]:
    """Recordings of the contacts, and which of them covers which leg."""
    contact_id, recording_id, offset_ms, duration_ms, audible, leg_id = int_columns(
        connection,
        select(
            recordings.c.contact_id,
            recordings.c.id,
            recordings.c.offset_ms,
            func.coalesce(recordings.c.duration_ms, NONE),
            func.coalesce(recordings.c.audible, 0),
            func.coalesce(recording_legs.c.leg_id, NONE),
        )
        .outerjoin(
            recording_legs,
            (recording_legs.c.recording_id == recordings.c.id)
            & (recording_legs.c.account_id == account_id),
        )
        .where(
            recordings.c.account_id == account_id,
            among(connection, recordings.c.contact_id, contact_ids),
        ),
    )
    contact, leg = np.searchsorted(ids, contact_id), _place_of(leg_id, spans.leg_id)
    order = np.lexsort((leg, recording_id, offset_ms, contact))
    contact, recording_id, leg = contact[order], recording_id[order], leg[order]
    is_first = np.append(True, recording_id[1:] != recording_id[:-1])[: len(order)]
    first = order[is_first]
    # A leg that is not of the recording's contact is a leg of nothing here.
    own = leg >= 0
    own[own] = contact[own] == spans.contact[leg[own]]
    return (
        Recorded(
            contact[is_first],
            recording_id[is_first],
            offset_ms[first],
            duration_ms[first],
            audible[first],
        ),
        Covers((np.cumsum(is_first) - 1)[own], leg[own]),
    )


def _place_of(wanted: Ints, ids: Ints) -> Ints:
    """Place of each wanted id among the ids, -1 where it is not one of them."""
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids[order], wanted), max(len(ids) - 1, 0))
    if len(ids) == 0:
        return np.full(len(wanted), NONE)
    return np.where(ids[order][at] == wanted, order[at], NONE)
