"""What docs/rules.md teaches is so: every rule, conversation, phrase and refusal on it is executed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.topics.language.facts import Facts
from services.topics.language.measure import PERSONAL, PLACED, Measure, MeasureKind
from services.topics.language.pack import PACKS_FOLDER, pack_files, read_pack
from services.topics.language.phrase import LONGEST_TEXT, MOST_PATTERNS, MOST_WORDS
from services.topics.language.rule import (
    DEEPEST,
    MOST_CONDITIONS,
    MOST_PHRASES,
    Condition,
    Rule,
    parse_rule,
)
from services.topics.language.said import DEFAULT_STRICTNESS, Near, Said, Window
from services.topics.language.verdict import Verdict
from services.topics.matching.examples import broken_examples
from shared.errors import InvalidInput
from tests.unit.services.topics.matching.conversations import read_talk
from tests.unit.services.topics.matching.speech import judge

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TEXT = PAGE.read_text(encoding="utf-8")
VERDICTS = {"yes": Verdict.YES, "no": Verdict.NO, "undecidable": Verdict.UNDECIDABLE}


@dataclass
class Taught:
    """A fenced block of YAML, its line, and the conversations of the table below it."""

    line: int
    yaml: str
    topics: dict[str, Any]
    rows: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rule(self) -> Any:
        return yaml.safe_load(self.yaml)


def tables(header: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row of the tables with this header."""
    inside = False
    for number, line in enumerate(TEXT.splitlines(), start=1):
        inside = line == header or (inside and line.startswith("|"))
        if inside and line != header and not line.startswith("|---"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield number, [cell.strip().replace("\\|", "|") for cell in cells]


def taught() -> list[Taught]:
    """Every YAML block with its conversations; a comment `# topic: key` names one for later ones."""
    found: list[Taught] = []
    named: dict[str, Any] = {}
    for match in re.finditer(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        block = Taught(TEXT.count("\n", 0, match.start()) + 1, match[1], dict(named))
        key = re.match(r"# topic: (\S+)", block.yaml)
        if key:
            named[key[1]] = block.rule
        found.append(block)
    for number, (conversation, verdict) in tables("| conversation | verdict |"):
        (*_, above) = [block for block in found if block.line < number]
        above.rows.append((number, conversation.replace("<br>", "\n"), verdict))
    return found


BLOCKS = taught()
RULES = [block for block in BLOCKS if not block.yaml.startswith("pack:")]
PACKS = [block for block in BLOCKS if block.yaml.startswith("pack:")]
CASES = [
    pytest.param(block, text, VERDICTS[verdict], id=f"line-{number}")
    for block in RULES
    for number, text, verdict in block.rows
]


def verdict_of(rule: Any, text: str, topics: dict[str, Any]) -> Verdict:
    keys = {key: f"topic-{number}" for number, key in enumerate(topics)}
    written = yaml.safe_dump([*topics.values(), rule], allow_unicode=True)
    for key, own in keys.items():
        written = written.replace(f"topic: {key}\n", f"topic: {own}\n")
    return Verdict(int(judge(yaml.safe_load(written), [read_talk(text)]).verdicts[-1, 0]))


@pytest.mark.parametrize(("block", "text", "expected"), CASES)
def test_conversations(block: Taught, text: str, expected: Verdict) -> None:
    assert verdict_of(block.rule, text, block.topics) is expected


@pytest.mark.parametrize("block", RULES, ids=lambda block: f"line-{block.line}")
def test_every_rule_has_conversations(block: Taught) -> None:
    assert parse_rule(block.rule)
    assert {verdict for _, _, verdict in block.rows} - {"undecidable"}


@pytest.mark.parametrize("block", PACKS, ids=lambda block: f"line-{block.line}")
def test_topics_come_out_as_their_examples_say(block: Taught) -> None:
    for topic in read_pack(block.yaml.encode(), file="docs/rules.md").pack.topics:
        assert topic.should_match
        assert topic.should_not_match
        assert not broken_examples(
            topic.rule, should_match=topic.should_match, should_not_match=topic.should_not_match
        )


PHRASES = [
    pytest.param(phrase.strip("`"), text, expected, id=f"line-{number}-{text}")
    for number, (phrase, finds, other) in tables("| phrase | finds | does not find |")
    for texts, expected in ((finds, Verdict.YES), (other, Verdict.NO))
    for text in texts.split("<br>")
]


@pytest.mark.parametrize(("phrase", "text", "expected"), PHRASES)
def test_phrases(phrase: str, text: str, expected: Verdict) -> None:
    assert verdict_of({"said": {"phrases": [phrase]}}, f"client: {text}", {}) is expected


JOINED = list(tables("| first | second | all | any | none |"))
SAYS = {
    "yes": {"said": {"phrases": ["да"]}},
    "no": {"said": {"phrases": ["нет"]}},
    "undecidable": {"said": {"phrases": ["да"], "by": "client"}},
}


@pytest.mark.parametrize("cells", [cells for _, cells in JOINED], ids=" ".join)
def test_what_joins_conditions(cells: list[str]) -> None:
    first, second, *expected = cells
    for one, other in ((first, second), (second, first)):
        found = [
            verdict_of({join: [SAYS[one], SAYS[other]]}, "[mono]\nclient: да", {})
            for join in ("all", "any", "none")
        ]
        assert found == [VERDICTS[verdict] for verdict in expected]


def test_the_joins_are_whole() -> None:
    assert len(JOINED) == 6


REFUSED = [
    pytest.param(rule.strip("` "), reason.strip("` "), id=f"line-{number}")
    for number, (rule, reason) in tables("| wrong rule | is refused with |")
]


@pytest.mark.parametrize(("rule", "reason"), REFUSED)
def test_refusals(rule: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rule(yaml.safe_load(rule))
    assert reason in [f"{place}: {why}" for place, why in refused.value.errors]


@pytest.mark.parametrize(
    "model", [Condition, Rule, Said, Window, Near, Measure, Facts], ids=lambda model: model.__name__
)
def test_every_field_is_taught(model: type[Rule]) -> None:
    """Each stands in a table or in the text, and in a rule that is judged."""
    judged = "".join(block.yaml for block in RULES if block.rows)
    for name in model.model_fields:
        assert f"`{name}`" in TEXT or f"`{name}:" in TEXT, name
        assert re.search(rf"\b{name}:", judged) or name in ONLY_NAMED, name


# Taught by another of the same sort: `first_percent` by `first_s`, `kind` by `direction` …
ONLY_NAMED = {
    "first_percent", "last_percent", "last_utterances", "skip_last_s", "kind", "result", "source",
    "employee", "company_number",
}  # fmt: skip


def test_every_measure_is_in_the_table() -> None:
    shown = {
        name: (bool(by), bool(window))
        for _, (names, _, by, window) in tables("| `what` | the figure | `by` | `window` |")
        for name in re.findall(r"`(\w+)`", names)
    }
    assert shown == {kind.value: (kind in PERSONAL, kind in PLACED) for kind in MeasureKind}


def test_limits_are_those_of_the_program() -> None:
    flowing = " ".join(TEXT.split())
    assert (
        f"Limits: {LONGEST_TEXT} characters and {MOST_WORDS} words a phrase, {MOST_PATTERNS} "
        f"combinations of its braces, {MOST_PHRASES:,} phrases and {MOST_CONDITIONS} conditions a "
        f"rule, {DEEPEST} levels deep"
    ) in flowing
    assert f"| `strictness` | how much a word may differ, 0–100 | {DEFAULT_STRICTNESS} |" in TEXT


def test_every_pack_is_listed() -> None:
    packs = {str(path.relative_to(PACKS_FOLDER)) for path in pack_files()}
    readme = (PACKS_FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\S+\.yaml)` \|", readme, re.MULTILINE)) == packs


def test_headings_that_are_linked_to_are_there() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors
