"""Links to the player: who makes them, what they open, for how long, and nothing beside it."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.player.embed.tokens import LinkToken
from shared.db.session import now_ms
from shared.db.tables import accounts, embed_links, groups
from shared.http.schemas import epoch_ms
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import PASSWORD, Api, MakeApi
from tests.integration.journal.world import World
from tests.integration.player.timeline.test_timeline import document

API = "/api/v1"
P = Permission
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@dataclass(frozen=True)
class Calls:
    ours: int
    recording: int
    other: int
    other_recording: int
    orphan: int


@pytest.fixture
def calls(parts: Parts, account: NewAccount) -> Calls:
    """Two calls with a recording each, and a recording that waits for its call."""
    with parts.database.write() as connection:
        world = World(connection, account)
        ours, other = world.call("7001"), world.call("7002")
        recording = world.recording(ours, "rec-1", duration_ms=2000, channels=2)
        world.transcript(recording, document=document(2000, (0, "operator", "слово", 0, 900)))
        mark = world.mark(ours, world.topic("refund", "Возврат"))
        world.hit(mark, recording, 100, "слово")
        return Calls(
            ours=ours,
            recording=recording,
            other=other,
            other_recording=world.recording(other, "rec-2"),
            orphan=world.recording(None, "rec-3"),  # type: ignore[arg-type]  # it waits
        )


def made(caller: Api, **body: Any) -> dict[str, Any]:
    answer = caller.post(f"{API}/embed-links", json=body)
    assert answer.status_code == 201, answer.text
    assert isinstance(answer.json, dict)
    return answer.json


def test_what_a_link_is(owner: Api, calls: Calls, parts: Parts, account: NewAccount) -> None:
    link = made(owner, contact=calls.ours, expires_in_s=600, start_ms=1500, with_download=True)
    assert link["url"] == f"/embed/player/{link['token']}"
    shown = ("contact_id", "start_ms", "with_transcript", "with_hits", "with_download")
    assert [link[name] for name in shown] == [calls.ours, 1500, False, False, True]
    lasts_ms = epoch_ms(link["expires_at"]) - epoch_ms(link["created_at"])
    assert abs(lasts_ms - 600_000) < 1000
    by_key = made(owner, contact={"source": "pbx", "external_id": "7001"})
    assert by_key["contact_id"] == calls.ours
    with parts.database.read() as connection:
        stored = connection.execute(
            select(embed_links).where(embed_links.c.account_id == account.account_id)
        ).all()
    assert link["token"] not in str(stored)
    assert all(len(row.secret_hash) == 32 for row in stored)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"contact": 0}, "contact"),
        ({"contact": {"source": "pbx"}}, "contact"),
        ({}, "contact"),
        ({"contact": 1, "expires_in_s": 59}, "expires_in_s"),
        ({"contact": 1, "expires_in_s": 86_401}, "expires_in_s"),
        ({"contact": 1, "start_ms": -1}, "start_ms"),
        ({"contact": 1, "start_ms": 2**31}, "start_ms"),
        ({"contact": 1, "with_sound": True}, "with_sound"),
    ],
)
def test_wrong_wishes(owner: Api, calls: Calls, body: dict[str, Any], where: str) -> None:
    answer = owner.post(f"{API}/embed-links", json=body)
    assert answer.status_code == 422
    assert any(error["path"].startswith(where) for error in answer.json["errors"])


def test_nobody_shows_what_they_may_not_see(
    owner: Api, stranger: Api, account: NewAccount, make_api: MakeApi, calls: Calls
) -> None:
    def status(caller: Api, **body: Any) -> int:
        answer = caller.post(f"{API}/embed-links", json={"contact": calls.ours, **body})
        return int(answer.status_code)

    listener = make_api(account.account_id, P.SOUND)
    assert status(listener) == 201
    assert status(listener, with_transcript=True) == 403
    assert status(listener, with_hits=True) == 403
    assert status(make_api(account.account_id, P.CALLS, P.TRANSCRIPT, P.HITS)) == 403
    reader = make_api(account.account_id, P.SOUND, P.TRANSCRIPT, P.HITS)
    assert status(reader, with_transcript=True, with_hits=True) == 201
    assert status(stranger) == 404
    unknown = {"contact": {"source": "pbx", "external_id": "nothing"}}
    assert owner.post(f"{API}/embed-links", json=unknown).status_code == 404


def test_groups_that_are_not_heard_are_not_shown(
    app: Any, owner: Api, account: NewAccount, parts: Parts
) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        sales = world.group("sales")
        contact = world.call("sold", group_id=sales)
        world.recording(contact, "rec")
    person = {"login": "head", "name": "head", "password": PASSWORD}
    owner.post(f"{API}/users", json={**person, "role": "supervisor", "groups": ["sales"]})
    client = app.test_client()
    signed_in = client.post(f"{API}/session", json={"login": "head", "password": PASSWORD})
    csrf = {"X-CSRF-Token": signed_in.json["csrf_token"]}

    def asked() -> tuple[int, str]:
        answer = client.post(f"{API}/embed-links", json={"contact": contact}, headers=csrf)
        return answer.status_code, answer.json.get("code", "")

    assert asked() == (201, "")
    with parts.database.write() as connection:
        connection.execute(
            update(groups)
            .where(groups.c.account_id == account.account_id, groups.c.id == sales)
            .values(listening=False)
        )
    assert asked() == (403, "listening-not-allowed")


def test_it_opens_one_contact_and_nothing_beside_it(
    owner: Api, client: FlaskClient, calls: Calls
) -> None:
    url = made(owner, contact=calls.ours, start_ms=700)["url"]
    opened = client.get(f"{url}/timeline")
    assert opened.status_code == 200
    assert (opened.json["start_ms"], opened.json["with_download"]) == (700, False)
    timeline = opened.json["timeline"]
    assert (timeline["contact_id"], timeline["marks"]) == (calls.ours, None)
    assert "слово" not in opened.text
    codes = [
        client.get(f"{url}/waveform/{recording}").json["code"]
        for recording in (calls.recording, calls.other_recording, calls.orphan)
    ]
    # Of the first there are no peaks yet; of the others there is nothing to know.
    assert codes == ["rendition-missing", "not-found", "not-found"]
    assert client.get(f"{url}/sound?download=true").json["code"] == "download-not-allowed"


def test_words_and_marks_if_the_link_has_them(
    owner: Api, client: FlaskClient, calls: Calls
) -> None:
    def told(**shown: bool) -> Any:
        url = made(owner, contact=calls.ours, **shown)["url"]
        return client.get(f"{url}/timeline").json["timeline"]

    words = told(with_transcript=True)
    assert words["utterances"][0]["words"][0][0] == "слово"
    assert words["marks"] is None
    marks = told(with_hits=True)
    assert marks["marks"][0]["hits"][0]["text"] == "слово"
    assert marks["utterances"][0]["words"] is None


PATHS = ("", "/timeline", "/sound", "/waveform/1")


def test_an_expired_or_revoked_link_opens_nothing(
    owner: Api, client: FlaskClient, calls: Calls, parts: Parts, account: NewAccount
) -> None:
    expired, revoked = (made(owner, contact=calls.ours) for _ in range(2))
    with parts.database.write() as connection:
        connection.execute(
            update(embed_links)
            .where(
                embed_links.c.account_id == account.account_id, embed_links.c.id == expired["id"]
            )
            .values(expires_at_ms=now_ms() - 1)
        )
    for _ in range(2):
        assert owner.delete(f"{API}/embed-links/{revoked['id']}").status_code == 204
    for link in (expired, revoked):
        for path in PATHS:
            answer = client.get(link["url"] + path)
            assert (answer.status_code, answer.json["code"]) == (410, "link-expired"), path
        page = client.get(link["url"], headers=HTML)
        assert page.status_code == 410
        assert page.content_type.startswith("text/html")
        assert "Ссылка больше не действует" in page.text
        assert "This link works no longer" in page.text


def test_a_link_that_we_have_not_signed(
    owner: Api, client: FlaskClient, calls: Calls, parts: Parts, account: NewAccount
) -> None:
    token = made(owner, contact=calls.ours)["token"]
    forged = LinkToken(account.account_id, 1, bytes(16)).text(b"guessed" * 5)
    for wrong in (forged, token[:-1] + ("A" if token[-1] != "A" else "B"), "x"):
        for path in PATHS:
            assert client.get(f"/embed/player/{wrong}{path}").status_code == 404, path
    page = client.get(f"/embed/player/{forged}", headers=HTML)
    assert (page.status_code, "Такой ссылки нет" in page.text) == (404, True)


def test_the_pages_policy(
    owner: Api, client: FlaskClient, calls: Calls, parts: Parts, account: NewAccount
) -> None:
    link = made(owner, contact=calls.ours)

    def policy(url: str) -> dict[str, str]:
        answer = client.get(url, headers=HTML)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        parts_of_it = answer.headers["Content-Security-Policy"].split("; ")
        return dict(part.split(" ", 1) for part in parts_of_it)

    closed = policy(link["url"])
    assert closed["default-src"] == "'none'"
    assert {closed[f"{kind}-src"] for kind in ("script", "style", "media", "connect")} == {"'self'"}
    assert closed["frame-ancestors"] == "'none'"
    with parts.database.write() as connection:
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account.account_id)
            .values(cors_origins=["https://journal.example", "http://localhost:3000"])
        )
    allowed = "https://journal.example http://localhost:3000"
    assert policy(link["url"])["frame-ancestors"] == allowed
    owner.delete(f"{API}/embed-links/{link['id']}")
    assert policy(link["url"])["frame-ancestors"] == allowed
    assert policy("/embed/player/x")["frame-ancestors"] == "'none'"


def test_the_pages_language_and_files(owner: Api, client: FlaskClient, calls: Calls) -> None:
    url = made(owner, contact=calls.ours)["url"]

    def page(query: str = "", languages: str = "") -> str:
        answer = client.get(url + query, headers={**HTML, "Accept-Language": languages})
        assert answer.status_code == 200
        return str(answer.text)

    for query, languages, shown in (
        ("", "", "ru"),
        ("", "de-DE,de;q=0.9", "ru"),
        ("", "en-GB,en;q=0.9,ru;q=0.5", "en"),
        ("?lang=ru", "en", "ru"),
        ("?lang=en", "ru", "en"),
    ):
        assert f'<html lang="{shown}" data-theme="auto">' in page(query, languages)
    assert 'data-theme="dark"' in page("?theme=dark")
    assert client.get(f"{url}?lang=xx").status_code == 422
    files = re.findall(r'(?:src|href)="(/embed/assets/[^"]+)"', page())
    assert len(files) == 3
    folder = files[0].rpartition("/")[0]
    for name in ("player.js", "sound.js", "player.css"):
        answer = client.get(f"{folder}/{name}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = client.get("/embed/assets/0123456789abcdef/player.js")
    assert (other.status_code, other.headers["Cache-Control"]) == (200, "no-store")
    for name in ("player.html", "..%2Fpage.py", "nothing.js"):
        assert client.get(f"{folder}/{name}").status_code == 404


def test_one_sees_and_revokes_ones_own(
    owner: Api, stranger: Api, account: NewAccount, make_api: MakeApi, calls: Calls
) -> None:
    one, other = (make_api(account.account_id, P.SOUND) for _ in range(2))
    link = made(one, contact=calls.ours)
    newer = made(one, contact=calls.other)

    def listed(caller: Api, query: str = "") -> list[int]:
        answer = caller.get(f"{API}/embed-links{query}").json
        assert "token" not in str([item for item in answer["items"] if item.pop("created_by")])
        return [item["id"] for item in answer["items"]]

    assert listed(one) == listed(owner) == [newer["id"], link["id"]]
    assert listed(other) == listed(stranger) == []
    for caller in (other, stranger):
        assert caller.delete(f"{API}/embed-links/{link['id']}").status_code == 404
    page = one.get(f"{API}/embed-links?limit=1").json
    assert [item["id"] for item in page["items"]] == [newer["id"]]
    assert listed(one, f"?limit=1&cursor={page['next_cursor']}") == [link["id"]]
    assert owner.delete(f"{API}/embed-links/{link['id']}").status_code == 204
    ended = {item["id"]: item["revoked_at"] for item in one.get(f"{API}/embed-links").json["items"]}
    assert ended[link["id"]] is not None
    assert ended[newer["id"]] is None


def test_the_log_does_not_hold_the_key(
    owner: Api, client: FlaskClient, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    link = made(owner, contact=calls.ours)
    for path in PATHS:
        client.get(link["url"] + path)
    said = capsys.readouterr()
    assert "/embed/player/{token}" in said.out + said.err
    assert link["token"] not in said.out + said.err
