"""Tagging stores what the rules say, changes only what differs, and touches no person's mark."""

import pytest
from sqlalchemy import insert, select, update

from services.topics.marking.tagging import Tagger
from services.topics.tasks import HANDLERS
from shared.db.tables import contacts, expansions, hits, marks, topic_versions, topics
from shared.queue.runner import Parts, run_job

from .calls import Account, new_account

OPERATOR = "operator: здравствуйте компания вектор слушаю вас"
REFUND = "client: Верните мне мои деньги, пожалуйста!"


@pytest.fixture
def account(parts: Parts) -> Account:
    return new_account(parts.database)


def tag(parts: Parts, account: Account, contact_id: int) -> None:
    job_id = account.ask(contact_id)
    assert run_job(parts, HANDLERS, job_id, worker="test")
    assert account.job_state(job_id) == "done"


def test_marks_hits_and_stamp(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    assert account.topics_of(contact_id) == ["greeting", "refund"]
    with parts.database.read() as connection:
        hit = connection.execute(
            select(hits).join(marks, marks.c.id == hits.c.mark_id)
            .join(topics, topics.c.id == marks.c.topic_id).where(topics.c.key == "refund")
        ).one()  # fmt: skip
        stamped = connection.execute(select(contacts.c.tagged_revision)).scalar_one()
    assert hit.text == "Верните мне мои деньги,"
    assert (hit.speaker, hit.first_word, hit.last_word) == ("client", 5, 8)
    assert (hit.start_ms, hit.end_ms) == (2500, 4100)
    assert hit.score == 100
    assert hit.leg_id is not None
    assert stamped == account.revision() == 1


def test_tagging_again_keeps_every_id(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    before = account.hits_of(contact_id, "refund")
    tag(parts, account, contact_id)
    assert account.hits_of(contact_id, "refund") == before


def test_a_new_transcript_changes_only_what_differs(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND, "operator: до свидания")
    tag(parts, account, contact_id)
    before = account.hits_of(contact_id, "refund")
    account.transcribe(
        account.recording_of(contact_id), OPERATOR, REFUND, "client: верните деньги сейчас же"
    )
    tag(parts, account, contact_id)
    after = account.hits_of(contact_id, "refund")
    assert account.topics_of(contact_id) == ["greeting", "refund"]
    assert after.items() > before.items()
    assert set(after) - set(before) == {"верните деньги"}


def test_what_is_said_no_more_loses_its_mark(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    account.transcribe(account.recording_of(contact_id), OPERATOR, "client: спасибо большое")
    tag(parts, account, contact_id)
    assert "refund" not in account.topics_of(contact_id)
    with parts.database.read() as connection:
        texts = connection.execute(select(hits.c.text)).scalars().all()
    assert not any("деньги" in text for text in texts)


def test_marks_of_people_stay(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    with parts.database.write() as connection:
        refund = connection.execute(
            select(topics.c.id).where(topics.c.key == "refund")
        ).scalar_one()
        connection.execute(
            insert(marks),
            [
                {
                    "account_id": account.id, "contact_id": contact_id, "topic_id": refund,
                    "origin": origin, "verdict": verdict, "created_at_ms": 1,
                }
                for origin, verdict in (("operator", True), ("correction", False))
            ],
        )  # fmt: skip
    account.transcribe(account.recording_of(contact_id), OPERATOR, "client: спасибо")
    tag(parts, account, contact_id)
    with parts.database.read() as connection:
        kept = connection.execute(
            select(marks.c.origin, marks.c.verdict).where(marks.c.topic_id == refund)
        ).all()
    assert sorted(map(tuple, kept)) == [("correction", False), ("operator", True)]


def test_a_call_without_a_transcript_is_judged_and_gets_no_mark(
    parts: Parts, account: Account
) -> None:
    contact_id = account.call(OPERATOR, REFUND, transcribed=False)
    tag(parts, account, contact_id)
    assert account.topics_of(contact_id) == []


def test_an_activated_version_is_used_at_once(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    with parts.database.write() as connection:
        connection.execute(
            update(topic_versions)
            .where(
                topic_versions.c.topic_id.in_(select(topics.c.id).where(topics.c.key == "refund"))
            )
            .values(rule={"said": {"phrases": ["пожалуйста"]}})
        )
        connection.exec_driver_sql("UPDATE accounts SET rules_revision = rules_revision + 1")
    tag(parts, account, contact_id)
    assert list(account.hits_of(contact_id, "refund")) == ["пожалуйста!"]


def test_an_inactive_topic_keeps_its_old_marks_and_gets_no_new(
    parts: Parts, account: Account
) -> None:
    old = account.call(OPERATOR, REFUND)
    tag(parts, account, old)
    with parts.database.write() as connection:
        connection.execute(update(topics).where(topics.c.key == "refund").values(active=False))
        connection.exec_driver_sql("UPDATE accounts SET rules_revision = rules_revision + 1")
    tag(parts, account, old)
    new = account.call(OPERATOR, REFUND)
    tag(parts, account, new)
    assert "refund" in account.topics_of(old)
    assert "refund" not in account.topics_of(new)


def test_another_account_is_not_touched(parts: Parts, account: Account) -> None:
    other = new_account(parts.database, "Вектор")
    theirs = other.call(OPERATOR, REFUND)
    mine = account.call(OPERATOR, "client: да")
    tag(parts, account, mine)
    assert other.topics_of(theirs) == []
    tag(parts, other, theirs)
    assert other.topics_of(theirs) == ["greeting", "refund"]
    assert account.topics_of(mine) == ["greeting"]


def test_expansions_are_stored_and_used_by_another_process(parts: Parts, account: Account) -> None:
    contact_id = account.call(OPERATOR, REFUND)
    tag(parts, account, contact_id)
    words = f"{OPERATOR} {REFUND}".lower().translate(str.maketrans("", "", ":,!")).split()
    with parts.database.write() as connection:
        stored = connection.execute(select(expansions.c.up_to)).scalars().all()
        # A process that finds an expansion believes it and does not compare again.
        connection.execute(update(expansions).values(word_nos=b"", scores=b""))
    assert set(stored) == {len(set(words) - {"operator", "client"})}
    finish = Tagger(parts.database, account.id).tag(contact_id)
    with parts.database.write() as connection:
        finish(connection)
    assert account.topics_of(contact_id) == ["no-greeting"]
