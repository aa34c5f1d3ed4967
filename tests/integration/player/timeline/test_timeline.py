"""The timeline of a contact over HTTP: one clock for everything, each part behind its permission."""

import json
import zlib
from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from shared.db.session import now_ms
from shared.db.tables import accounts, audit_log, recordings, renditions
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.journal.world import NOON_MS, World
from tests.rows import add

API = "/api/v1"
P = Permission


def document(duration_ms: int, *spoken: tuple[int, str, str, int, int]) -> bytes:
    """A transcript document of utterances of one word: channel, speaker, word, start, end."""
    return zlib.compress(
        json.dumps(
            {
                "duration_ms": duration_ms,
                "utterances": [
                    {
                        "channel": channel,
                        "speaker": speaker,
                        "words": [
                            {"text": word, "start_ms": start, "end_ms": end, "probability": 0.75}
                        ],
                    }
                    for channel, speaker, word, start, end in spoken
                ],
            }
        ).encode()
    )


class Transferred:
    """A call of 20 s, moved from Anna to Boris at 10 s; the second recording starts a second early."""

    def __init__(self, world: World) -> None:
        anna, boris = world.employee("Анна"), world.employee("Борис")
        self.id = world.call(
            "moved", direction="inbound", started_at_ms=NOON_MS, ended_at_ms=NOON_MS + 20_000
        )
        self.first_leg = world.leg(
            self.id, 0, started_at_ms=NOON_MS + 2000, employee_id=anna, result="answered"
        )
        self.second_leg = world.leg(
            self.id,
            1,
            started_at_ms=NOON_MS + 10_000,
            ended_at_ms=NOON_MS + 19_000,
            employee_id=boris,
        )
        self.first = world.recording(
            self.id, "first", [self.first_leg], offset_ms=2000, duration_ms=8000, channels=2
        )
        self.second = world.recording(
            self.id, "second", [self.second_leg], offset_ms=9000, duration_ms=9000, channels=2
        )
        world.transcript(
            self.first,
            document=document(
                8000, (0, "operator", "здравствуйте", 0, 1000), (1, "client", "верните", 2000, 3000)
            ),
        )
        world.transcript(self.second, document=document(9000, (0, "operator", "добрый", 500, 9000)))
        refund = world.topic("refund", "Возврат", colour="#c62828")
        mark = world.mark(self.id, refund, topic_version_id=world.version(refund, 3))
        self.hit = world.hit(mark, self.first, 2000, "верните", leg_id=self.first_leg)
        world.mark(self.id, world.topic("praise", "Похвала"), "operator")
        denied = world.topic("denied", "Не о том")
        world.hit(world.mark(self.id, denied), self.first, 2500, "неверно")
        world.mark(self.id, denied, "correction", verdict=False)


@pytest.fixture
def call(parts: Parts, account: NewAccount) -> Transferred:
    with parts.database.write() as connection:
        return Transferred(World(connection, account))


def span(start_ms: int, end_ms: int) -> dict[str, int]:
    return {"start_ms": start_ms, "end_ms": end_ms}


def test_everything_is_on_one_clock(owner: Api, call: Transferred) -> None:
    answer = owner.get(f"{API}/contacts/{call.id}/timeline")
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert (told["external_id"], told["source"], told["direction"]) == ("moved", "pbx", "inbound")
    assert told["duration_ms"] == 20_000
    assert [
        (leg["employee"]["name"], leg["start_ms"], leg["end_ms"], leg["recordings"], leg["gaps"])
        for leg in told["legs"]
    ] == [
        # Nobody told when the first one ended: it lasts until the second begins.
        ("Анна", 2000, 10_000, [call.first], []),
        ("Борис", 10_000, 19_000, [call.second], [span(18_000, 19_000)]),
    ]
    assert told["gaps"] == [span(0, 2000), span(18_000, 20_000)]
    first, second = told["recordings"]
    assert (first["start_ms"], first["end_ms"]) == (2000, 10_000)
    assert first["speakers"] == ["operator", "client"]
    assert first["hidden"] == [
        {"side": side, **span(9000, 10_000)} for side in ("client", "operator")
    ]
    assert second["hidden"] == []
    assert [
        (said["recording_id"], said["speaker"], said["words"]) for said in told["utterances"]
    ] == [
        (call.first, "operator", [["здравствуйте", 2000, 3000, 0.75]]),
        (call.first, "client", [["верните", 4000, 5000, 0.75]]),
        (call.second, "operator", [["добрый", 9500, 18_000, 0.75]]),
    ]
    assert told["silences"] == [span(3000, 4000), span(5000, 9500)]
    assert told["overlaps"] == []
    assert told["transcripts_missing"] == 0


def test_marks_are_those_that_count(owner: Api, call: Transferred) -> None:
    marks = owner.get(f"{API}/contacts/{call.id}/timeline").json["marks"]
    refund, praise = marks
    assert (praise["topic"]["name"], praise["origin"], praise["hits"]) == (
        "Похвала",
        "operator",
        [],
    )
    assert (refund["topic"]["colour"], refund["version"]) == ("#c62828", 3)
    (hit,) = refund["hits"]
    assert (hit["start_ms"], hit["end_ms"], hit["speaker"]) == (4000, 4500, "client")
    assert (hit["leg_id"], hit["text"]) == (call.first_leg, "верните")
    assert hit["clip_url"] == f"{API}/hits/{call.hit}/clip"


def test_by_external_ids(owner: Api, call: Transferred) -> None:
    by_key = owner.get(f"{API}/sources/pbx/contacts/moved/timeline")
    assert by_key.json == owner.get(f"{API}/contacts/{call.id}/timeline").json
    for path in ("sources/pbx/contacts/other", "sources/nbx/contacts/moved", "contacts/4711"):
        assert owner.get(f"{API}/{path}/timeline").status_code == 404


def test_words_and_marks_need_their_permissions(
    account: NewAccount, make_api: MakeApi, call: Transferred
) -> None:
    def asked(*scopes: Permission) -> Any:
        return make_api(account.account_id, *scopes).get(f"{API}/contacts/{call.id}/timeline")

    assert asked(P.CALLS, P.TRANSCRIPT, P.HITS).status_code == 403
    bare = asked(P.SOUND)
    assert bare.json["marks"] is None
    assert [said["words"] for said in bare.json["utterances"]] == [None] * 3
    # When somebody talks can be seen in the waveform, what is said cannot.
    assert len(bare.json["silences"]) == 2
    assert "верните" not in bare.text
    with_hits = asked(P.SOUND, P.HITS)
    assert "верните" in with_hits.text
    assert "здравствуйте" not in with_hits.text
    with_words = asked(P.SOUND, P.TRANSCRIPT)
    assert "здравствуйте" in with_words.text
    assert with_words.json["marks"] is None


def test_another_account_sees_nothing(stranger: Api, call: Transferred) -> None:
    assert stranger.get(f"{API}/contacts/{call.id}/timeline").status_code == 404
    assert stranger.get(f"{API}/sources/pbx/contacts/moved/timeline").status_code == 404


def test_reading_words_is_in_the_audit_log_and_looking_is_not(
    account: NewAccount, make_api: MakeApi, parts: Parts, call: Transferred
) -> None:
    def noted() -> list[tuple[str, int | None]]:
        with parts.database.read() as connection:
            rows = connection.execute(
                select(audit_log.c.action, audit_log.c.recording_id)
                .where(audit_log.c.account_id == account.account_id)
                .order_by(audit_log.c.recording_id)
            )
            return [tuple(row) for row in rows]

    path = f"{API}/contacts/{call.id}/timeline"
    make_api(account.account_id, P.SOUND, P.HITS).get(path)
    reader = make_api(account.account_id, P.SOUND, P.TRANSCRIPT)
    reader.head(path)
    assert noted() == []
    reader.get(path)
    reader.get(path)
    assert noted() == [("read-transcript", call.first), ("read-transcript", call.second)]


def test_state_of_the_sound(
    owner: Api, account: NewAccount, parts: Parts, call: Transferred
) -> None:
    account_id = account.account_id

    def rendered(recording: int, kind: str) -> None:
        with parts.database.write() as connection:
            add(
                connection,
                renditions,
                account_id=account_id,
                recording_id=recording,
                kind=kind,
                object_name=f"{recording}-{kind}",
                size_bytes=1,
                sha256="0" * 64,
                content_type="audio/mpeg",
                notes={},
                created_at_ms=now_ms(),
            )

    def told() -> tuple[Any, ...]:
        timeline = owner.get(f"{API}/contacts/{call.id}/timeline").json
        sound = timeline["sound"]
        states = [(one["state"], one["error_code"]) for one in timeline["recordings"]]
        return sound["state"], sound["denoise"]["ready"], *states

    def destroy(recording: int) -> None:
        with parts.database.write() as connection:
            connection.execute(
                update(recordings)
                .where(recordings.c.account_id == account_id, recordings.c.id == recording)
                .values(destroyed_at_ms=now_ms(), object_name="")
            )

    preparing, ready = ("preparing", None), ("ready", None)
    assert told() == ("preparing", [], preparing, preparing)
    rendered(call.first, "playback")
    rendered(call.first, "denoised-light")
    assert told() == ("preparing", [], ready, preparing)
    with parts.database.write() as connection:
        World(connection, account).job("playback", call.second, "failed", error_code="not-sound")
    assert told() == ("ready", [], ready, ("failed", "not-sound"))
    rendered(call.second, "playback")
    rendered(call.second, "denoised-light")
    assert told() == ("ready", ["light"], ready, ready)
    destroy(call.second)
    assert told() == ("ready", ["light"], ready, ("destroyed", None))
    # What is no more hides nothing, and is a gap.
    left = owner.get(f"{API}/contacts/{call.id}/timeline").json
    assert left["recordings"][0]["hidden"] == []
    assert left["gaps"] == [span(0, 2000), span(10_000, 20_000)]
    destroy(call.first)
    assert told()[0] == "destroyed"


def test_sides_that_can_be_heard_alone(
    owner: Api, account: NewAccount, parts: Parts, call: Transferred
) -> None:
    def channels(contact: int) -> list[str]:
        heard = owner.get(f"{API}/contacts/{contact}/timeline").json["sound"]["channels"]
        assert isinstance(heard, list)
        return heard

    with parts.database.write() as connection:
        world = World(connection, account)
        mono = world.call("mono")
        world.recording(mono, "mono", duration_ms=1000, channels=1)
        halves = world.call("halves")
        world.recording(halves, "op", duration_ms=1000, channels=1, one_sided="operator")
        world.recording(halves, "cl", duration_ms=1000, channels=1, one_sided="client")
        half = world.call("half")
        world.recording(half, "only", duration_ms=1000, channels=1, one_sided="client")
        nothing = world.call("nothing")
    assert channels(call.id) == channels(halves) == ["mix", "operator", "client"]
    assert channels(half) == ["mix", "client"]
    assert channels(mono) == channels(nothing) == ["mix"]


def test_a_call_without_anything(owner: Api, account: NewAccount, parts: Parts) -> None:
    with parts.database.write() as connection:
        world = World(connection, account)
        empty = world.call("empty")
        unmeasured = world.call("unmeasured")
        world.recording(unmeasured, "fresh", offset_ms=1000)
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account.account_id)
            .values(denoise_enabled=False, denoise_strength="strong")
        )
    told = owner.get(f"{API}/contacts/{empty}/timeline").json
    assert (told["sound"]["state"], told["duration_ms"], told["gaps"]) == ("none", 0, [])
    assert told["sound"]["denoise"] == {"available": False, "strength": "strong", "ready": []}
    (fresh,) = owner.get(f"{API}/contacts/{unmeasured}/timeline").json["recordings"]
    assert (fresh["start_ms"], fresh["end_ms"], fresh["speakers"]) == (1000, None, [])
