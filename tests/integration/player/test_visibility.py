"""Who hears what: the rows of others do not exist, at the store where it is decided."""

import pytest
from sqlalchemy import Connection, update

from services.player.delivery.listening_store import read_contact, read_leg, read_recording
from services.player.delivery.places_store import contact_of_source, leg_place
from shared.db.session import Database
from shared.db.tables import contacts, groups, legs, recording_legs
from shared.errors import NotFound
from shared.permissions import Caller, Permission, Sees
from tests.rows import add, add_account, add_contact, add_recording, add_source


class Call:
    """A call of one group with a leg and its recording, and a recording whose call has not come."""

    def __init__(self, connection: Connection) -> None:
        self.account_id = add_account(connection)
        source_id = add_source(connection, self.account_id)
        self.group_id, self.other_group_id = (
            add(connection, groups, account_id=self.account_id, external_id=name, name=name)
            for name in ("sales", "support")
        )
        contact_id = self.contact_id = add_contact(connection, self.account_id, source_id)
        connection.execute(
            update(contacts).where(contacts.c.id == contact_id).values(group_id=self.group_id)
        )
        self.recording_id = add_recording(connection, self.account_id, source_id, contact_id)
        self.orphan_id = add_recording(connection, self.account_id, source_id, None, "orphan")
        self.leg_id = add(
            connection,
            legs,
            account_id=self.account_id,
            contact_id=contact_id,
            external_id="leg-1",
            position=0,
            started_at_ms=1_790_000_000_000,
            group_id=self.group_id,
        )
        connection.execute(
            recording_legs.insert().values(
                account_id=self.account_id, recording_id=self.recording_id, leg_id=self.leg_id
            )
        )

    def caller(self, sees: Sees, *group_ids: int, account_id: int | None = None) -> Caller:
        return Caller(
            account_id=account_id or self.account_id,
            actor="user:1",
            permissions=frozenset({Permission.SOUND}),
            sees=sees,
            user_id=1,
            group_ids=frozenset(group_ids),
        )


@pytest.fixture
def call(database: Database) -> Call:
    with database.write() as connection:
        return Call(connection)


def hears(connection: Connection, caller: Caller, recording_id: int) -> bool:
    try:
        return bool(read_recording(connection, caller, recording_id, ()).recordings)
    except NotFound:
        return False


def finds_leg(connection: Connection, caller: Caller, leg_id: int) -> bool:
    try:
        leg_place(connection, caller, leg_id)
    except NotFound:
        assert read_leg(connection, caller, leg_id, ()) is None
        return False
    return read_leg(connection, caller, leg_id, ()) is not None


def finds_contact(connection: Connection, caller: Caller, contact_id: int) -> bool:
    try:
        contact_of_source(connection, caller, "pbx", "call-1")
    except NotFound:
        assert read_contact(connection, caller, contact_id, ()) is None
        return False
    return read_contact(connection, caller, contact_id, ()) is not None


def test_who_hears_what(database: Database, call: Call) -> None:
    with database.write() as connection:
        foreign_id = add_account(connection, "Лютик")
    callers = {
        "all": call.caller(Sees.ALL),
        "own group": call.caller(Sees.GROUPS, call.group_id),
        "other group": call.caller(Sees.GROUPS, call.other_group_id),
        "no group": call.caller(Sees.GROUPS),
        "own calls": call.caller(Sees.OWN),
        "other account": call.caller(Sees.ALL, account_id=foreign_id),
    }
    with database.read() as connection:
        heard = {
            name: (
                hears(connection, caller, call.recording_id),
                finds_leg(connection, caller, call.leg_id),
                finds_contact(connection, caller, call.contact_id),
                hears(connection, caller, call.orphan_id),
            )
            for name, caller in callers.items()
        }
    assert heard == {
        "all": (True, True, True, True),
        "own group": (True, True, True, False),
        "other group": (False, False, False, False),
        "no group": (False, False, False, False),
        "own calls": (False, False, False, False),
        "other account": (False, False, False, False),
    }
