"""What a telephone system hands in during an outage, and how the gateway must answer it."""

from typing import Any

from sqlalchemy import func, select

from shared.db.tables import audit_log, contacts, jobs, recordings
from shared.queue.runner import Parts
from tests.integration.decode.sounds import by_soundfile, tones

CALL_PATH = "/api/v1/sources/pbx/contacts/call-1"
CALL = {"direction": "inbound", "started_at": "2026-03-01T10:00:00"}
SOUND_PATH = "/api/v1/sources/pbx/recordings/rec-1?contact=call-1"
SOUND = by_soundfile(tones(2, seconds=1), 8000, "ALAW")


def refused(answer: Any, code: str) -> None:
    """Assert a 503 problem of this code that says when to come again."""
    assert (answer.status_code, answer.json.get("code")) == (503, code), answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.content_type == "application/problem+json"


def unhealthy(client: Any) -> dict[str, str]:
    """Code of each part that readiness calls broken."""
    answer = client.get("/health/ready")
    assert (answer.status_code == 503) == (answer.json["status"] == "unavailable")
    assert client.get("/health/live").status_code == 200
    return {name: part["code"] for name, part in answer.json["parts"].items() if not part["ok"]}


def rows(parts: Parts) -> dict[str, int]:
    """How many rows intake and listening have left, by table."""
    with parts.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (contacts, recordings, jobs, audit_log)
        }


def objects(parts: Parts) -> list[str]:
    """Names of all objects."""
    return sorted(name for name, _ in parts.store.names(""))
