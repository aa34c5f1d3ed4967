"""Words of rules that were never recognised in the account, and what is near to them."""

from typing import Any

from tests.gateway_client import Api
from tests.integration.topics.calls import Account

from .editor import API, REFUND, RIGHT, WRONG, Editor


def counted(editor: Editor) -> dict[str, tuple[int, int]]:
    rows = editor.api.get(f"{API}/topics").json["items"]
    return {row["name"]: (row["words"], row["unknown_words"]) for row in rows}


def test_a_list_counts_words_and_those_never_recognised(
    editor: Editor, calls: Account, stranger: Api
) -> None:
    editor.create("Возврат")
    editor.in_force("Скидка", {"said": {"phrases": ["скидка", "скидка 10", "акци*"]}})
    assert counted(editor) == {"Возврат": (2, 2), "Скидка": (3, 3)}
    calls.call("client: верните мне мои деньги", "operator: у нас акция")
    assert counted(editor) == {"Возврат": (2, 0), "Скидка": (3, 2)}
    other = Editor(stranger)
    other.create("Возврат")
    assert counted(other) == {"Возврат": (2, 2)}


def test_unknown_words_are_placed_and_the_nearest_suggested(editor: Editor, calls: Account) -> None:
    calls.call("client: верните деньги за тиматика и подписку", "operator: тематику подберём")
    rule = {
        "any": [
            {"said": {"phrases": ["!тематика", "вернуть деньги"]}},
            {"not_said": {"phrases": ["подпись"], "excluding": ["про !тематика"]}},
        ]
    }
    checked = editor.api.post(f"{API}/topics/check", json={"rule": rule}).json
    assert checked["words"] == 5
    words = {one["word"]: one for one in checked["unknown_words"]}
    assert set(words) == {"!тематика", "подпись", "про"}
    assert words["!тематика"]["places"] == [
        {"path": "rule.any[0].said.phrases[0]", "phrase": "!тематика"},
        {"path": "rule.any[1].not_said.excluding[0]", "phrase": "про !тематика"},
    ]
    assert words["!тематика"]["suggestions"] == ["тематику", "тиматика"]
    assert words["подпись"]["suggestions"] == ["подписку"]
    assert words["про"]["suggestions"] == []
    topic = editor.create(rule=rule).json
    assert topic["check"]["unknown_words"] == checked["unknown_words"]


def test_a_check_says_what_would_stop_an_activation(editor: Editor) -> None:
    def check(**fields: Any) -> Any:
        return editor.api.post(f"{API}/topics/check", json={"rule": REFUND} | fields)

    fine = check(should_match=[RIGHT], should_not_match=[WRONG]).json
    assert (fine["topics"], fine["broken_examples"]) == ([], [])
    broken = check(should_match=[WRONG]).json["broken_examples"]
    assert broken == [
        {"path": "should_match[0]", "reason": f"«{WRONG}» should match, the verdict is no"}
    ]
    editor.in_force()
    asking = {"topic": "vozvrat"}
    assert check(rule=asking, should_match=[RIGHT]).json["broken_examples"] == []
    assert check(rule=asking).json["topics"] == []
    circle = check(rule=asking, key="vozvrat").json["topics"]
    assert [one["path"] for one in circle] == ["rule.topic"]
    refused = check(rule={"said": {"phrases": ["{вернуть"]}})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["path"] == "rule.said.phrases[0]"
    assert "never closed" in refused.json["errors"][0]["reason"]
    assert editor.api.get(f"{API}/topics?search=check").json["items"] == []
