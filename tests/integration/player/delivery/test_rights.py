"""Who may listen: switches of the account and of groups, links, and what was destroyed."""

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import insert, update

from services.gateway.access.authentication import COOKIE
from services.gateway.access.secrets_of_callers import digest
from services.gateway.access.session_store import open_session
from shared.db.session import now_ms
from shared.db.tables import accounts, user_groups, users
from shared.permissions import Permission
from shared.queue.runner import Parts
from tests.gateway_client import Api, MakeApi
from tests.integration.player.delivery.conversation import Conversation, tone
from tests.rows import add

STEREO = np.concatenate([tone(440, 1), tone(700, 1)])


@pytest.fixture
def paths(call: Conversation) -> list[str]:
    """Every way to hear the call."""
    recording_id = call.record(STEREO)
    leg_id = call.leg(0, 1000, recording_id)
    hit_id = call.hit(recording_id, 100, 500)
    return [
        f"/api/v1/recordings/{recording_id}/sound",
        f"/api/v1/legs/{leg_id}/sound",
        f"/api/v1/contacts/{call.contact_id}/sound",
        f"/api/v1/hits/{hit_id}/clip",
        "/api/v1/sources/pbx-call-1/contacts/call-1/sound",
        "/api/v1/sources/pbx-call-1/recordings/rec-0-0/sound",
    ]


def switch(parts: Parts, account_id: int, **values: object) -> None:
    with parts.database.write() as connection:
        connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def codes(api: Api, paths: list[str], query: str = "") -> set[tuple[int, str]]:
    answers = [api.get(f"{path}{query}") for path in paths]
    return {(one.status_code, (one.json or {}).get("code", "")) for one in answers}


def test_an_account_that_does_not_record_hears_nothing(
    parts: Parts, owner: Api, call: Conversation, paths: list[str]
) -> None:
    assert codes(owner, paths) == {(200, "")}
    switch(parts, call.account_id, recording_enabled=False)
    assert codes(owner, paths) == {(403, "recording-switched-off")}
    assert codes(owner, paths, "?variant=original") == {(403, "recording-switched-off")}


def test_an_account_that_does_not_suppress_noise(
    parts: Parts, owner: Api, call: Conversation, paths: list[str]
) -> None:
    switch(parts, call.account_id, denoise_enabled=False)
    assert codes(owner, paths, "?variant=denoised") == {(403, "denoise-switched-off")}
    assert codes(owner, paths) == {(200, "")}


def test_another_account_finds_nothing(stranger: Api, paths: list[str]) -> None:
    assert codes(stranger, paths) == {(404, "not-found")}


def test_a_clip_needs_the_permission_to_see_hits(
    make_api: MakeApi, call: Conversation, paths: list[str]
) -> None:
    api = make_api(call.account_id, Permission.SOUND)
    assert [api.get(path).status_code for path in paths] == [200, 200, 200, 403, 200, 200]


def test_what_was_destroyed_is_gone(owner: Api, call: Conversation, paths: list[str]) -> None:
    (recording_id, _), *_ = call.made
    call.change(recording_id, destroyed_at_ms=1, object_name="")
    for query in ("", "?variant=original", "?variant=denoised"):
        assert codes(owner, paths, query) == {(410, "recording-destroyed")}
    waveform = owner.get(f"/api/v1/recordings/{recording_id}/waveform")
    assert (waveform.status_code, waveform.json["code"]) == (410, "recording-destroyed")


def test_what_is_left_of_a_call_is_heard(owner: Api, call: Conversation, paths: list[str]) -> None:
    (first, _), *_ = call.made
    second = call.record(tone(900, 1), offset_ms=2000)
    call.change(first, destroyed_at_ms=1, object_name="")
    answer = owner.get(f"/api/v1/contacts/{call.contact_id}/sound")
    assert answer.status_code == 200
    assert [row.recording_id for row in call.log()] == [second]


def supervisor(app: Flask, parts: Parts, account_id: int, *group_ids: int) -> Api:
    """A signed-in person who sees the calls of these groups."""
    secret = f"session-of-{group_ids}"
    with parts.database.write() as connection:
        user_id = add(
            connection,
            users,
            account_id=account_id,
            login=secret,
            name="Анна",
            password_hash="",
            role="supervisor",
            created_at_ms=now_ms(),
        )
        for group_id in group_ids:
            connection.execute(
                insert(user_groups).values(
                    account_id=account_id, user_id=user_id, group_id=group_id
                )
            )
        open_session(connection, account_id=account_id, user_id=user_id, secret_hash=digest(secret))
    client = app.test_client()
    client.set_cookie(COOKIE, secret)
    return Api(client, {})


def test_a_group_whose_calls_are_not_heard(
    app: Flask, parts: Parts, owner: Api, call: Conversation, paths: list[str]
) -> None:
    made = [
        owner.put(f"/api/v1/groups/{name}", json={"name": name, **more}).json
        for name, more in (("open", {}), ("shut", {"listening": False}), ("other", {}))
    ]
    assert [group["listening"] for group in made] == [True, False, True]
    heard, shut, other = (group["id"] for group in made)
    call.change_contact(group_id=shut)

    def asked(*group_ids: int) -> set[tuple[int, str]]:
        return codes(supervisor(app, parts, call.account_id, *group_ids), paths)

    assert asked(shut) == {(403, "listening-not-allowed")}
    assert asked(other) == {(404, "not-found")}
    assert asked(other, shut) == {(403, "listening-not-allowed")}
    # A leg of a group that allows it opens the whole call, as it does to the eye.
    call.leg(5000, 6000, group_id=heard)
    assert asked(shut, heard) == {(200, "")}
    assert codes(owner, paths) == {(200, "")}
    owner.put("/api/v1/groups/shut", json={"name": "shut"})
    assert asked(shut, other) == {(200, "")}
