"""What can be heard of a contact: the flags on its row that tell absence from not knowing."""

from collections.abc import Iterable

from sqlalchemy import Connection, exists, func, select, update

from shared.db.tables import contacts, legs, recording_legs, recordings, transcripts
from shared.domain.recording import Speaker

AUDIBLE_BITS = {Speaker.OPERATOR: 1, Speaker.CLIENT: 2, Speaker.UNKNOWN: 4}

WITHOUT_TALK = ("missed", "busy", "failed", "abandoned")
"""Results of a leg on which nobody talked, so that nothing can be missing from it."""

SPOKEN_KINDS = ("call", "callback", "voicemail")
"""Kinds of contact that a recording can be of."""


def audible_bits(speakers: Iterable[Speaker]) -> int:
    """The `contacts.audible` of speakers with a recognised channel, whether they spoke or not."""
    bits = 0
    for speaker in speakers:
        bits |= AUDIBLE_BITS[speaker]
    return bits


def refresh_hearing(connection: Connection, *, account_id: int, contact_id: int) -> None:
    """Work out `audible`, `speech_ms` and `legs_unheard` of a contact from its transcripts and
    legs.

    Call it where one of them changed, holding the contact's row lock, so that two recordings that
    end together count each other.
    """
    rows = connection.execute(
        select(transcripts.c.channel_speakers, transcripts.c.speech_ms)
        .join(recordings, recordings.c.id == transcripts.c.recording_id)
        .where(
            transcripts.c.account_id == account_id,
            recordings.c.account_id == account_id,
            recordings.c.contact_id == contact_id,
        )
    ).all()
    heard = (
        exists()
        .where(
            recording_legs.c.account_id == account_id,
            recording_legs.c.leg_id == legs.c.id,
            transcripts.c.account_id == account_id,
            transcripts.c.recording_id == recording_legs.c.recording_id,
        )
        .correlate(legs)
    )
    unheard = connection.execute(
        select(func.count())
        .select_from(legs)
        .where(
            legs.c.account_id == account_id,
            legs.c.contact_id == contact_id,
            legs.c.result.not_in(WITHOUT_TALK),
            ~heard,
        )
    ).scalar_one()
    speakers = [Speaker(name) for row in rows for name in row.channel_speakers]
    connection.execute(
        update(contacts)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .values(
            audible=audible_bits(speakers),
            speech_ms=sum(row.speech_ms for row in rows),
            legs_unheard=unheard,
        )
    )
