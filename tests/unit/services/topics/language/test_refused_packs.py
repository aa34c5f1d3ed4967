"""A wrong rule in a pack is refused with the file and the very line, however deep it stands."""

import pytest

from services.topics.language.pack import read_pack
from shared.errors import InvalidInput

PACK = """pack: demo
language: ru
name: Проба
topics:
  - key: refund
    name: Возврат
    colour: "#c0392b"
    rule:
      said:
        by: client
        phrases:
          - вернуть деньги
          - возврат
  - key: unheard
    name: Не услышан
    colour: "#c0392b"
    rule:
      all:
        - not_said:
            phrases: [извините]
            window:
              after:
                topic: refund
                within_utterances: 2
        - measure:
            what: interruptions
            at_least: 1
            window:
              before:
                said:
                  phrases:
                    - да
"""


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        pytest.param(("- возврат", "- '<2> возврат'"), 13, "said.phrases.1: «<2> воз", id="phrase"),
        pytest.param(("- возврат", "- no"), 13, "in quotes", id="yaml-takes-no-for-false"),
        pytest.param(("- возврат", "- {а|б} да"), 13, "in single quotes", id="unquoted-{"),
        pytest.param(("    said:", "    topic: refund\n      said:"), 8, "found said, topic",
                     id="two-leaves"),
        pytest.param(("[извините]", "['<1> да']"), 20, "not_said.phrases.0", id="phrase-in-a-row"),
        pytest.param(("within_utterances: 2", "within_words: 0"), 24, "after.within_words",
                     id="number-in-a-window"),
        pytest.param(("topic: refund", "theme: refund"), 23, "after.theme", id="field-in-a-window"),
        pytest.param(("                topic: refund\n", ""), 22, "what it is near to",
                     id="nothing-near"),
        pytest.param(("at_least: 1", "by: client"), 25, "at_least, at_most", id="measure"),
        pytest.param(("window:\n              before", "window:\n              past"), 29, "window.past",
                     id="field-in-the-window-of-a-measure"),
        pytest.param(("- да", "- '\"да'"), 32, "before.said.phrases.0", id="phrase-in-an-anchor"),
    ],
)  # fmt: skip
def test_lines(change: tuple[str, str], line: int, reason: str) -> None:
    assert change[0] in PACK
    with pytest.raises(InvalidInput) as refused:
        read_pack(PACK.replace(*change, 1).encode(), file="x.yaml")
    found = [why for where, why in refused.value.errors if where == f"x.yaml:{line}"]
    assert any(reason in why for why in found), refused.value.errors


def test_a_right_pack() -> None:
    pack = read_pack(PACK.encode(), file="x.yaml").pack
    assert [topic.key for topic in pack.topics] == ["refund", "unheard"]
