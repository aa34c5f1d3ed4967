"""Liveness and readiness: which part does not work, told in three seconds even if it hangs."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import redis
import structlog
from flask import current_app
from pydantic import Field
from sqlalchemy import select

from services.gateway.problem import PART_DOWN
from shared.db.tables import accounts
from shared.errors import BrokerUnavailable, TematikaError
from shared.http.routes import Answer, Call, Public, Routes
from shared.http.schemas import Out
from shared.queue.runner import Parts

log = structlog.get_logger(__name__)

EXTENSION = "tematika-readiness"
DEADLINE_S = 2.5
_BROKER_TIMEOUT_S = 2.0

_SILENT = "no-answer"


class PartHealth(Out):
    """One part of ours."""

    ok: bool
    code: str | None = Field(default=None, description="Stable code of what is wrong.")
    detail: str | None = None


class Health(Out):
    """The process and the parts it needs."""

    status: Literal["ok", "unavailable"]
    parts: dict[str, PartHealth] = Field(description="By name: database, storage, broker.")


@dataclass
class _Attempt:
    """One run of a check on its own thread."""

    done: threading.Event
    started: float
    health: PartHealth | None = None


class Readiness:
    """Checks the parts side by side; a hanging part holds one thread, however often it is asked."""

    def __init__(self, parts: Parts) -> None:
        self._checks: dict[str, Callable[[], None]] = {
            "database": lambda: _check_database(parts),
            "storage": parts.store.check,
        }
        if not parts.settings.embedded:
            self._checks["broker"] = lambda: _check_broker(parts)
        self._running: dict[str, _Attempt] = {}
        self._lock = threading.Lock()

    def parts(self) -> dict[str, PartHealth]:
        """Health of each part, within DEADLINE_S."""
        until = time.monotonic() + DEADLINE_S
        attempts = {name: self._attempt(name) for name in self._checks}
        found = {}
        for name, attempt in attempts.items():
            attempt.done.wait(max(0.0, until - time.monotonic()))
            found[name] = attempt.health or PartHealth(
                ok=False,
                code=_SILENT,
                detail=f"No answer for {time.monotonic() - attempt.started:.0f} s.",
            )
        return found

    def _attempt(self, name: str) -> _Attempt:
        with self._lock:
            running = self._running.get(name)
            if running is not None and not running.done.is_set():
                return running
            attempt = _Attempt(threading.Event(), time.monotonic())
            self._running[name] = attempt
        thread = threading.Thread(
            target=self._run, args=(name, attempt), name=f"health-{name}", daemon=True
        )
        thread.start()
        return attempt

    def _run(self, name: str, attempt: _Attempt) -> None:
        try:
            self._checks[name]()
            attempt.health = PartHealth(ok=True)
        except TematikaError as error:
            log.warning("part-unhealthy", part=name, code=error.code, detail=error.detail)
            attempt.health = PartHealth(
                ok=False, code=error.code, detail=PART_DOWN.get(error.code, "The check failed.")
            )
        finally:
            attempt.done.set()


def _check_database(parts: Parts) -> None:
    # A writing transaction: a locked or full database still reads.
    with parts.database.write() as connection:
        connection.execute(select(accounts.c.id).limit(1)).all()


def _check_broker(parts: Parts) -> None:
    client = redis.Redis.from_url(
        parts.settings.broker_url.get_secret_value(),
        socket_connect_timeout=_BROKER_TIMEOUT_S,
        socket_timeout=_BROKER_TIMEOUT_S,
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise BrokerUnavailable(f"the broker does not answer: {error}") from error
    finally:
        client.close()


routes = Routes("health", prefix="")

_WHY = Public("asked by load balancers and containers, which have no credentials; tells no secret")


@routes.get("/health/live", permission=_WHY)
def live(_call: Call) -> Health:
    """Tell that the process answers; looks at nothing else."""
    return Health(status="ok", parts={})


@routes.get("/health/ready", permission=_WHY, statuses={503: "A part is down; it is named."})
def ready(_call: Call) -> Answer[Health]:
    """Tell whether every part works, and which does not; answers within three seconds."""
    readiness: Readiness = current_app.extensions[EXTENSION]
    parts = readiness.parts()
    if all(part.ok for part in parts.values()):
        return Answer(Health(status="ok", parts=parts))
    return Answer(
        Health(status="unavailable", parts=parts), status=503, headers={"Retry-After": "5"}
    )
