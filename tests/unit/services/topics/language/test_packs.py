"""The packs of this repository: they can be read, cover what they must, and hold their examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.packs_judging import judge_packs
from services.topics.language.pack import (
    LARGEST_BYTES,
    PACKS_FOLDER,
    Pack,
    PackTopic,
    pack_files,
    pack_schema,
    packs_of,
    read_files,
    read_pack,
    refuse_misfits,
)
from services.topics.language.pack_text import pack_text
from services.topics.language.rule import parse_rule
from services.topics.matching.examples import broken_examples, judge_example
from shared.errors import InvalidInput, TooLarge

TOPICS = {
    language: {topic.key: topic for pack in packs_of(language) for topic in pack.topics}
    for language in ("ru", "en")
}
FEWEST_EXAMPLES = 6

# The preset topics of MANGO Речевая аналитика (M-13) and the topic that does what each is for.
MANGO_PRESETS = {
    "Обращение по имени": "addressed-by-name",
    "Неуверенность оператора": "operator-unsure",
    "Оператор просит прощения": "apology",
    "Проблемная ситуация у клиента": "client-problem",
    "Уменьшительно-ласкательные": "diminutives",
    "Жалобы и недовольства": "complaint",
    "Замечания про невнятную речь": "unclear-speech",
    "Клиент делает замечания оператору": "remark-to-operator",
    "Клиент переживает": "client-worried",
    "Невыполненные обещания": "broken-promise",
    "Недовольные восклицания": "exclamations",
    "Повторные обращения": "repeat-contact",
    "Сколько можно ждать": "waiting",
    "Требует начальника": "supervisor",
    "Уточнил стоимость": "price-question",
    "Отказался от покупки": "refused",
    "Слова паразиты": "filler-words",
    "Упомянул акцию": "promo-offer",
    "Чем занимается компания": "company-business",
    "Ожидание": "hold",
    "Допродажа": "upsell",
    "Проблемы со связью": "connection-trouble",
    "Проблемы с продуктом": "product-defect",
    "Клиент не может разговаривать": "cannot-talk",
    "Динамит клиента": "fobs-off",
    "Не может проконсультировать": "cannot-advise",
    "Закрывает сделку": "closes-deal",
    "Благодарность": "gratitude",
    "Сравнение с конкурентами": "competitors",
    "Обратился за помощью": "asks-for-help",
    "Матерные слова": "profanity",
    "Негативные слова": "negative-words",
    "Оскорбления": "insults",
    "Поздоровался": "greeting",
    "Попрощался": "farewell",
    "Некомпетентность": "incompetence",
}

# What topics are for (000-21): what the operator must say and must not, what the client asked.
STATED_USES = {
    "mandatory words were not said at the start": "no-greeting",
    "mandatory words were not said where they are due": "no-record-warning",
    "a complaint got no apology": "complaint-no-apology",
    "the operator used profanity": "operator-profanity",
    "the client asked about a new product": "new-product",
    "the client showed dissatisfaction": "complaint",
}

PACK = """pack: demo
language: ru
name: Проба
topics:
  - key: refund
    name: Возврат
    group: Жалобы
    colour: "#c0392b"
    rule:
      said:
        by: client
        phrases:
          - вернуть деньги
          - вернуть <x> деньги
"""
RIGHT = PACK.replace("          - вернуть <x> деньги\n", "")


@pytest.mark.parametrize("path", pack_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_examples_come_out_as_written(path: Path) -> None:
    judged = judge_packs(read_files([path]), Catalogue(0, {}))
    assert [fault for topic in judged for fault in topic.faults] == []


@pytest.mark.parametrize(
    "topic", [t for own in TOPICS.values() for t in own.values()], ids=lambda t: t.key
)
def test_every_topic_has_enough_examples(topic: PackTopic) -> None:
    for examples in (topic.should_match, topic.should_not_match):
        assert len(set(examples)) == len(examples) >= FEWEST_EXAMPLES


def test_keys_are_unique_over_all_packs() -> None:
    refuse_misfits(read_files(pack_files()))


@pytest.mark.parametrize(("idea", "key"), [*MANGO_PRESETS.items(), *STATED_USES.items()])
def test_every_preset_idea_has_a_topic(idea: str, key: str) -> None:
    assert key in TOPICS["ru"], idea


def test_there_are_36_preset_ideas_and_ten_english_topics() -> None:
    assert len(MANGO_PRESETS) == 36
    assert len(set(MANGO_PRESETS.values())) == 36
    assert len(TOPICS["en"]) == 10


def test_schema_is_current() -> None:
    stored = (PACKS_FOLDER / "schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == pack_schema()


def changed(before: str, after: str) -> str:
    return RIGHT.replace(before, after, 1)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        pytest.param(PACK, "x.yaml:14", "<0> to <50>", id="phrase"),
        pytest.param(changed("client", "me"), "x.yaml:11", "operator", id="value"),
        pytest.param(changed("by:", "bye:"), "x.yaml:11", "no such field", id="field"),
        pytest.param(changed("refund", "Refund"), "x.yaml:5", "pattern", id="key"),
        pytest.param(changed("name: Проба\n", ""), "x.yaml:1", "missing", id="missing"),
        pytest.param(changed("вернуть деньги", "450"), "x.yaml:13", "in quotes", id="number"),
        pytest.param(changed("- key", "key"), "x.yaml:6", "not YAML", id="not-yaml"),
        pytest.param(changed('"#c0392b"', "*red"), "x.yaml:8", "undefined", id="no-such-reference"),
        pytest.param(changed("вернуть деньги", "!да"), "x.yaml:13", "quotes", id="unquoted-!"),
        pytest.param(changed("вернуть деньги", "*да"), "x.yaml:13", "quotes", id="unquoted-*"),
        pytest.param(changed("вернуть деньги", '"а" б'), "x.yaml:13", "quotes", id="half-quoted"),
        pytest.param(changed("group", "name"), "x.yaml:7", "name is given twice", id="twice"),
        pytest.param(changed("вернуть", "\x07"), "x.yaml:13", "character", id="control"),
        pytest.param(changed("вернуть деньги", '"\\0"'), "x.yaml:13", "character", id="nul"),
        pytest.param(changed("Возврат", "!!python/name:os"), "x.yaml:6", "!", id="tag"),
        pytest.param("", "x.yaml:1", "the pack", id="empty"),
        pytest.param(RIGHT + "---\na: b", "x.yaml:14", "another document", id="two-documents"),
    ],
)
def test_a_wrong_pack_is_refused_with_file_line_and_reason(
    text: str, place: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_pack(text.encode(), file="x.yaml")
    errors = refused.value.errors
    assert [why for where, why in errors if where == place and reason in why], errors


def test_everything_wrong_is_named_at_once() -> None:
    text = PACK.replace("by: client", "by: me").replace("group:", "heading:")
    with pytest.raises(InvalidInput) as refused:
        read_pack(text.encode(), file="x.yaml")
    assert sorted(where for where, _ in refused.value.errors) == [
        "x.yaml:11",
        "x.yaml:14",
        "x.yaml:7",
    ]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{chr(ord(name) - 1)}'] * 9)}]\n" for name in "bcdefghi"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(BOMB.encode(), "when each *reference is written out", id="billion-laughs"),
        pytest.param(b"a: &a [*a]", "levels", id="reference-to-itself"),
        pytest.param(b"[" * 100_000, "levels", id="deep-lists"),
        pytest.param(b"{a: " * 100_000, "levels", id="deep-mappings"),
        pytest.param(b"- " * 100_000, "levels", id="deep-blocks"),
        pytest.param(b"a: " + b"9" * 100_000, "no number", id="endless-number"),
        pytest.param(b"name: \xff", "UTF-8", id="not-utf-8"),
        pytest.param(b"? [a]\n: b", "a name is text", id="list-as-name"),
    ],
)
def test_hostile_text_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_pack(body, file="x.yaml")
    assert reason in refused.value.detail
    assert refused.value.errors[0][0].startswith("x.yaml:")


def test_a_deep_rule_is_refused() -> None:
    deep = "{all: [" * 20 + "{said: {phrases: [да]}}" + "]}" * 20
    with pytest.raises(InvalidInput, match="levels"):
        read_pack(RIGHT.partition("rule:")[0].encode() + f"rule: {deep}".encode(), file="x.yaml")


def test_a_pack_has_a_largest_size() -> None:
    with pytest.raises(TooLarge):
        read_pack(b"#" * (LARGEST_BYTES + 1), file="x.yaml")


def test_wrong_places_named_are_bounded() -> None:
    many = RIGHT.replace("- вернуть деньги", "- <x>\n          " * 1000)
    with pytest.raises(InvalidInput, match="the first 50 of") as refused:
        read_pack(many.encode(), file="x.yaml")
    assert len(refused.value.errors) == 50


def asking(key: str, *others: str) -> str:
    topics = ", ".join(f"{{topic: {other}}}" for other in others) or "{said: {phrases: [да]}}"
    return f"  - {{key: {key}, name: Т, colour: '#000000', rule: {{all: [{topics}]}}}}\n"


HEAD = "pack: demo\nlanguage: ru\nname: Проба\ntopics:\n"


@pytest.mark.parametrize(
    ("topics", "beside", "errors"),
    [
        pytest.param([asking("a", "b"), asking("b")], {}, [], id="across-packs"),
        pytest.param([asking("a", "b")], {"b": ()}, [], id="beside"),
        pytest.param([asking("a") + asking("a")], {}, [("0:6", "a is a topic at 0:5")], id="same"),
        pytest.param([asking("a"), asking("a")], {}, [("1:5", "at 0:5")], id="same-in-two"),
        pytest.param([asking("a", "b")], {}, [("0:5", "asks about b")], id="no-such-topic"),
        pytest.param([asking("a", "a")], {}, [("0:5", "a → a")], id="itself"),
        pytest.param([asking("a", "b"), asking("b", "a")], {}, [("", "circle")], id="circle"),
        pytest.param([asking("a", "b")], {"b": ["a"]}, [("0:5", "circle")], id="circle-beside"),
        pytest.param([asking("a")], {"a": ["b"], "b": ["a"]}, [], id="takes-the-place"),
    ],
)
def test_packs_that_do_not_fit_are_refused(
    topics: list[str], beside: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    packs = [read_pack((HEAD + text).encode(), file=str(n)) for n, text in enumerate(topics)]
    found: tuple[tuple[str, str], ...] = ()
    try:
        refuse_misfits(packs, beside)
    except InvalidInput as error:
        found = error.errors
    assert len(found) == len(errors)
    for (where, reason), (place, part) in zip(found, errors, strict=True):
        assert where.startswith(place)
        assert part in reason


@pytest.mark.parametrize("path", pack_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_written_pack_is_the_pack_that_was_read(path: Path) -> None:
    (written,) = read_files([path])
    assert read_pack(pack_text(written.pack).encode(), file="x").pack == written.pack


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
AWKWARD = st.sampled_from(["yes", "450", "1:20", "2026-01-01", "- a", "# b", "!c", "a: b", "~"])
BREAKS = st.text("а \t\n\r\x85\u2028\ufeff-#:'\"|>", min_size=1)


@given(
    examples=st.lists(TEXTS | AWKWARD | BREAKS, max_size=4), name=TEXTS.filter(str.strip) | AWKWARD
)
def test_any_text_survives_writing_and_reading(examples: list[str], name: str) -> None:
    topic = {
        "key": "a",
        "name": name[:200].strip() or "-",
        "colour": "#000000",
        "rule": {"scope": "each_leg", "said": {"phrases": ["yes"], "window": {"first_s": 15}}},
        "should_match": [example[:2000] for example in examples],
    }
    pack = Pack.model_validate({"pack": "a", "language": "ru", "name": "-", "topics": [topic]})
    assert read_pack(pack_text(pack).encode(), file="x").pack == pack


def test_a_written_pack_is_easy_to_read() -> None:
    pack = read_pack(RIGHT.encode(), file="x").pack
    assert pack_text(pack) == RIGHT.replace('"', "'")


@pytest.mark.parametrize("example", ["", "верните деньги", "robot: да", "client:", "unknown: да"])
def test_a_wrong_example_is_refused(example: str) -> None:
    with pytest.raises(InvalidInput):
        judge_example(parse_rule({"said": {"phrases": ["да"]}}), example)


def test_a_broken_example_says_what_was_expected() -> None:
    rule = parse_rule({"said": {"phrases": ["вернуть деньги"], "by": "client"}})
    broken = broken_examples(
        rule,
        should_match=["client: верните деньги", "operator: верните деньги"],
        should_not_match=["operator: да\nclient: верните деньги"],
    )
    assert broken == [
        ("should_match[1]", "«operator: верните деньги» should match, the verdict is no"),
        (
            "should_not_match[0]",
            "«operator: да\nclient: верните деньги» should not match, the verdict is yes",
        ),
    ]
