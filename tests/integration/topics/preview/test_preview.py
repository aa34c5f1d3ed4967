"""The preview says of the newest calls what a judgement of each of them says, and stores nothing."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import Topic
from services.topics.language.verdict import Verdict
from services.topics.marking import speech_store
from services.topics.matching.batch import lay_out
from services.topics.matching.match import Matcher
from services.topics.preview import judging
from services.topics.preview.gate import AT_ONCE, admitted
from services.topics.preview.preview import Draft, begin, count
from shared.contacts.filters import ContactFilter
from shared.db.tables import contacts, expansions, groups, legs, marks
from shared.domain.recording import Speaker
from shared.permissions import Caller, Permission, Sees
from shared.queue.runner import Parts
from shared.text.draft_expansions import draft_expansions_of
from tests.gateway_client import Api, MakeApi
from tests.integration.topics.calls import STARTED_AT_MS, Account
from tests.integration.topics.catalogue.editor import API, REFUND, Editor

OPENING = "operator: Здравствуйте, компания Вектор!"
ASKS = "client: Верните мне мои деньги!"
THANKS = "client: спасибо"


def preview(api: Api, rule: Any, **more: Any) -> Any:
    return api.post(f"{API}/topics/preview", json={"rule": rule} | more)


def counts(answer: Any) -> tuple[int, ...]:
    assert answer.status_code == 200, answer.text
    found = answer.json
    assert found["calls"] == sum(found[name] for name in ("yes", "no", "undecidable", "not_judged"))
    return (found["yes"], found["no"], found["undecidable"], found["not_judged"])


def set_contact(calls: Account, contact_id: int, **values: Any) -> None:
    with calls.database.write() as connection:
        connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))


def mono(calls: Account, *lines: str) -> int:
    contact_id = calls.call(*lines, transcribed=False)
    calls.transcribe(calls.recording_of(contact_id), *lines, speakers=(Speaker.UNKNOWN,))
    return contact_id


def mixed(calls: Account) -> list[int]:
    """Calls of every verdict on a refund, each a minute after the one before."""
    made = [
        calls.call(OPENING, ASKS),
        calls.call(OPENING, THANKS),
        calls.call(OPENING, "client: деньги мне верните"),
        mono(calls, "unknown: верните деньги"),
        calls.call(OPENING, ASKS, transcribed=False),
        calls.call(OPENING, ASKS, THANKS),
        calls.call(OPENING, "client: нет"),
    ]
    for minute, contact_id in enumerate(made):
        set_contact(calls, contact_id, started_at_ms=STARTED_AT_MS + minute * 60_000)
    return made


def test_four_verdicts(calls: Account, owner: Api) -> None:
    mixed(calls)
    assert counts(preview(owner, REFUND)) == (2, 3, 1, 1)


@pytest.mark.parametrize("block", [1, 3, 7, 1024])
def test_counts_are_those_of_a_direct_judgement(
    monkeypatch: pytest.MonkeyPatch, calls: Account, editor: Editor, owner: Api, block: int
) -> None:
    monkeypatch.setattr(judging, "BLOCK", block)
    editor.in_force(key="refund")
    made = mixed(calls)
    set_contact(calls, made[1], direction="outbound")
    rule = {
        "any": [
            {"all": [{"topic": "refund"}, {"none": [{"said": {"phrases": ["спасибо"]}}]}]},
            {"contact": {"direction": ["outbound"]}},
            {"measure": {"what": "words", "by": "client", "at_most": 1}},
        ]
    }
    with calls.database.read() as connection:
        speech = speech_store.read_speech(
            connection, account_id=calls.id, contact_ids=made, facts=True
        )
    topics = [Topic(1, 1, "refund", parse_rule(REFUND)), Topic(2, 2, "tried", parse_rule(rule))]
    rules = judging.RuleSet(tuple(topics), 1)
    known = draft_expansions_of(calls.database, calls.id)
    matcher = Matcher(rules, known.of(calls.database, rules.terms, speech.tokens.max_word_no))
    verdicts = matcher.judge(lay_out(speech)).verdicts[1].tolist()
    yes, no, undecidable, not_judged = counts(preview(owner, rule))
    assert (yes, no) == (verdicts.count(Verdict.YES), verdicts.count(Verdict.NO))
    assert (undecidable, not_judged) == (1, 1)
    assert yes + no + undecidable + not_judged == len(made)


def test_samples_are_the_newest_with_their_first_hits(calls: Account, owner: Api) -> None:
    made = mixed(calls)
    many = calls.call(*[ASKS] * 5)
    set_contact(calls, many, started_at_ms=STARTED_AT_MS + 3_600_000)
    samples = preview(owner, REFUND).json["samples"]
    assert [one["contact_id"] for one in samples] == [many, made[5], made[0]]
    assert [hit["start_ms"] for hit in samples[0]["hits"]] == [0, 2100, 4200]
    assert samples[2]["external_id"] == "call0"
    assert (samples[2]["source"], samples[2]["started_at"]) == ("pbx", "2023-11-14T22:13:20.000Z")
    hit = samples[2]["hits"][0]
    assert (hit["text"], hit["speaker"], hit["score"]) == ("Верните мне мои деньги!", "client", 100)
    assert hit["recording_id"] == calls.recording_of(made[0])
    assert (hit["start_ms"], hit["end_ms"], hit["phrase"]) == (1700, 3300, "вернуть деньги")


def test_near_misses_would_be_hits_with_one_condition_let_go(calls: Account, owner: Api) -> None:
    order = calls.call(OPENING, "client: деньги мне верните")
    far = calls.call(OPENING, "client: возврат денег")
    speaker = calls.call("operator: здравствуйте верните деньги", "client: да")
    calls.call(OPENING, "client: деньги мне верните до свидания")
    rule = {
        "all": [
            REFUND,
            {"said": {"phrases": ["здравствуйте"], "by": "operator"}},
            {"not_said": {"phrases": ["до свидания"]}},
        ]
    }
    misses = preview(owner, rule).json["near_misses"]
    found = [
        (one["contact_id"], one["path"], one["miss"]["reasons"], one["miss"]["text"])
        for one in misses
    ]
    assert found == [
        (speaker, "rule.all[0].said", ["other-speaker"], "верните деньги"),
        (order, "rule.all[0].said", ["other-order"], "деньги мне верните"),
        (far, "rule.all[0].said", ["resembles"], "возврат денег"),
    ]
    assert all(one["miss"]["explanation"] for one in misses)


def test_a_miss_within_the_scope_and_count_of_the_rule(calls: Account, owner: Api) -> None:
    calls.call(OPENING, ASKS, "operator: да", "client: деньги верните")
    rule = {"said": REFUND["said"] | {"at_least": 2}, "scope": "each_leg"}
    misses = preview(owner, rule).json["near_misses"]
    assert [one["miss"]["reasons"] for one in misses] == [["too-few"]]


def test_only_the_newest_are_looked_at(calls: Account, owner: Api) -> None:
    mixed(calls)
    assert counts(preview(owner, REFUND, calls=2)) == (1, 1, 0, 0)
    for wrong in (0, 50_001):
        refused = preview(owner, REFUND, calls=wrong)
        assert refused.status_code == 422
        assert refused.json["errors"][0]["path"] == "calls"


def test_the_filter_chooses_among_calls(calls: Account, owner: Api) -> None:
    made = mixed(calls)
    set_contact(calls, made[0], kind="chat")
    set_contact(calls, made[1], direction="outbound")
    assert sum(counts(preview(owner, REFUND))) == 6
    assert counts(preview(owner, REFUND, filter={"kind": ["chat"]})) == (1, 0, 0, 0)
    assert counts(preview(owner, REFUND, filter={"direction": ["outbound"]})) == (0, 1, 0, 0)
    late = {"from": "2023-11-14T22:18:20Z"}
    assert counts(preview(owner, REFUND, filter=late)) == (1, 1, 0, 0)
    unknown = preview(owner, REFUND, filter={"source": ["nowhere"]})
    assert unknown.status_code == 422
    assert unknown.json["errors"][0]["path"].startswith("filter.source")


def test_nothing_is_stored(calls: Account, owner: Api) -> None:
    mixed(calls)
    preview(owner, REFUND)
    with calls.database.read() as connection:
        for table in (expansions, marks):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
        tagged = connection.execute(select(contacts.c.tagged_revision)).scalars().all()
    assert set(tagged) == {None}


def test_words_that_come_later_are_known(calls: Account, owner: Api) -> None:
    calls.call(OPENING, THANKS)
    assert counts(preview(owner, REFUND)) == (0, 1, 0, 0)
    calls.call(OPENING, "client: возвращение")
    calls.call(OPENING, "client: вернули денежки деньгами")
    assert counts(preview(owner, REFUND)) == (1, 2, 0, 0)


def test_an_empty_account(owner: Api) -> None:
    found = preview(owner, REFUND)
    assert counts(found) == (0, 0, 0, 0)
    assert (found.json["samples"], found.json["near_misses"]) == ([], [])


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        pytest.param({"said": {"phrases": ["!да*"]}}, "rule.said.phrases[0]", id="phrase"),
        pytest.param({"any": [{"topic": "gone"}]}, "rule.any[0].topic", id="topic"),
        pytest.param({"said": {"phrases": []}}, "rule.said.phrases", id="no-phrase"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(owner: Api, rule: Any, path: str) -> None:
    refused = preview(owner, rule)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["path"] == path


def test_a_third_at_once_is_told_to_come_back(calls: Account, owner: Api) -> None:
    assert AT_ONCE == 2
    with admitted():
        assert preview(owner, REFUND).status_code == 200
        with admitted():
            refused = preview(owner, REFUND)
        assert (refused.status_code, refused.json["code"]) == (429, "too-many-requests")
        assert int(refused.headers["Retry-After"]) >= 1
        assert preview(owner, {"said": {}}).status_code == 422
        assert preview(owner, REFUND).status_code == 200


def test_what_is_seen_without_hits(calls: Account, make_api: MakeApi, stranger: Api) -> None:
    mixed(calls)
    editor = make_api(calls.id, Permission.TOPICS_EDIT)
    found = preview(editor, REFUND)
    assert counts(found) == (2, 3, 1, 1)
    assert (found.json["samples"], found.json["near_misses"]) == (None, None)
    reader = make_api(calls.id, Permission.HITS, Permission.TRANSCRIPT)
    assert preview(reader, REFUND).status_code == 403
    assert counts(preview(stranger, REFUND)) == (0, 0, 0, 0)


def test_only_visible_calls_are_judged(parts: Parts, calls: Account) -> None:
    made = mixed(calls)
    with parts.database.write() as connection:
        group_id = connection.execute(
            insert(groups)
            .values(account_id=calls.id, external_id="sales", name="Продажи")
            .returning(groups.c.id)
        ).scalar_one()
        connection.execute(
            update(legs).where(legs.c.contact_id == made[5]).values(group_id=group_id)
        )
    caller = Caller(
        account_id=calls.id,
        actor="user:1",
        permissions=frozenset(Permission),
        sees=Sees.GROUPS,
        group_ids=frozenset({group_id}),
    )
    draft = Draft(parse_rule(REFUND), None, ContactFilter(), 10)
    previewing, contact_ids = begin(parts.database, caller, draft)
    assert contact_ids == [made[5]]
    assert count(previewing, contact_ids, is_wanted=lambda: True).yes == 1


def test_it_ends_when_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, parts: Parts, calls: Account
) -> None:
    monkeypatch.setattr(judging, "BLOCK", 2)
    mixed(calls)
    caller = Caller(calls.id, "user:1", frozenset(Permission), Sees.ALL)
    draft = Draft(parse_rule(REFUND), None, ContactFilter(), 10)
    previewing, contact_ids = begin(parts.database, caller, draft)
    waiting = iter([True, False])
    assert count(previewing, contact_ids, is_wanted=lambda: next(waiting)).calls == 4
