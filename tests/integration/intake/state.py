"""What intake left, by natural keys: equal for two databases that were told the same."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from shared.db.session import Database
from shared.db.tables import (
    contacts,
    employees,
    groups,
    jobs,
    legs,
    marks,
    recording_legs,
    recordings,
    topics,
)

_OURS = {"id", "account_id", "source_id", "created_at_ms", "changed_at_ms", "received_at_ms"}


def stored_state(database: Database, account_id: int) -> dict[str, Any]:
    """Contacts, legs, people, recordings with their legs, jobs and marks of one account."""
    with database.read() as connection:

        def rows(table: Any) -> list[Mapping[str, Any]]:
            statement = select(table).where(table.c.account_id == account_id)
            return [dict(row) for row in connection.execute(statement).mappings()]

        people = {row["id"]: row["external_id"] for row in rows(employees)}
        teams = {row["id"]: row["external_id"] for row in rows(groups)}
        calls = {row["id"]: row["external_id"] for row in rows(contacts)}
        parts = {row["id"]: (calls[row["contact_id"]], row["external_id"]) for row in rows(legs)}
        names = {row["id"]: row["name"] for row in rows(topics)}
        sounds = {row["id"]: row["external_id"] for row in rows(recordings)}

        def named(row: Mapping[str, Any]) -> dict[str, Any]:
            kept = {key: value for key, value in row.items() if key not in _OURS}
            for column, names in (
                ("employee_id", people),
                ("group_id", teams),
                ("contact_id", calls),
            ):
                if kept.get(column) is not None:
                    kept[column] = names[kept[column]]
            kept.pop("object_name", None)
            return kept

        return {
            "contacts": {row["external_id"]: named(row) for row in rows(contacts)},
            "legs": {parts[row["id"]]: named(row) for row in rows(legs)},
            "employees": {row["external_id"]: named(row) for row in rows(employees)},
            "groups": {row["external_id"]: named(row) for row in rows(groups)},
            "recordings": {row["external_id"]: named(row) for row in rows(recordings)},
            "recording_legs": {
                (sounds[row["recording_id"]], parts[row["leg_id"]]) for row in rows(recording_legs)
            },
            "topics": {(row["name"], row["active_version"]) for row in rows(topics)},
            "marks": {
                (calls[row["contact_id"]], names[row["topic_id"]], row["origin"], row["verdict"])
                for row in rows(marks)
            },
            "jobs": {
                (row["kind"], (calls if row["kind"] == "tag" else sounds)[row["subject_id"]])
                for row in rows(jobs)
            },
        }
