"""What a run reads of calls: everything, or of those in which nothing can be found who spoke."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select, update

from services.topics.marking import speech_store
from services.topics.marking.words_store import Sift
from services.topics.matching.speech import Speech
from shared.db.session import Database
from shared.db.tables import contacts, legs, recording_legs, recordings
from tests.integration.topics.calls import STARTED_AT_MS, Account, new_account
from tests.rows import add

LINES = ("operator: алло здравствуйте", "client: верните мне деньги")


@pytest.fixture
def calls(database: Database) -> Account:
    """An account without calls."""
    return new_account(database)


def nowhere(begin: NDArray[np.int64], _ids: object, _speakers: object) -> NDArray[np.bool_]:
    """Nothing can be found in any recording."""
    return np.zeros(len(begin) - 1, np.bool_)


def read(calls: Account, contact_ids: Sequence[int], sift: Sift | None = None) -> Speech:
    with calls.database.read() as connection:
        return speech_store.read_speech(
            connection, account_id=calls.id, contact_ids=contact_ids, facts=False, sift=sift
        )


def words_of(speech: Speech) -> list[int]:
    """How many words each contact has."""
    lengths = np.diff(speech.tokens.begin)
    own = np.bincount(speech.recordings.contact, weights=lengths, minlength=len(speech))
    return [int(count) for count in own]


def add_recording(calls: Account, contact_id: int, offset_ms: int, *lines: str) -> int:
    """One more recording of the contact's legs."""
    with calls.database.write() as connection:
        recording_id = add(
            connection,
            recordings,
            account_id=calls.id,
            source_id=calls.source_id,
            external_id=f"more-{contact_id}-{offset_ms}",
            contact_id=contact_id,
            leg_external_ids=[],
            object_name="more",
            size_bytes=1,
            sha256="0" * 64,
            offset_ms=offset_ms,
            duration_ms=1000,
            received_at_ms=0,
        )
        leg_ids = connection.execute(select(legs.c.id).where(legs.c.contact_id == contact_id))
        for leg_id in leg_ids.scalars().all():
            values = {"account_id": calls.id, "recording_id": recording_id, "leg_id": leg_id}
            connection.execute(recording_legs.insert().values(values))
    calls.transcribe(recording_id, *lines)
    return recording_id


def test_words_lie_in_the_order_of_recordings(calls: Account) -> None:
    """A recording that came first is not always the first of its contact."""
    contact_id = calls.call(*LINES)
    with calls.database.write() as connection:
        connection.execute(update(recordings).values(offset_ms=60_000))
    add_recording(calls, contact_id, 0, "client: алло алло алло")
    other = calls.call("operator: деньги")
    speech = read(calls, [contact_id, other])
    assert speech.recordings.offset_ms.tolist() == [0, 60_000, 0]
    assert np.diff(speech.tokens.begin).tolist() == [3, 5, 1]
    hello = speech.tokens.ids[0]
    assert speech.tokens.ids[:4].tolist() == [hello] * 4
    assert speech.tokens.start_ms[:4].tolist() == [0, 400, 800, 0]
    assert speech.recordings.spoke.tolist() == [2, 3, 1]


def test_words_are_left_out_where_nothing_can_be_found(calls: Account) -> None:
    contact_ids = [calls.call(*LINES), calls.call(*LINES), calls.call(transcribed=False)]

    def in_the_second(begin: NDArray[np.int64], *_: object) -> NDArray[np.bool_]:
        return np.arange(len(begin) - 1) == 1

    whole = read(calls, contact_ids)
    sifted = read(calls, contact_ids, in_the_second)
    assert words_of(whole) == [5, 5, 0]
    assert words_of(sifted) == [0, 5, 0]
    assert sifted.tokens.ids.tolist() == whole.tokens.ids[5:].tolist()
    assert sifted.recordings.spoke.tolist() == whole.recordings.spoke.tolist() == [3, 3]
    assert sifted.heard.tolist() == whole.heard.tolist()
    assert sifted.legs.heard.tolist() == whole.legs.heard.tolist() == [True, True, False]


def test_all_recordings_of_a_contact_are_read_or_none(calls: Account) -> None:
    """Words between two findings are counted wherever they were recorded."""
    contact_ids = [calls.call(*LINES), calls.call(*LINES)]
    add_recording(calls, contact_ids[0], 60_000, "client: спасибо")

    def in_the_last_of_the_first(begin: NDArray[np.int64], *_: object) -> NDArray[np.bool_]:
        return np.arange(len(begin) - 1) == 1

    assert words_of(read(calls, contact_ids, in_the_last_of_the_first)) == [6, 0]


def test_words_are_read_where_only_their_times_tell(calls: Account) -> None:
    """On which of two legs they were said, and how long a recording is that nobody measured."""
    transferred, unmeasured, plain = (calls.call(*LINES) for _ in range(3))
    with calls.database.write() as connection:
        leg_id = add(
            connection,
            legs,
            account_id=calls.id,
            contact_id=transferred,
            external_id="second",
            position=1,
            started_at_ms=STARTED_AT_MS + 1000,
        )
        values = {"account_id": calls.id, "leg_id": leg_id}
        recording_id = calls.recording_of(transferred)
        connection.execute(recording_legs.insert().values(recording_id=recording_id, **values))
        of_unmeasured = recordings.c.contact_id == unmeasured
        connection.execute(update(recordings).where(of_unmeasured).values(duration_ms=None))
    contact_ids = [transferred, unmeasured, plain]
    whole, sifted = read(calls, contact_ids), read(calls, contact_ids, nowhere)
    assert words_of(sifted) == [5, 5, 0]
    assert sifted.recordings.duration_ms.tolist() == whole.recordings.duration_ms.tolist()
    assert sifted.legs.end_ms.tolist() == whole.legs.end_ms.tolist()


def test_a_call_of_nobody_any_more(calls: Account) -> None:
    contact_id = calls.call(*LINES)
    with calls.database.write() as connection:
        connection.execute(recording_legs.delete())
        connection.execute(recordings.update().values(contact_id=None))
        connection.execute(contacts.delete())
    assert len(read(calls, [contact_id])) == len(read(calls, [contact_id], nowhere)) == 0
