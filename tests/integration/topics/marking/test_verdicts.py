"""The list finds contacts by each of the four verdicts, exactly as the matcher gives them."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from services.gateway.accounts import NewAccount
from services.topics.catalogue.packs import load_packs
from services.topics.language.verdict import Verdict
from services.topics.marking import speech_store, store
from services.topics.marking.matchers import Matchers
from services.topics.matching.batch import lay_out
from services.topics.tasks import HANDLERS
from shared.contacts.verdicts import TopicVerdict
from shared.db.tables import (
    accounts,
    contact_changes,
    contacts,
    legs,
    recording_legs,
    recordings,
    topic_judgements,
    topics,
    undecided_topics,
)
from shared.domain.recording import Speaker
from shared.queue.runner import Parts, run_job
from tests.gateway_client import Api
from tests.integration.topics.calls import STARTED_AT_MS, Account

from .conftest import API

WHOLE_TIME = "from=2020-01-01T00:00:00Z"
OPERATOR, CLIENT, UNKNOWN = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN

PACK = """pack: verdicts
language: ru
name: Проба
topics:
"""
RULES = {
    "greeted": "{said: {by: operator, phrases: [здравствуйте]}}",
    "refund": "{said: {by: client, phrases: [верните деньги]}}",
    "rude": "{said: {phrases: [ерунда]}}",
    "no-greeting": "{not_said: {by: operator, phrases: [здравствуйте]}}",
    "no-thanks": "{not_said: {by: client, phrases: [спасибо]}}",
    "no-goodbye-by-leg": "{scope: each_leg, not_said: {by: operator, phrases: [до свидания]}}",
    "either": "{any: [{said: {by: client, phrases: [верните деньги]}},"
    " {not_said: {by: operator, phrases: [здравствуйте]}}]}",
    "both": "{all: [{said: {by: operator, phrases: [здравствуйте]}},"
    " {not_said: {by: client, phrases: [спасибо]}}]}",
    "neither": "{none: [{said: {by: client, phrases: [верните деньги]}},"
    " {said: {by: operator, phrases: [ерунда]}}]}",
}

LINES = {
    "polite": ["operator: здравствуйте", "client: спасибо", "operator: до свидания"],
    "refund": ["operator: алло", "client: верните деньги"],
    "mono": ["unknown: здравствуйте верните деньги"],
    "untranscribed": [],
    "silent-client": ["operator: здравствуйте слушаю вас"],
    "one-sided": ["operator: алло"],
    "internal": ["operator: алло", "operator: спасибо"],
    "two-legs": ["operator: здравствуйте", "client: вот", "operator: алло", "client: вот"],
    "leg-unheard": ["operator: здравствуйте", "client: верните деньги"],
    "missed": [],
}
SPEAKERS = {"mono": (UNKNOWN,), "one-sided": (OPERATOR,), "internal": (OPERATOR,)}
# Verdicts of conditions that are easily thought through: y yes, n no, u undecidable.
EXPECTED = {
    "greeted": "yn uu yn ny yn",
    "refund": "ny uu uu nn yn",
    "rude": "nn nu nu nn un",
    "no-greeting": "ny uu ny yn ny",
    "no-thanks": "ny uu uu ny uy",
}


@pytest.fixture
def calls(parts: Parts, account: NewAccount, tmp_path: Path) -> Account:
    (tmp_path / "ru").mkdir()
    lines = [
        f'  - {{key: {key}, name: {key}, group: А, colour: "#000000", rule: {rule}}}'
        for key, rule in RULES.items()
    ]
    (tmp_path / "ru" / "verdicts.yaml").write_text(PACK + "\n".join(lines), "utf-8")
    with parts.database.write() as connection:
        load_packs(connection, account.account_id, ["ru"], tmp_path)
    return Account(parts.database, account.account_id, account.source_id)


@pytest.fixture
def names(calls: Account) -> dict[int, str]:
    """Name of each call by its id."""
    names = {}
    for name, lines in LINES.items():
        contact_id = calls.call(*lines, transcribed=False)
        names[contact_id] = name
        if lines:
            calls.transcribe(
                calls.recording_of(contact_id),
                *lines,
                speakers=SPEAKERS.get(name, (OPERATOR, CLIENT)),
            )
    ids = {name: contact_id for contact_id, name in names.items()}
    with calls.database.write() as connection:
        connection.execute(
            update(contacts).where(contacts.c.id == ids["internal"]).values(direction="internal")
        )
        connection.execute(
            update(legs).where(legs.c.contact_id == ids["missed"]).values(result="missed")
        )
        for name in ("two-legs", "leg-unheard"):
            leg_id = connection.execute(
                insert(legs)
                .values(
                    account_id=calls.id,
                    contact_id=ids[name],
                    external_id="second",
                    position=1,
                    started_at_ms=STARTED_AT_MS + 1500,
                    ended_at_ms=STARTED_AT_MS + 9000,
                )
                .returning(legs.c.id)
            ).scalar_one()
            if name == "two-legs":
                connection.execute(
                    insert(recording_legs).values(
                        account_id=calls.id,
                        recording_id=select(recordings.c.id)
                        .where(recordings.c.contact_id == ids[name])
                        .scalar_subquery(),
                        leg_id=leg_id,
                    )
                )
    return names


def tag(parts: Parts, calls: Account, contact_ids: Iterable[int]) -> None:
    for contact_id in contact_ids:
        assert run_job(parts, HANDLERS, calls.ask(contact_id), worker="test")


def listed(
    owner: Api, names: dict[int, str], keys: Sequence[str] = tuple(RULES)
) -> dict[str, dict[str, str]]:
    """Verdict of each topic on each call, as the list finds them; each call by exactly one."""
    found: dict[str, dict[str, str]] = {key: {} for key in keys}
    for key, verdict in product(keys, TopicVerdict):
        answer = owner.get(f"{API}/contacts?{WHOLE_TIME}&topic_verdict={key}:{verdict}")
        assert answer.status_code == 200, answer.text
        for item in answer.json["items"]:
            name = names[item["id"]]
            assert name not in found[key], (key, name)
            found[key][name] = verdict.value
    return found


def judged(parts: Parts, calls: Account, names: dict[int, str]) -> dict[str, dict[str, str]]:
    """Verdict of each topic on each call, as the matcher gives them."""
    with parts.database.read() as connection:
        rules = store.read_rules(connection, calls.id)
        anyone = store.unknown_is_anyone(connection, calls.id)
        speech = speech_store.read_speech(
            connection, account_id=calls.id, contact_ids=list(names), facts=rules.asks_facts
        )
    matcher = Matchers(parts.database, calls.id).of(
        rules, speech.tokens.max_word_no, unknown_is_anyone=anyone
    )
    verdicts = matcher.judge(lay_out(speech)).verdicts
    return {
        topic.key: {
            names[contact_id]: Verdict(verdict).name.lower()
            for contact_id, verdict in zip(speech.contact_id.tolist(), row, strict=True)
        }
        for topic, row in zip(rules.topics, verdicts.tolist(), strict=True)
    }


def letters(verdicts: dict[str, str]) -> str:
    found = [verdicts[name][0] for name in LINES]
    return " ".join("".join(found[n : n + 2]) for n in range(0, len(found), 2))


def test_the_list_finds_what_the_matcher_says(
    parts: Parts, calls: Account, names: dict[int, str], owner: Api
) -> None:
    assert listed(owner, names) == dict.fromkeys(
        RULES, dict.fromkeys(LINES, TopicVerdict.NOT_JUDGED)
    )
    tag(parts, calls, names)
    found = listed(owner, names)
    assert {key: letters(found[key]) for key in EXPECTED} == EXPECTED
    assert found == judged(parts, calls, names)
    # The same calls of a customer who has words of an unknown speaker count as anybody's.
    with parts.database.write() as connection:
        connection.execute(
            update(accounts).where(accounts.c.id == calls.id).values(unknown_speaker="anyone")
        )
    tag(parts, calls, names)
    again = listed(owner, names)
    assert found["refund"]["mono"] == "undecidable"
    assert again["refund"]["mono"] == "yes"
    assert again == judged(parts, calls, names)


def test_judged_again_it_is_decided(
    parts: Parts, calls: Account, names: dict[int, str], owner: Api
) -> None:
    ids = {name: contact_id for contact_id, name in names.items()}
    tag(parts, calls, [ids["untranscribed"], ids["polite"]])
    with parts.database.write() as connection:
        assert len(connection.execute(select(undecided_topics)).all()) == 1
        connection.execute(contact_changes.delete())
    tag(parts, calls, [ids["untranscribed"], ids["polite"]])
    with parts.database.read() as connection:
        assert connection.execute(select(contact_changes)).all() == []
    calls.transcribe(calls.recording_of(ids["untranscribed"]), "operator: алло", "client: спасибо")
    tag(parts, calls, [ids["untranscribed"]])
    with parts.database.read() as connection:
        assert connection.execute(select(undecided_topics)).all() == []
        changed = connection.execute(select(contact_changes.c.contact_id)).scalars().all()
    assert changed == [ids["untranscribed"]]
    assert listed(owner, names, ["refund"])["refund"]["untranscribed"] == "no"


def test_what_a_new_version_or_a_run_judges(
    parts: Parts, calls: Account, names: dict[int, str], owner: Api
) -> None:
    ids = {name: contact_id for contact_id, name in names.items()}
    tag(parts, calls, names)

    def verdicts(key: str) -> tuple[str, str, str]:
        found = listed(owner, names, [key])[key]
        return found["refund"], found["polite"], found["mono"]

    assert verdicts("refund") == ("yes", "no", "undecidable")
    with parts.database.write() as connection:
        revision = calls_revision = connection.execute(
            update(accounts)
            .where(accounts.c.id == calls.id)
            .values(rules_revision=accounts.c.rules_revision + 1)
            .returning(accounts.c.rules_revision)
        ).scalar_one()
        refund = connection.execute(
            update(topics)
            .where(topics.c.key == "refund")
            .values(rules_revision=revision)
            .returning(topics.c.id)
        ).scalar_one()
    # The yes of the version before still stands; absence must be judged anew.
    assert verdicts("refund") == ("yes", "not_judged", "not_judged")
    assert verdicts("greeted") == ("no", "yes", "undecidable")
    with parts.database.write() as connection:
        connection.execute(
            insert(topic_judgements),
            [
                {"account_id": calls.id, "topic_id": refund, "contact_id": ids[name],
                 "revision": calls_revision - behind}
                for name, behind in (("polite", 0), ("mono", 1))
            ],
        )  # fmt: skip
    assert verdicts("refund") == ("yes", "no", "not_judged")
    judged_now = {
        name: owner.get(f"{API}/contacts/{ids[name]}/marks").json["judged"]
        for name in ("polite", "mono")
    }
    assert judged_now == {"polite": True, "mono": False}
    with parts.database.write() as connection:
        connection.execute(update(topics).where(topics.c.id == refund).values(active=False))
    assert verdicts("refund") == ("yes", "not_judged", "not_judged")


def test_a_persons_word_is_the_verdict(
    parts: Parts, calls: Account, names: dict[int, str], owner: Api
) -> None:
    ids = {name: contact_id for contact_id, name in names.items()}
    tag(parts, calls, [ids["mono"], ids["refund"]])
    with parts.database.read() as connection:
        refund = connection.execute(
            select(topics.c.id).where(topics.c.key == "refund")
        ).scalar_one()
    said = {"mono": True, "refund": False, "polite": False, "missed": True}
    for name, verdict in said.items():
        body = {"verdict": verdict, "origin": "operator"}
        owner.put(f"{API}/contacts/{ids[name]}/marks/{refund}", json=body)
    found = listed(owner, names, ["refund"])["refund"]
    assert {name: found[name] for name in said} == {
        "mono": "yes", "refund": "no", "polite": "no", "missed": "yes",
    }  # fmt: skip
    assert found["internal"] == "not_judged"
