"""Reads what was said on contacts: legs, packed transcripts and who can be heard."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, select

from services.topics.matching.batch import BOTH_SIDES, ContactSpeech, Heard, Leg, Sides
from shared.contacts.hearing import WITHOUT_TALK, audible_bits
from shared.db.tables import (
    contacts,
    legs,
    packed_transcripts,
    recording_legs,
    recordings,
    transcripts,
)
from shared.domain.recording import Direction, Speaker
from shared.text.displayed import displayed_words
from shared.text.packed import from_columns


def read_speech(
    connection: Connection, *, account_id: int, contact_id: int
) -> ContactSpeech | None:
    """What is stored of the speech of a contact; None when there is no such contact."""
    contact = (
        connection.execute(
            select(contacts).where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        )
        .mappings()
        .first()
    )
    if contact is None:
        return None
    leg_rows = (
        connection.execute(
            select(legs)
            .where(legs.c.account_id == account_id, legs.c.contact_id == contact_id)
            .order_by(legs.c.position)
        )
        .mappings()
        .all()
    )
    places = {row["id"]: place for place, row in enumerate(leg_rows)}
    recorded = _recordings(connection, account_id, contact_id)
    covers = _covered_legs(connection, account_id, contact_id)
    heard: list[Heard] = []
    lacking: set[int] = set()
    covered: set[int] = set()
    for row in recorded:
        own = tuple(sorted(places[leg] for leg in covers.get(row["id"], ()) if leg in places))
        covered.update(own)
        if row["format"] is None:
            lacking.update(own)
        else:
            heard.append(_heard(row, own))
    internal = contact["direction"] == Direction.INTERNAL
    return ContactSpeech(
        contact_id=contact_id,
        talkers=Sides.OPERATOR if internal else BOTH_SIDES,
        heard=bool(heard or leg_rows) and (bool(places) or len(heard) == len(recorded)),
        legs=tuple(
            _leg(leg_rows, place, contact, _end_ms(heard), heard=place in covered - lacking)
            for place in range(len(leg_rows))
        ),
        recordings=tuple(heard),
    )


def read_displayed_words(
    connection: Connection, *, account_id: int, recording_id: int
) -> list[str]:
    """The words of a recording as people see them; empty when there is no transcript."""
    document = connection.execute(
        select(transcripts.c.document).where(
            transcripts.c.account_id == account_id, transcripts.c.recording_id == recording_id
        )
    ).scalar_one_or_none()
    return [] if document is None else displayed_words(document)


def _recordings(connection: Connection, account_id: int, contact_id: int) -> Sequence[RowMapping]:
    of_account = packed_transcripts.c.account_id == account_id
    return (
        connection.execute(
            select(
                recordings.c.id,
                recordings.c.offset_ms,
                recordings.c.duration_ms,
                transcripts.c.channel_speakers,
                packed_transcripts.c.format,
                packed_transcripts.c.token_ids,
                packed_transcripts.c.word_index,
                packed_transcripts.c.speakers,
                packed_transcripts.c.start_ms,
                packed_transcripts.c.end_ms,
            )
            .outerjoin(
                packed_transcripts,
                (packed_transcripts.c.recording_id == recordings.c.id) & of_account,
            )
            .outerjoin(
                transcripts,
                (transcripts.c.recording_id == packed_transcripts.c.recording_id)
                & (transcripts.c.account_id == account_id),
            )
            .where(recordings.c.account_id == account_id, recordings.c.contact_id == contact_id)
            .order_by(recordings.c.offset_ms, recordings.c.id)
        )
        .mappings()
        .all()
    )


def _covered_legs(
    connection: Connection, account_id: int, contact_id: int
) -> Mapping[int, Sequence[int]]:
    rows = connection.execute(
        select(recording_legs.c.recording_id, recording_legs.c.leg_id)
        .join(legs, legs.c.id == recording_legs.c.leg_id)
        .where(
            recording_legs.c.account_id == account_id,
            legs.c.account_id == account_id,
            legs.c.contact_id == contact_id,
        )
    )
    covers: dict[int, list[int]] = {}
    for row in rows:
        covers.setdefault(row.recording_id, []).append(row.leg_id)
    return covers


def _heard(row: RowMapping, own: tuple[int, ...]) -> Heard:
    packed = from_columns(dict(row))
    spoken_ms = int(packed.end_ms.max()) if len(packed) else 0
    return Heard(
        recording_id=row["id"],
        packed=packed,
        offset_ms=row["offset_ms"],
        # Not measured yet: as long as the words reach.
        duration_ms=spoken_ms if row["duration_ms"] is None else row["duration_ms"],
        audible=Sides(audible_bits(Speaker(name) for name in row["channel_speakers"])),
        legs=own,
    )


def _end_ms(heard: Sequence[Heard]) -> int:
    return max((one.offset_ms + one.duration_ms for one in heard), default=0)


def _leg(
    rows: Sequence[RowMapping], place: int, contact: RowMapping, recorded_ms: int, *, heard: bool
) -> Leg:
    row = rows[place]
    start_ms = row["started_at_ms"] - contact["started_at_ms"]
    ends_at_ms = row["ended_at_ms"]
    if ends_at_ms is None and place + 1 < len(rows):
        ends_at_ms = rows[place + 1]["started_at_ms"]
    if ends_at_ms is None:
        ends_at_ms = contact["ended_at_ms"]
    # A leg that nobody told the end of lasts as long as what was recorded.
    end_ms = recorded_ms if ends_at_ms is None else ends_at_ms - contact["started_at_ms"]
    talked = row["result"] not in WITHOUT_TALK
    return Leg(
        leg_id=row["id"],
        employee_id=row["employee_id"],
        start_ms=start_ms,
        end_ms=max(start_ms, end_ms),
        talked=talked,
        heard=heard or not talked,
    )
