"""Whose calls may be recorded (000-48): a recording of nobody but employees who must not be."""

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from shared.db.tables import employees, legs, recording_legs, recordings
from shared.errors import Forbidden


class RecordingSwitchedOff(Forbidden):
    """The account's «Запись разговоров» is off: nothing is taken in and nothing is heard."""

    code = "recording-switched-off"


class EmployeeNotRecorded(Forbidden):
    """Only employees speak on the recording whose calls the account does not record."""

    code = "employee-not-recorded"


def _of_somebody(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    account_id = recordings.c.account_id
    return (
        exists()
        .where(
            recording_legs.c.account_id == account_id,
            recording_legs.c.recording_id == recordings.c.id,
            legs.c.account_id == account_id,
            legs.c.id == recording_legs.c.leg_id,
            employees.c.account_id == account_id,
            employees.c.id == legs.c.employee_id,
            *conditions,
        )
        .correlate(recordings)
    )


MAY_BE_RECORDED = or_(~_of_somebody(), _of_somebody(employees.c.recorded.is_(True)))
"""Condition on `recordings`: someone on its legs may be recorded, or nobody is known yet.

A leg without an employee, such as a voice menu, speaks neither for nor against.
"""


def is_recorded(connection: Connection, account_id: int, recording_id: int) -> bool:
    """Whether a recording may be recorded by what is known of its call at this moment."""
    statement = select(recordings.c.id).where(
        recordings.c.account_id == account_id,
        recordings.c.id == recording_id,
        MAY_BE_RECORDED,
    )
    return connection.execute(statement).first() is not None
