"""Every example of docs/journal-integration.md, run as it stands against a gateway over HTTP."""

import json
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from services.gateway.access.secrets_of_callers import TOKEN_PREFIX
from services.gateway.accounts import NewAccount
from services.journal.integration.schemas import ContactState
from shared.contacts.changes import Changed, note_changes
from shared.contacts.verdicts import packed_ids
from shared.db.tables import hits, undecided_topics
from shared.http.schemas import epoch_ms
from shared.queue.runner import Parts
from tests.gateway_client import (  # noqa: F401 - fixtures
    Api,
    account,
    app,
    make_api,
    owner,
)
from tests.integration.journal.integration.rules import judged, topic_in_force
from tests.integration.journal.world import World
from tests.rows import add

PAGE = Path(__file__).parents[2] / "docs" / "journal-integration.md"
_BLOCK = re.compile(r"^```(\w+)?( part)?(?: status=(\d+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What no two runs have in common.
VARYING = {"created_at", "set_at", "changed_at", "expires_at", "token", "url", "request_id"}


@dataclass(frozen=True)
class Block:
    """A fenced block of the page."""

    line: int
    language: str
    part: bool
    """Whether the answer holds more than is shown."""
    status: int
    text: str


@dataclass(frozen=True)
class Gateway:
    """A running gateway, and the variables that the page's examples use."""

    variables: dict[str, str]

    def run(self, command: str) -> tuple[int, Any, bytes]:
        """Send the request that a curl command sends: status, headers and body of the answer."""
        for name, value in self.variables.items():
            command = command.replace(f"${name}", value)
        words = iter(shlex.split(command.replace("\\\n", " "))[1:])
        method, address, headers, body = "", "", {}, None
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                body = next(words).encode()
            else:
                assert word.startswith("http://"), f"what is {word!r}?"
                address = word
        request = urllib.request.Request(address, body, headers, method=method or "GET")  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


def blocks() -> list[Block]:
    """The page's fenced blocks in their order; those without a language are not run."""
    page = PAGE.read_text("utf-8")
    return [
        Block(
            line=page.count("\n", 0, found.start()) + 1,
            language=found[1],
            part=bool(found[2]),
            status=int(found[3] or 200),
            text=found[4],
        )
        for found in _BLOCK.finditer(page)
        if found[1]
    ]


def examples(language: str, *answers: str) -> Iterator[tuple[Block, Block]]:
    """Each block of a language with the block behind it, which is what it must answer."""
    for asked, answer in pairwise(blocks()):
        if asked.language == language:
            assert answer.language in answers, f"line {asked.line} has no answer"
            yield asked, answer


@pytest.fixture
def gateway(app: Flask, owner: Api, parts: Parts) -> Iterator[Gateway]:  # noqa: F811 - fixtures
    """The gateway over the calls that the page talks about."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    secret = owner.headers["Authorization"].removeprefix("Bearer ")
    address = f"http://127.0.0.1:{server.server_port}"
    yield Gateway({"TEMATIKA": address, "ADMIN_TOKEN": secret, "TOKEN": secret})
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def calls(account: NewAccount, parts: Parts) -> dict[str, int]:  # noqa: F811 - fixture
    """Three calls: judged, judged with a person's mark, and one that waits for its recognition."""
    with parts.database.write() as connection:
        world = World(connection, account)
        refund, version = topic_in_force(world, "refund", name="Возврат денег", colour="#c62828")
        greeting, _ = topic_in_force(world, "greeting", name="Приветствие")
        made: dict[str, int] = {}
        for number, state in ((7001, "done"), (7002, "done"), (7003, "pending")):
            minute = (number - 7001) * 5
            began_ms = epoch_ms(f"2026-09-21T09:{minute:02}:00+00:00")
            contact = world.call(str(number), started_at_ms=began_ms, result="answered")
            sound = world.recording(contact, f"rec-{number}")
            world.job("transcribe", sound, state)
            if state == "done":
                judged(world, contact, 1)
            made[str(number)] = contact
            if number == 7001:
                mark = world.mark(contact, refund, topic_version_id=version)
                said = (("вернуть деньги", "client"), ("возврат", "client"))
                for start_ms, (phrase, speaker) in enumerate(
                    (*said, ("вернуть деньги", "operator"))
                ):
                    _add_hit(world, mark, sound, start_ms * 1000, phrase, speaker)
        world.mark(made["7002"], greeting, "operator")
        connection.execute(
            undecided_topics.insert().values(
                account_id=account.account_id,
                contact_id=made["7002"],
                topic_ids=packed_ids([refund]),
            )
        )
        for number, what in (
            ("7001", Changed.TOPICS | Changed.TRANSCRIPT),
            ("7002", Changed.TOPICS),
            ("7003", Changed.RECORDING),
        ):
            note_changes(connection, account.account_id, [made[number]], what)
    return made


def _add_hit(world: World, mark: int, sound: int, start_ms: int, phrase: str, speaker: str) -> None:
    add(
        world.connection,
        hits,
        account_id=world.account.account_id,
        mark_id=mark,
        recording_id=sound,
        speaker=speaker,
        start_ms=start_ms,
        end_ms=start_ms + 500,
        first_word=0,
        last_word=1,
        text=phrase,
        phrase=phrase,
        score=100.0,
    )


def same(shown: Any, answered: Any) -> Any:
    """What was answered, with the values of the page where they are of no run's making."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        return {
            name: shown[name]
            if name in VARYING and isinstance(value, type(shown.get(name)))
            else same(shown.get(name), value)
            for name, value in answered.items()
        }
    if isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
        return [same(one, other) for one, other in zip(shown, answered, strict=True)]
    return answered


def test_requests_are_answered_as_shown(gateway: Gateway) -> None:
    count = 0
    for asked, shown in examples("bash", "json", "http"):
        status, headers, body = gateway.run(asked.text)
        assert status == shown.status, f"line {asked.line}: {body.decode()}"
        if shown.language == "http":
            wanted = dict(line.split(": ", 1) for line in shown.text.splitlines())
            assert {name: headers[name] for name in wanted} == wanted, f"line {asked.line}"
        else:
            document, answered = json.loads(shown.text), json.loads(body)
            if shown.part:
                answered = {name: answered[name] for name in document}
            assert same(document, answered) == document, f"line {shown.line}"
            made = answered.get("token", "")
            if made.startswith(TOKEN_PREFIX):
                # From here on as the page says: with the token that was made.
                gateway.variables["TOKEN"] = made
        count += 1
    assert count >= 10


def test_the_follower_tells_every_change_once(
    gateway: Gateway,
    account: NewAccount,  # noqa: F811 - fixture
    parts: Parts,
    calls: dict[str, int],
    tmp_path: Path,
) -> None:
    ((program, shown),) = examples("python", "text")

    def told() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program.text],
            env=gateway.variables | {"PYTHONIOENCODING": "utf-8"},
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    assert told() == shown.text
    assert told() == ""
    with parts.database.write() as connection:
        note_changes(connection, account.account_id, [calls["7002"]], Changed.TOPICS)
    assert told() == "7002 judged Приветствие\n"
    (tmp_path / "place-in-the-feed.txt").write_text("4711")
    assert told().splitlines() == sorted(shown.text.splitlines())


def test_every_state_is_explained() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert set(ContactState.__args__) <= explained
