"""The packs of this repository can be read, and every example in them comes out as written."""

import json
from pathlib import Path

import pytest

from services.topics.language.pack import (
    PACKS_FOLDER,
    pack_schema,
    packs_of,
    read_pack,
    topic_lines,
)
from services.topics.language.rule import parse_rule
from services.topics.language.verdict import Verdict
from services.topics.matching.examples import broken_examples, judge_example
from shared.errors import InvalidInput

FILES = sorted(PACKS_FOLDER.glob("*/*.yaml"))

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


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_examples_come_out_as_written(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = topic_lines(text)
    file = f"{path.parent.name}/{path.name}"
    broken = [
        f"{file}:{lines[topic.key]}: {topic.key}: {one}"
        for topic in read_pack(text, file=file).topics
        for one in broken_examples(
            topic.rule,
            should_match=topic.should_match,
            should_not_match=topic.should_not_match,
        )
    ]
    assert broken == []


def test_keys_are_unique_over_all_packs() -> None:
    keys = [t.key for language in ("ru", "en") for one in packs_of(language) for t in one.topics]
    assert keys
    assert len(keys) == len(set(keys))


def test_schema_is_current() -> None:
    stored = (PACKS_FOLDER / "schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == pack_schema()


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        pytest.param(("", ""), "packs/x.yaml:13", "<0> to <50>", id="phrase"),
        pytest.param(("<x> ", ""), None, "", id="right"),
        pytest.param(("by: client", "by: me"), "packs/x.yaml:11", "operator", id="value"),
        pytest.param(("by: client", "bye: client"), "packs/x.yaml:11", "Extra", id="unknown-field"),
        pytest.param(("key: refund", "key: Refund"), "packs/x.yaml:5", "pattern", id="key"),
        pytest.param(("name: Проба\n", ""), "packs/x.yaml:1", "required", id="missing"),
        pytest.param(("- key", "key"), "packs/x.yaml:6", "", id="not-yaml"),
    ],
)
def test_a_wrong_pack_is_refused_with_file_line_and_reason(
    change: tuple[str, str], place: str | None, reason: str
) -> None:
    text = PACK.replace(*change) if change[0] else PACK
    if place is None:
        assert read_pack(text, file="packs/x.yaml").topics[0].key == "refund"
        return
    with pytest.raises(InvalidInput) as refused:
        read_pack(text, file="packs/x.yaml")
    assert any(where == place for where, _ in refused.value.errors), refused.value.errors
    assert reason in refused.value.detail


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
    assert [one.verdict for one in broken] == [Verdict.NO, Verdict.YES]
    assert str(broken[0]) == "«operator: верните деньги» should match, the verdict is no"
