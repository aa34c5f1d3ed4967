"""A whole Tematika for a browser: a gateway and a player worker as processes of their own."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from services.gateway.accounts import NewAccount, create_account
from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.permissions import Permission
from shared.settings import Settings
from shared.storage.disk import DiskStore
from tests.processes import environment, start, wait_until

STARTED_AT = "2026-09-21T12:00:00+03:00"


@dataclass(frozen=True)
class Part:
    """A sound file of a call, as a telephone system hands it in."""

    body: bytes = field(repr=False)
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stand:
    """The running system; `http` speaks for somebody who may do everything."""

    address: str
    http: httpx.Client
    database: Database
    account: NewAccount
    worker: "subprocess.Popen[bytes]"

    def call(self, external_id: str, *parts: Part, **fields: Any) -> int:
        """Hand in a call with its recordings; its id."""
        known = self._done(
            "PUT",
            f"/sources/pbx/contacts/{external_id}",
            json={"started_at": STARTED_AT, "direction": "inbound", **fields},
        )
        for number, part in enumerate(parts):
            self._done(
                "PUT",
                f"/sources/pbx/recordings/{external_id}-{number}",
                params={"contact": external_id, **part.query},
                content=part.body,
            )
        return int(known["id"])

    def ready(self, contacts: Sequence[int]) -> None:
        """Wait until everything that was recorded of the calls is prepared."""
        for contact in contacts:
            wait_until(
                lambda contact=contact: (
                    self._done("GET", f"/contacts/{contact}/timeline")["sound"]["state"] == "ready"
                ),
                within_s=60,
                what=f"the sound of contact {contact}",
            )

    def link(self, contact: int, **options: Any) -> str:
        """Address of the player of a call."""
        made = self._done("POST", "/embed-links", json={"contact": contact, **options})
        return f"{self.address}{made['url']}"

    def set(self, **settings: Any) -> None:
        """Change the account's settings."""
        self._done("PATCH", "/account", json=settings)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request to the API."""
        return self.http.request(method, f"{self.address}/api/v1{path}", **options)

    def _done(self, method: str, path: str, **options: Any) -> Any:
        answer = self.ask(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def running_stand(folder: Path) -> Iterator[Stand]:
    """A fresh system in `folder`, with one account and one source, `pbx`."""
    settings = Settings(data_dir=folder, port=free_port(), sweep_s=0.1)
    database = Database(settings.database_address)
    upgrade(database)
    DiskStore(settings.objects_path).prepare()
    secret = new_token()
    with database.write() as connection:
        account = create_account(
            connection, name="Ромашка", owner_login="owner", owner_password="correct horse"
        )
        add_token(
            connection,
            account_id=account.account_id,
            name="test",
            secret=secret,
            scopes=list(Permission),
        )
    env = environment(settings)
    commands = (["-m", "services.gateway.serve"], ["-m", "services.cli", "worker", "player"])
    address = f"http://127.0.0.1:{settings.port}"
    with ExitStack() as opened:
        opened.callback(database.close)
        http = opened.enter_context(
            httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=30)
        )
        started = [start(command, env, folder / f"{command[-1]}.log") for command in commands]
        for process in started:
            opened.callback(process.wait)
        for process in started:
            opened.callback(process.terminate)
        wait_until(lambda: _answers(http, address), within_s=60, what="the gateway")
        yield Stand(address, http, database, account, worker=started[-1])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(http: httpx.Client, address: str) -> bool:
    try:
        return http.get(f"{address}/health/live").is_success
    except httpx.TransportError:
        return False
