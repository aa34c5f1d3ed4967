"""Who may take out what, when ordering and again when fetching, and what the audit log keeps."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from shared.db.tables import (
    accounts,
    audit_log,
    contacts,
    groups,
    roles,
    tokens,
)
from shared.permissions import Permission
from tests.audit_window import await_room_in_window
from tests.gateway_client import PASSWORD, Api, MakeApi
from tests.integration.player.exports.world import API, World, opened, order
from tests.rows import add

P = Permission


def logged(world: World) -> list[tuple[Any, ...]]:
    """(action, recording, contact, variant) of the audit log in the order of writing."""
    columns = audit_log.c
    with world.parts.database.read() as connection:
        rows = connection.execute(
            select(columns.action, columns.recording_id, columns.contact_id, columns.variant)
            .where(columns.account_id == world.account_id)
            .order_by(columns.id)
        )
        return [tuple(row) for row in rows]


def switch(world: World, **values: Any) -> None:
    with world.parts.database.write() as connection:
        connection.execute(
            update(accounts).where(accounts.c.id == world.account_id).values(**values)
        )


@pytest.mark.parametrize(
    ("scopes", "asked", "status"),
    [
        pytest.param([P.EXPORT, P.SOUND, P.TRANSCRIPT], {"transcripts": ["txt"]}, 200, id="all"),
        pytest.param([P.SOUND, P.TRANSCRIPT], {}, 403, id="no export"),
        pytest.param([P.EXPORT, P.TRANSCRIPT], {}, 403, id="no sound"),
        pytest.param([P.EXPORT, P.SOUND], {"transcripts": ["txt"]}, 403, id="no transcript"),
        pytest.param(
            [P.EXPORT, P.TRANSCRIPT], {"sound": [], "transcripts": ["txt"]}, 200, id="words"
        ),
        pytest.param([P.EXPORT, P.SOUND], {"transcripts": []}, 200, id="sound"),
    ],
)
def test_each_kind_of_file_needs_its_permission(
    world: World, make_api: MakeApi, scopes: Sequence[P], asked: dict[str, Any], status: int
) -> None:
    world.call("a")
    assert order(make_api(world.account_id, *scopes), **asked).status_code == status


def test_another_account_has_nothing_to_take(world: World, stranger: Api) -> None:
    world.call("a")
    answer = order(stranger)
    assert (answer.status_code, answer.json["code"]) == (422, "nothing-to-export")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"recording_enabled": False}, "recording-switched-off"),
        ({"denoise_enabled": False}, "denoise-switched-off"),
    ],
)
def test_what_the_account_switched_off_is_not_given(
    world: World, owner: Api, values: dict[str, Any], code: str
) -> None:
    world.call("a")
    export_id = world.prepared(owner, sound=["denoised"])
    switch(world, **values)
    for answer in (
        order(owner, sound=["denoised"]),
        owner.get(f"{API}/exports/{export_id}/file"),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, code)
    assert order(owner, sound=[], transcripts=["txt"]).status_code == 200


def test_rights_are_asked_again_at_each_fetch(world: World, make_api: MakeApi) -> None:
    world.call("a")
    api = make_api(world.account_id, P.EXPORT, P.SOUND, P.TRANSCRIPT)
    export_id = world.prepared(api, transcripts=["txt"])
    for left in ([P.EXPORT, P.SOUND], [P.EXPORT, P.TRANSCRIPT], [P.SOUND, P.TRANSCRIPT]):
        _scopes(world, left)
        for answer in (
            api.get(f"{API}/exports/{export_id}/file"),
            api.get(f"{API}/exports/{export_id}/file", headers={"Range": "bytes=5-"}),
        ):
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
        assert api.head(f"{API}/exports/{export_id}/file").status_code == 403
    _scopes(world, [P.EXPORT, P.SOUND, P.TRANSCRIPT])
    assert api.get(f"{API}/exports/{export_id}/file").status_code == 200


def _scopes(world: World, scopes: Sequence[P]) -> None:
    with world.parts.database.write() as connection:
        connection.execute(
            update(tokens)
            .where(tokens.c.account_id == world.account_id, tokens.c.name == "test")
            .values(scopes=list(scopes))
        )


class Supervisor:
    """A person who sees the calls of two groups, a third there is besides."""

    def __init__(self, world: World, account: NewAccount, owner: Api) -> None:
        self.world = world
        with world.parts.database.write() as connection:
            self.groups = [
                add(
                    connection,
                    groups,
                    account_id=world.account_id,
                    external_id=f"group-{number}",
                    name=f"{number}",
                    listening=number != 1,
                )
                for number in range(3)
            ]
            connection.execute(
                update(roles)
                .where(roles.c.account_id == world.account_id, roles.c.name == "supervisor")
                .values(permissions=[P.CALLS, P.EXPORT, P.SOUND, P.TRANSCRIPT])
            )
        made = owner.post(
            f"{API}/users",
            json={
                "login": "super",
                "name": "super",
                "password": PASSWORD,
                "role": "supervisor",
                "groups": ["group-0", "group-1"],
            },
        )
        assert made.status_code == 201, made.text
        self.user_id = made.json["id"]
        client = owner.client.application.test_client()
        login = {"login": "super", "password": PASSWORD}
        session = client.post(f"{API}/session", json=login)
        self.api = Api(client, {"X-CSRF-Token": session.json["csrf_token"]})
        self.calls = [
            world.call(
                f"of-{number}",
                contact={"group_id": group_id, "started_at_ms": 1_790_000_000_000 + number},
            )
            for number, group_id in enumerate(self.groups)
        ]


@pytest.fixture
def supervisor(world: World, account: NewAccount, owner: Api) -> Supervisor:
    return Supervisor(world, account, owner)


@pytest.mark.parametrize("prepared", ["streamed", "prepared"])
def test_who_sees_groups_gets_their_calls_and_of_silent_groups_the_words(
    world: World, supervisor: Supervisor, prepared: str
) -> None:
    seen, silent, _ = supervisor.calls
    if prepared == "prepared":
        export_id = world.prepared(supervisor.api, transcripts=["txt"])
        body = supervisor.api.get(f"{API}/exports/{export_id}/file").data
    else:
        body = order(supervisor.api, transcripts=["txt"]).data
    archive = opened(body)
    assert set(archive.members) == {
        seen.member("Запись 1.mp3"),
        seen.member("Расшифровка 1.txt"),
        silent.member("Расшифровка 1.txt"),
    }
    assert archive.lacks == [("rec-of-1", "listening-not-allowed")]


def test_what_is_not_seen_any_more_is_not_fetched(world: World, supervisor: Supervisor) -> None:
    export_id = world.prepared(supervisor.api)
    file = f"{API}/exports/{export_id}/file"
    assert supervisor.api.get(file).status_code == 200

    def set_listening(*, listening: bool) -> None:
        with world.parts.database.write() as connection:
            connection.execute(
                update(groups)
                .where(groups.c.id == supervisor.groups[0])
                .values(listening=listening)
            )

    set_listening(listening=False)
    answer = supervisor.api.get(file)
    assert (answer.status_code, answer.json["code"]) == (403, "export-not-allowed")
    set_listening(listening=True)
    assert supervisor.api.get(file).status_code == 200
    with world.parts.database.write() as connection:
        connection.execute(
            update(contacts)
            .where(contacts.c.id == supervisor.calls[0].contact_id)
            .values(group_id=supervisor.groups[2])
        )
    assert supervisor.api.get(file).json["code"] == "export-not-allowed"


def test_words_of_a_silent_group_may_be_fetched(world: World, supervisor: Supervisor) -> None:
    export_id = world.prepared(supervisor.api, sound=[], transcripts=["txt"])
    assert supervisor.api.get(f"{API}/exports/{export_id}/file").status_code == 200


def test_a_stream_is_in_the_audit_log_before_it_starts(world: World, owner: Api) -> None:
    await_room_in_window(world.parts.database)
    call = world.call("a")
    other = world.call("b", kinds=("original",), said=None)
    answer = order(owner, sound=["original", "playback"], transcripts=["txt", "srt"])
    one, two = (call.recording_id, call.contact_id), (other.recording_id, other.contact_id)
    expected = [
        ("export", None, None, ""),
        ("download", *one, "original"),
        ("download", *two, "original"),
        ("download", *one, "playback"),
        ("read-transcript", *one, ""),
    ]
    assert sorted(logged(world), key=str) == sorted(expected, key=str)
    answer.close()
    order(owner, sound=["playback"]).close()
    # The same again within ten minutes is one row; each export is one.
    assert sorted(logged(world), key=str) == sorted([*expected, expected[0]], key=str)


def test_an_order_and_its_fetches_are_in_the_audit_log(world: World, owner: Api) -> None:
    await_room_in_window(world.parts.database)
    call = world.call("a")
    world.call("b", kinds=("original",), said=None)
    export_id = world.prepared(owner, transcripts=["txt"])
    ordered = [("export", None, None, "")]
    assert logged(world) == ordered
    with world.parts.database.read() as connection:
        details = connection.execute(select(audit_log.c.details)).scalar_one()
    assert details == {
        "filter": {"from_ms": 1_788_220_800_000, "topic_match": "any"},
        "sound": ["playback"],
        "transcripts": ["txt"],
        "contacts": 2,
        "recordings": 2,
        "export": export_id,
    }
    owner.head(f"{API}/exports/{export_id}/file")
    assert logged(world) == ordered
    for _ in range(2):
        owner.get(f"{API}/exports/{export_id}/file", headers={"Range": "bytes=0-9"})
        one = (call.recording_id, call.contact_id)
        assert logged(world) == [
            *ordered,
            ("download", *one, "playback"),
            ("read-transcript", *one, ""),
        ]
