"""What the import of a pack does to an account's topics, on both databases."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.gateway.accounts import NewAccount
from services.topics.catalogue.packs import by_program, import_packs, load_packs
from services.topics.catalogue.packs_plan import PlannedTopic
from services.topics.language.pack import PACKS_FOLDER, packs_of
from shared.db.session import now_ms
from shared.db.tables import accounts, topics
from shared.errors import Conflict, InvalidInput
from shared.queue.runner import Parts
from shared.settings import Settings

from .writing import pack_of, stored, topic

REFUND = topic("refund", "верните деньги")
SERVICE = topic("service", "хочу в сервис")
BROKEN = {"should_match": ["client: нет"]}


class Importing:
    """Imports packs into one account and shows what it has then."""

    def __init__(self, parts: Parts, account_id: int) -> None:
        self.parts = parts
        self.account_id = account_id

    def take(
        self, *some: dict[str, Any], settings: Settings | None = None, **options: bool
    ) -> dict[str, PlannedTopic]:
        planned = import_packs(
            self.parts.database,
            by_program(self.account_id),
            pack_of(*some),
            settings=settings or self.parts.settings,
            **({"activate": False, "dry_run": False} | options),
        )
        return {one.key: one for one in planned}

    def topics(self) -> dict[str, dict[str, Any]]:
        return stored(self.parts.database, self.account_id)

    def set(self, key: str, **values: Any) -> None:
        with self.parts.database.write() as connection:
            connection.execute(
                update(topics)
                .where(topics.c.account_id == self.account_id, topics.c.key == key)
                .values(**values)
            )

    def revision(self) -> int:
        with self.parts.database.read() as connection:
            return connection.execute(
                select(accounts.c.rules_revision).where(accounts.c.id == self.account_id)
            ).scalar_one()


@pytest.fixture
def importing(parts: Parts, account: NewAccount) -> Importing:
    return Importing(parts, account.account_id)


def test_a_new_account_gets_the_packs_of_its_language_in_force(importing: Importing) -> None:
    with importing.parts.database.write() as connection:
        new = load_packs(connection, importing.account_id, ["ru"])
    written = [one for pack in packs_of("ru") for one in pack.topics]
    found = importing.topics()
    assert new == len(written)
    assert list(found) == [one.key for one in written]
    assert {(one["preset"], one["active_version"]) for one in found.values()} == {(True, 1)}
    assert {one["rules_revision"] for one in found.values()} == {importing.revision()}
    assert {one.key: one.group for one in written} == {
        key: one["group"] for key, one in found.items()
    }
    with importing.parts.database.write() as connection:
        assert load_packs(connection, importing.account_id, ["ru"]) == 0
    assert importing.topics() == found


def test_packs_with_a_broken_example_make_no_account(importing: Importing, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(PACKS_FOLDER / "ru", folder / "ru")
    path = folder / "ru" / "mood.yaml"
    text = path.read_text(encoding="utf-8").replace("client: я очень переживаю", "client: да")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused, importing.parts.database.write() as connection:
        load_packs(connection, importing.account_id, ["ru"], folder)
    ((where, reason),) = refused.value.errors
    assert where.startswith(f"{path}:")
    assert "«client: да» should match" in reason
    assert importing.topics() == {}


def test_topics_come_as_drafts_and_go_in_force_when_asked(importing: Importing) -> None:
    revision = importing.revision()
    planned = importing.take(REFUND, SERVICE)
    assert {(one.action, one.activates) for one in planned.values()} == {("added", False)}
    found = importing.topics()["refund"]
    assert (found["name"], found["group"], found["active_version"]) == ("Refund", "Жалобы", 0)
    assert [(number, state) for number, state, *_ in found["versions"]] == [(1, "draft")]
    assert importing.revision() == revision

    planned = importing.take(REFUND, activate=True)
    assert (planned["refund"].action, planned["refund"].activates) == ("changed", True)
    found = importing.topics()
    assert found["refund"]["active_version"] == 1
    assert found["refund"]["rules_revision"] == importing.revision() == revision + 1
    assert found["service"]["active_version"] == 0


def test_taken_in_again_nothing_changes(importing: Importing) -> None:
    importing.take(REFUND, SERVICE, activate=True)
    before, revision = importing.topics(), importing.revision()
    planned = importing.take(REFUND, SERVICE, activate=True)
    assert {one.action for one in planned.values()} == {"unchanged"}
    assert (importing.topics(), importing.revision()) == (before, revision)


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        pytest.param({"name": "Возврат"}, ("name",), id="name"),
        pytest.param({"colour": "#000000"}, ("colour",), id="colour"),
        pytest.param({"group": "Продажи"}, ("group",), id="group"),
        pytest.param({"group": None}, (), id="no-group-keeps-it"),
        pytest.param({"should_match": []}, ("examples",), id="examples"),
        pytest.param(
            {"rule": {"said": {"by": "client", "phrases": ["!верните деньги"]}}},
            ("rule",),
            id="rule",
        ),
    ],
)
def test_what_differs_is_named_and_written(
    importing: Importing, change: dict[str, Any], changes: tuple[str, ...]
) -> None:
    importing.take(REFUND, activate=True)
    before = importing.topics()["refund"]
    planned = importing.take(REFUND | change)["refund"]
    assert planned.changes == changes
    found = importing.topics()["refund"]
    differing = {name for name in found if found[name] != before[name]} - {"revision"}
    wanted = {"versions" if name in ("rule", "examples") else name for name in changes}
    assert differing == wanted
    assert found["active_version"] == 1
    states = [state for _, state, *_ in found["versions"]]
    assert states == (["active", "draft"] if "versions" in wanted else ["active"])


def test_a_new_version_replaces_the_one_in_force_only_when_asked(importing: Importing) -> None:
    importing.take(REFUND, activate=True)
    other = topic("refund", "хочу возврат")
    importing.take(other)
    found = importing.topics()["refund"]
    assert [state for _, state, *_ in found["versions"]] == ["active", "draft"]
    importing.take(other, activate=True)
    found = importing.topics()["refund"]
    assert [state for _, state, *_ in found["versions"]] == ["retired", "active"]
    assert (found["active_version"], found["rules_revision"]) == (2, importing.revision())


def test_another_draft_is_written_over_and_said_so(importing: Importing) -> None:
    importing.take(REFUND)
    planned = importing.take(topic("refund", "хочу возврат"))["refund"]
    assert planned.replaces_draft
    (version,) = importing.topics()["refund"]["versions"]
    assert version[:2] == (1, "draft")
    assert version[2]["said"]["phrases"] == ["хочу возврат"]


def test_a_draft_beside_the_same_rule_in_force_stays(importing: Importing) -> None:
    importing.take(REFUND, activate=True)
    importing.take(topic("refund", "хочу возврат"))
    before = importing.topics()
    assert importing.take(REFUND, activate=True)["refund"].action == "unchanged"
    assert importing.topics() == before


def test_a_topic_with_a_broken_example_stays_a_draft(importing: Importing) -> None:
    planned = importing.take(REFUND | BROKEN, SERVICE, activate=True)
    assert {key: one.activates for key, one in planned.items()} == {
        "refund": False,
        "service": True,
    }
    ((where, reason),) = planned["refund"].judged.faults
    assert where.startswith("demo.yaml:")
    assert "«client: нет» should match" in reason
    assert importing.topics()["refund"]["active_version"] == 0


def test_a_dry_run_says_the_same_and_does_nothing(importing: Importing) -> None:
    importing.take(REFUND, activate=True)
    packs = (topic("refund", "хочу возврат"), SERVICE, topic("third") | BROKEN)
    before, revision = importing.topics(), importing.revision()
    tried = importing.take(*packs, activate=True, dry_run=True)
    assert (importing.topics(), importing.revision()) == (before, revision)
    assert importing.take(*packs, activate=True) == tried


def test_the_archive_is_left_alone(importing: Importing) -> None:
    importing.take(REFUND)
    importing.set("refund", archived_at_ms=now_ms())
    before = importing.topics()
    assert importing.take(SERVICE | {"key": "refund"}, activate=True)["refund"].action == "archived"
    assert importing.topics() == before


def test_no_topic_is_removed(importing: Importing) -> None:
    importing.take(REFUND, activate=True)
    importing.take(SERVICE, activate=True)
    assert list(importing.topics()) == ["refund", "service"]


ASKING = topic("asking") | {
    "rule": {"all": [{"topic": "refund"}, {"topic": "service"}]},
    "should_match": ["client: верните деньги\nclient: хочу в сервис"],
    "should_not_match": ["client: верните деньги"],
}


def test_topics_of_a_pack_may_ask_about_each_other_in_any_order(importing: Importing) -> None:
    importing.take(ASKING, REFUND, SERVICE, activate=True)
    assert {one["active_version"] for one in importing.topics().values()} == {1}


def test_who_asks_about_a_changed_topic_judges_anew(importing: Importing) -> None:
    importing.take(ASKING, REFUND, SERVICE, activate=True)
    before = importing.topics()
    importing.take(topic("refund", "хочу возврат"), activate=True)
    found = importing.topics()
    raised = [key for key in found if found[key]["rules_revision"] != before[key]["rules_revision"]]
    assert raised == ["asking", "refund"]
    assert found["asking"]["rules_revision"] == importing.revision()


def test_nobody_asks_about_a_topic_that_is_not_in_force(importing: Importing) -> None:
    planned = importing.take(ASKING, REFUND, SERVICE | BROKEN, activate=True)
    assert [key for key, one in planned.items() if one.activates] == ["refund"]
    assert "service" in planned["asking"].judged.faults[0][1]


@pytest.mark.parametrize(
    ("some", "reason"),
    [
        pytest.param([ASKING, REFUND], "asks about service", id="no-such-topic"),
        pytest.param([REFUND, REFUND], "already", id="same-key"),
        pytest.param(
            [topic("refund") | {"rule": {"topic": "there"}}], "circle", id="circle-with-the-account"
        ),
    ],
)
def test_topics_that_do_not_fit_are_refused_as_a_whole(
    importing: Importing, some: list[dict[str, Any]], reason: str
) -> None:
    importing.take(REFUND, activate=True)
    there = {"rule": {"topic": "refund"}, "should_match": [], "should_not_match": []}
    importing.take(topic("there") | there, activate=True)
    before = importing.topics()
    with pytest.raises(InvalidInput) as refused:
        importing.take(*some, activate=True)
    assert reason in refused.value.detail
    assert refused.value.errors[0][0].startswith("demo.yaml:")
    assert importing.topics() == before


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        pytest.param({"max_topics": 2}, Conflict, id="topics"),
        pytest.param({"max_topic_phrases": 1}, InvalidInput, id="phrases"),
        pytest.param({"max_topic_examples": 1}, InvalidInput, id="examples"),
    ],
)
def test_limits_are_kept(
    importing: Importing, limit: dict[str, int], error: type[InvalidInput]
) -> None:
    importing.take(REFUND)
    settings = importing.parts.settings.model_copy(update=limit)
    two = {"rule": {"said": {"phrases": ["да", "нет"]}}, "should_not_match": []}
    with pytest.raises(error):
        importing.take(SERVICE, topic("third") | two, settings=settings)
    assert list(importing.topics()) == ["refund"]


def test_imports_at_once_follow_each_other(importing: Importing) -> None:
    importing.take(REFUND, activate=True)
    phrases = ["хочу возврат", "нужен возврат", "оформите возврат", "сделайте возврат"]
    with ThreadPoolExecutor(len(phrases)) as threads:
        work = [
            threads.submit(importing.take, topic("refund", phrase), activate=True)
            for phrase in phrases
        ]
    assert [one.exception() for one in work] == [None] * len(work)
    found = importing.topics()["refund"]
    assert [(number, state) for number, state, *_ in found["versions"]] == [
        *((number, "retired") for number in (1, 2, 3, 4)),
        (5, "active"),
    ]
    assert found["active_version"] == 5
