"""Packs over HTTP: check, import, export."""

from typing import Any

import pytest

from services.topics.language.pack import LARGEST_BYTES, pack_files, read_pack
from shared.permissions import Permission
from tests.gateway_client import Api, MakeApi, NewAccount

from .writing import pack_yaml, topic

TOPICS = "/api/v1/topics"
REFUND = topic("refund", "верните деньги")
SERVICE = topic("service", "хочу в сервис", group="Сервис")
YAML = {"Content-Type": "application/yaml"}


def send(api: Api, text: str | bytes, path: str = "import", **query: str) -> Any:
    return api.post(f"{TOPICS}/{path}", data=text, headers=YAML, query_string=query)


def keys(api: Api) -> set[str]:
    return {one["key"] for one in api.get(TOPICS).json["items"]}


def test_a_pack_is_checked_tried_and_taken_in(owner: Api) -> None:
    text = pack_yaml(REFUND, SERVICE | {"should_match": ["client: да", "client: хочу в сервис"]})
    line = text.splitlines().index("  - 'client: да'") + 1

    checked = send(owner, text, "packs/check").json
    assert (checked["pack"], checked["faultless"]) == ("demo", False)
    assert checked["topics"][0] == {
        "key": "refund",
        "name": "Refund",
        "should_match": 1,
        "should_not_match": 1,
        "faults": [],
    }
    (fault,) = checked["topics"][1]["faults"]
    assert fault["where"] == f"body:{line}"
    assert fault["reason"] == "«client: да» should match, the verdict is no"

    tried = send(owner, text, activate="true", dry_run="true").json
    assert keys(owner) == set()
    done = send(owner, text, activate="true").json
    assert done == tried | {"dry_run": False}
    assert {name: done[name] for name in ("added", "changed", "unchanged", "activated")} == {
        "added": 2,
        "changed": 0,
        "unchanged": 0,
        "activated": 1,
    }
    assert [(one["key"], one["action"], one["activated"]) for one in done["topics"]] == [
        ("refund", "added", True),
        ("service", "added", False),
    ]
    assert keys(owner) == {"refund", "service"}


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_comes_back_unchanged(owner: Api, stranger: Api, form: str) -> None:
    (path,) = [path for path in pack_files() if path.name == "service.yaml"]
    text = path.read_bytes()
    size = len(read_pack(text, file="x").pack.topics)
    send(owner, text, activate="true")

    exported = owner.get(f"{TOPICS}/export", query_string={"format": form})
    headers = {"Content-Type": exported.content_type.partition(";")[0]}
    again = owner.post(f"{TOPICS}/import", data=exported.data, headers=headers).json
    assert (again["unchanged"], again["changed"], again["added"]) == (size, 0, 0)
    other = stranger.post(f"{TOPICS}/import", data=exported.data, headers=headers).json
    assert (other["added"], other["activated"]) == (size, 0)


def test_yaml_is_a_file_to_download(owner: Api) -> None:
    send(owner, pack_yaml(REFUND))
    exported = owner.get(f"{TOPICS}/export")
    assert exported.content_type == "application/yaml"
    assert exported.headers["Content-Disposition"] == 'attachment; filename="romashka.yaml"'
    assert "name: Ромашка\n" in exported.text
    assert "          - верните деньги\n" in exported.text


def test_a_heading_is_exported_with_what_its_rules_ask_about(owner: Api) -> None:
    asking = SERVICE | {"key": "asking", "rule": {"topic": "refund"}, "should_match": []}
    send(owner, pack_yaml(REFUND, SERVICE, asking, topic("third")))
    exported = owner.get(f"{TOPICS}/export?format=json&group=Сервис").json
    assert exported["name"] == "Сервис"
    assert [one["key"] for one in exported["topics"]] == ["refund", "service", "asking"]
    assert exported["topics"][2]["rule"] == {"topic": "refund"}
    assert owner.get(f"{TOPICS}/export?group=Нет").status_code == 404


def test_only_ones_own_topics_are_exported(owner: Api, stranger: Api) -> None:
    send(owner, pack_yaml(REFUND))
    assert stranger.get(f"{TOPICS}/export").status_code == 404


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{chr(ord(name) - 1)}'] * 9)}]\n" for name in "bcdefghi"
)


@pytest.mark.parametrize(
    ("text", "status", "place"),
    [
        pytest.param(pack_yaml(REFUND).replace("by: client", "by: me"), 422, "body:11", id="line"),
        pytest.param(b"\xff", 422, "body:1", id="not-utf-8"),
        pytest.param(BOMB, 422, "body:1", id="bomb"),
        pytest.param('a: "\\0"', 422, "body:1", id="nul"),
        pytest.param(pack_yaml(REFUND, REFUND), 422, "body:18", id="same-key"),
        pytest.param(b"#" * (LARGEST_BYTES + 1), 413, None, id="too-large"),
    ],
)
def test_a_pack_that_cannot_be_read_is_refused_with_its_line(
    owner: Api, text: str | bytes, status: int, place: str | None
) -> None:
    for path in ("import", "packs/check"):
        answer = send(owner, text, path)
        assert answer.status_code == status, answer.text
        places = [error["path"] for error in answer.json.get("errors", [])]
        assert places[:1] == ([place] if place else [])
    assert keys(owner) == set()


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        pytest.param('{"pack": "demo"}', 422, "language", id="model"),
        pytest.param("{", 400, None, id="not-json"),
        pytest.param('{"a": 1, "a": 2}', 422, "a", id="twice"),
        pytest.param("[" * 100_000, 422, None, id="deep"),
    ],
)
def test_json_that_is_no_pack_is_refused_with_its_path(
    owner: Api, body: str, status: int, place: str | None
) -> None:
    answer = owner.post(f"{TOPICS}/import", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    places = [error["path"] for error in answer.json.get("errors", [])]
    assert places[:1] == ([place] if place else [])


def test_another_type_of_body_is_refused(owner: Api) -> None:
    answer = owner.post(f"{TOPICS}/import", data="a", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_permissions(account: NewAccount, make_api: MakeApi) -> None:
    reader = make_api(account.account_id, Permission.CALLS)
    editor = make_api(account.account_id, Permission.TOPICS_EDIT)
    assert send(reader, pack_yaml(REFUND)).status_code == 403
    assert send(reader, pack_yaml(REFUND), "packs/check").status_code == 403
    assert send(editor, pack_yaml(REFUND)).status_code == 200
    assert reader.get(f"{TOPICS}/export").status_code == 200
    assert editor.get(f"{TOPICS}/export").status_code == 403
